"""Writes of one kind that wait at the same time are done in one transaction, and each gets its own result.

Under load a transaction costs more than a row: threads take turns, statements are sent, a commit waits for the disk.
What comes while a transaction is under way is the next one. Nobody is answered before the commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlmodel import Session

from app.core.db import Database, DatabaseUnavailable, LockTimeout, wait_briefly

T = TypeVar("T")
R = TypeVar("R")

# More than this in one transaction would make the first of them wait for no gain.
LARGEST_GROUP = 32


class Together(Generic[T, R]):
    """`work` does all of what it is given in one transaction, and gives their results in the same order.

    `meets_locks`: whether an item may have to wait for what another process holds. It waits briefly then, because those
    who come after it wait as well, and as long as any other transaction once it is tried alone.
    """

    def __init__(
        self,
        db: Database,
        work: Callable[[Session, Sequence[T]], Sequence[R]],
        *,
        meets_locks: Callable[[T], bool],
    ) -> None:
        self._db, self._work, self._meets_locks = db, work, meets_locks
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._run: asyncio.Task[None] | None = None
        self._alone: set[asyncio.Task[None]] = set()

    async def write(self, item: T) -> R:
        """Raises as Database.write does. A fault of one item is not one of its neighbours: each is then tried alone."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._run is None:
            self._run = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
                await self._write(group)
        finally:
            self._run = None

    async def _write(self, group: list[tuple[T, asyncio.Future[R]]], *, alone: bool = False) -> None:
        items = [item for item, _ in group]

        def write(session: Session) -> Sequence[R]:
            if not alone and any(map(self._meets_locks, items)):
                wait_briefly(session)
            return self._work(session, items)

        try:
            results = await self._db.write(write)
        except DatabaseUnavailable as exc:
            # Nothing of it is stored, or nobody can tell: to try again could store it twice.
            _fail(group, exc)
        except Exception as exc:
            if alone or (len(group) == 1 and not isinstance(exc, LockTimeout)):
                _fail(group, exc)
            else:
                # Not waited for: one that meets a lock must not keep those who come after it.
                for one in group:
                    task = asyncio.create_task(self._write([one], alone=True))
                    self._alone.add(task)
                    task.add_done_callback(self._alone.discard)
        except BaseException as exc:
            _fail(group, exc)
            raise
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _fail(group: list[tuple[T, asyncio.Future[R]]], failure: BaseException) -> None:
    """Tell whoever still waits."""
    for _, future in group:
        if not future.done():
            future.set_exception(failure)
