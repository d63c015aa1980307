"""Whom a peer would like, and whom not; and who of those who can be asked is the next. Values in, values out."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

# Asked for one peer at the most, one after the other: then it is said that nobody could. It does not go on for weeks.
MOST_ASKED = 5


@dataclass(frozen=True, slots=True)
class Wishes:
    """People, not ids of supporters. `asks`: how many may be asked in all, as was promised with `answer_by`."""

    preferred: tuple[uuid.UUID, ...]
    excluded: tuple[uuid.UUID, ...]
    anybody_else: bool
    asks: int = MOST_ASKED

    def wanted(self, able: Collection[uuid.UUID], *, asked: Collection[uuid.UUID]) -> int:
        """How many of those who are able could be asked one after the other, and have not been."""
        return min(MOST_ASKED, len(self._may_be_asked(able, asked)))

    def next(
        self,
        able: Collection[uuid.UUID],
        *,
        asked: Collection[uuid.UUID],
        draw: Callable[[Sequence[uuid.UUID]], uuid.UUID] = secrets.choice,
    ) -> uuid.UUID | None:
        """Who is to be asked now: the preferred in their order, then anybody by lot. None: nobody is left."""
        if len(asked) >= self.asks:
            return None
        left = self._may_be_asked(able, asked)
        for person in self.preferred:
            if person in left:
                return person
        return draw(sorted(left)) if left else None

    def without(self, asked: Collection[uuid.UUID]) -> Wishes:
        """The same of whom it is not kept any more that these were asked."""
        excluded = tuple(dict.fromkeys((*self.excluded, *sorted(asked))))
        return replace(self, excluded=excluded, asks=self.asks - len(asked))

    def dump(self) -> str:
        return json.dumps(
            {
                "preferred": [str(each) for each in self.preferred],
                "not": [str(each) for each in self.excluded],
                "anybody_else": self.anybody_else,
                "asks": self.asks,
            }
        )

    @classmethod
    def load(cls, text: str) -> Wishes:
        kept = json.loads(text)
        return cls(
            preferred=tuple(map(uuid.UUID, kept["preferred"])),
            excluded=tuple(map(uuid.UUID, kept["not"])),
            anybody_else=bool(kept["anybody_else"]),
            asks=int(kept["asks"]),
        )

    def _may_be_asked(self, able: Collection[uuid.UUID], asked: Collection[uuid.UUID]) -> set[uuid.UUID]:
        wanted = set(able) if self.anybody_else else set(able) & set(self.preferred)
        return wanted - set(self.excluded) - set(asked)
