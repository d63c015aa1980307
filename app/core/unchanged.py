"""Answers that are kept for exactly as long as nothing at all has been committed.

An answer that follows from the database alone, and from what its key says, is the same until somebody commits
something. The database tells whether anybody has, in any process (core/commits.py). So nothing here is ever old: the
first question after a commit finds nothing kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

# More than this is not kept: whoever asks what nobody has asked is answered the usual way.
MOST = 1000


class Unchanged(Generic[V]):
    """`state` gives what is another after each commit, and None where nobody can tell."""

    def __init__(self, state: Callable[[], Awaitable[Hashable | None]]) -> None:
        self._state_now = state
        self._state: Hashable | None = None
        self._kept: dict[bytes, V] = {}

    async def look(self) -> dict[bytes, V] | None:
        """What is kept as of now; None where nothing can be.

        Put an answer only into what was looked at before anything was read for it. After a commit this gives a new
        one, and whatever still comes into the old one is never seen.
        """
        state = await self._state_now()
        if state is None:
            return None
        if state != self._state or len(self._kept) >= MOST:
            self._state, self._kept = state, {}
        return self._kept
