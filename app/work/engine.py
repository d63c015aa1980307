"""The loop that claims due work and runs its handlers. The only place of the product that waits or polls.

Two shapes of handler: one transaction (`Handler`), which also removes the item, so that its effect happens once; and
work outside the database (`Outside`): plan in a transaction, perform without one, record in another. A process that
dies in between loses its lease, and the work is done again with the same identity.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlmodel import Session

from app.core import clock
from app.core.db import Database, DatabaseUnavailable, LockTimeout
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.work")

# The safety net under wake-ups: nothing due waits longer than this (design, 4).
POLL_SECONDS = 1.0
# What is in hand when it is told to stop is finished within this, or handed over: longer than a webhook attempt (5 s)
# and what is written of it.
FINISH_SECONDS = 8.0

Handler = Callable[[Session, Item, dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Outside:
    """Work that reaches outside. `plan` returning None means that nothing is wanted any more."""

    plan: Callable[[Session, Item, dt.datetime], Any | None]
    perform: Callable[[Any], Awaitable[Any]]
    record: Callable[[Session, Item, Any, Any, dt.datetime], None]


class LostLease(Exception):
    """A newer claim has taken this item over; this run must leave no trace."""


class Engine:
    """Runs handlers for due work until stopped. `concurrency` bounds how many items are in hand at once.

    Work of a kind in `recurring` sets its own next time: given up once, it would be off for ever, so it never is.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler | Outside],
        *,
        concurrency: int,
        on_dead: Callable[[Session, Item, dt.datetime], None] | None = None,
        recurring: Collection[str] = (),
    ) -> None:
        self._db = db
        self._handlers = dict(handlers)
        self._concurrency = self._free = concurrency
        # When it last looked for due work, by clock.monotonic: the database may have been away.
        self.looked_at = float("-inf")
        self._on_dead = on_dead
        self._recurring = frozenset(recurring)
        self._due = asyncio.Event()
        self._stopping = False
        self._running: dict[asyncio.Task[None], Item] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def in_hand(self) -> tuple[int, int]:
        """How many items it is at, and how many it can be."""
        return self._concurrency - self._free, self._concurrency

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        self._loop = asyncio.get_running_loop()
        self._db.on_wake(self.wake)
        try:
            await self._work()
        finally:
            self._db.off_wake(self.wake)

    async def _work(self) -> None:
        while not self._stopping:
            self._due.clear()
            try:
                claimed = await self._claim()
                self.looked_at = clock.monotonic()
            except (DatabaseUnavailable, LockTimeout) as exc:
                log.warning("work.database_unavailable", reason=type(exc).__name__)
                claimed = []
            except Exception as exc:
                # A worker that dies in silence is a pager that is off: say so, and go on.
                log.error("work.claim_failed", error=type(exc).__name__)
                claimed = []
            if self._told_to_stop():
                # Claimed the moment before: nobody has begun it.
                await self._hand_over(claimed)
                break
            for item in claimed:
                self._start(item)
            if claimed and self._free:
                continue
            await self._wait()
        await self._finish()

    def _told_to_stop(self) -> bool:
        return self._stopping

    async def _finish(self) -> None:
        """Wait for what is in hand; what takes too long is stopped, and another process does it again at once."""
        if self._running:
            await asyncio.wait(self._running, timeout=FINISH_SECONDS)
        if left := dict(self._running):
            for task in left:
                task.cancel()
            await asyncio.wait(left)
            await self._hand_over(list(left.values()))

    async def _hand_over(self, items: list[Item]) -> None:
        """End the leases. It is no failure of the work; what was done meanwhile is gone, and stays so."""
        if items:
            log.info("work.handed_over", items=len(items))
            await self._write_of(items[0], lambda session: queue.hand_over(session, items))

    def wake(self) -> None:
        """Look for due work now. May be called from any thread."""
        if self._loop is not None:
            # RuntimeError: the loop has been closed, maybe this very moment. Then nobody is left to be woken.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._due.set)

    def stop(self) -> None:
        """Finish what is in hand, claim nothing more. Within FINISH_SECONDS, `run` returns."""
        self._stopping = True
        self.wake()

    async def drain(self, *, until: dt.datetime | None = None) -> int:
        """Do everything that is due (by `until`, else now), to the end, and say how many items that was. For tests."""
        count = 0
        while True:
            claimed = await self._claim(now=until)
            if not claimed:
                return count
            count += len(claimed)
            for item in claimed:
                await self._do(item, now=until)

    async def _claim(self, *, now: dt.datetime | None = None) -> list[Item]:
        if self._free <= 0:
            return []
        kinds = sorted(self._handlers)
        limit = min(self._free, 16)
        return await self._db.write(
            lambda session: queue.claim(session, kinds=kinds, limit=limit, now=now or clock.now())
        )

    def _start(self, item: Item) -> None:
        self._free -= 1
        task = asyncio.create_task(self._do(item))
        self._running[task] = item
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._free += 1
        self._due.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._due.wait()
        except TimeoutError:
            return

    async def _do(self, item: Item, *, now: dt.datetime | None = None) -> None:
        handler = self._handlers[item.kind]
        try:
            if isinstance(handler, Outside):
                await self._do_outside(handler, item, now=now)
            else:
                await self._db.write(lambda session: self._in_one(session, handler, item, now=now or clock.now()))
        except LostLease:
            log.warning("work.lease_lost", kind=item.kind, item=str(item.id))
        except LockTimeout as exc:
            # A page must not wait for the rest of the lease because somebody looked at its escalation.
            log.warning("work.locked", kind=item.kind, reason=str(exc))
            await self._write_of(item, lambda session: queue.give_back(session, item, now=now or clock.now()))
        except DatabaseUnavailable as exc:
            # The lease runs out and the item is claimed again: nothing to write, and nowhere to write it.
            log.warning("work.database_unavailable", kind=item.kind, reason=type(exc).__name__)
        except Exception as exc:
            error = type(exc).__name__
            log.error("work.failed", kind=item.kind, item=str(item.id), error=error, failures=item.failures + 1)
            await self._write_of(item, lambda session: self._failed(session, item, error, now=now or clock.now()))

    def _in_one(self, session: Session, handler: Handler, item: Item, *, now: dt.datetime) -> None:
        # First, so that on PostgreSQL the row is locked against a second run for as long as this one takes.
        if not queue.finish(session, item):
            raise LostLease
        handler(session, item, now)

    async def _do_outside(self, handler: Outside, item: Item, *, now: dt.datetime | None) -> None:
        plan = await self._db.read(lambda session: handler.plan(session, item, now or clock.now()))
        result = None if plan is None else await handler.perform(plan)

        def record(session: Session) -> None:
            if not queue.finish(session, item):
                raise LostLease
            if plan is not None:
                handler.record(session, item, plan, result, now or clock.now())

        await self._db.write(record)

    def _failed(self, session: Session, item: Item, error: str, *, now: dt.datetime) -> None:
        may_die = item.kind not in self._recurring
        dead = queue.retry_or_bury(session, item, error=error, now=now, may_die=may_die)
        if dead and self._on_dead is not None:
            self._on_dead(session, item, now)

    async def _write_of(self, item: Item, work: Callable[[Session], None]) -> None:
        """In a transaction of its own: that of the handler is gone."""
        try:
            await self._db.write(work)
        except (DatabaseUnavailable, LockTimeout):
            log.warning("work.database_unavailable", kind=item.kind)
        except Exception as exc:
            # What was to be told of the end of this work failed too: its lease runs out, and both are tried again.
            log.error("work.not_released", kind=item.kind, item=str(item.id), error=type(exc).__name__)
