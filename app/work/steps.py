"""A wall clock that is set while we run: noticed, and what it leaves behind for a time that is far off brought back.

Rows say when they are due, and until when they are somebody's, by the clock of whoever wrote them. One that was ahead
by two hours leaves a page that is due in two hours, and a lease that outlives its process by two hours. Nothing but the
longest wait that there is tells such a row from another one, so that each kind's is named (kinds.py).
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from app.core import clock
from app.core.db import Database, DatabaseUnavailable, LockTimeout, wake_after_commit
from app.models import WorkItem
from app.work.queue import BACKOFF_SECONDS, LEASE
from app.work.skew import MOST, is_right

log = structlog.get_logger("peerline.work")

LOOK_SECONDS = 1.0
# Without a step, too: the host whose clock was ahead may be gone for good.
AT_LEAST_EVERY_SECONDS = 3600.0

_INSTANT = WorkItem.__table__.c.due_at.type  # type: ignore[attr-defined]  # SQLModel does not type a table class's table
PutRight = Callable[[Session, dt.datetime], None]


async def watch(db: Database, put_right: PutRight) -> None:
    """Until cancelled: put right what is there at the start, and whenever this clock was set. It never fails."""
    offset, done_at = _offset(), None
    while True:
        before, offset = offset, _offset()
        # Less is NTP, which slews it.
        if abs(offset - before) > MOST.total_seconds():
            log.warning("work.clock_stepped", seconds=round(offset - before, 1))
            done_at = None
        if done_at is None or clock.monotonic() - done_at > AT_LEAST_EVERY_SECONDS:
            done_at = await _put_right(db, put_right)
        await asyncio.sleep(LOOK_SECONDS)


async def _put_right(db: Database, put_right: PutRight) -> float | None:
    """When it was done, by the monotonic clock; None when it has to be tried again."""
    try:
        await db.write(lambda session: put_right(session, clock.now()))
    except (DatabaseUnavailable, LockTimeout):
        return None
    except Exception as exc:
        # A database that is not migrated yet, for one: what watches must not end by it.
        log.warning("work.not_put_right", error=type(exc).__name__)
        return None
    return clock.monotonic()


def bring_back(session: Session, longest: Mapping[dt.timedelta, Collection[str]], *, now: dt.datetime) -> None:
    """Nothing of the kinds under a wait in `longest` is due later than after it; no lease lasts longer than one; and
    what has failed, of whatever kind, is tried again after its wait.

    Changes nothing where this clock itself is in doubt: one that is
    behind would take what is right for far off.
    """
    if not is_right(session):
        return
    connection, live = session.connection(), ~col(WorkItem.dead)
    far_leases = sa.update(WorkItem).where(live, col(WorkItem.lease_until) > now + LEASE + MOST)
    changed = connection.execute(far_leases.values(lease_until=now + LEASE)).rowcount
    never_failed = col(WorkItem.attempts) == 0
    waits = [(wait, sa.and_(never_failed, col(WorkItem.kind).in_(kinds))) for wait, kinds in longest.items()]
    for failures, seconds in enumerate(BACKOFF_SECONDS, start=1):
        of_it = col(WorkItem.attempts) == failures if failures < len(BACKOFF_SECONDS) else ~never_failed
        waits.append((dt.timedelta(seconds=seconds), of_it))
    # All of them by one statement: it reads every row that waits.
    far = sa.update(WorkItem).where(live, col(WorkItem.due_at) > _by_wait(waits, now + MOST))
    changed += connection.execute(far.values(due_at=_by_wait(waits, now))).rowcount
    if changed:
        # Not how many: a count of what waits is one of what came in.
        log.warning("work.put_right")
        wake_after_commit(session)


def _by_wait(
    waits: Sequence[tuple[dt.timedelta, sa.ColumnElement[bool]]], since: dt.datetime
) -> sa.Case[dt.datetime | None]:
    """When the wait that is a row's own is over; null for a row that has none."""
    return sa.case(*((which, sa.literal(since + wait, _INSTANT)) for wait, which in waits))


def _offset() -> float:
    """Of the wall clock to the one that is never set, in seconds."""
    return clock.now().timestamp() - clock.monotonic()
