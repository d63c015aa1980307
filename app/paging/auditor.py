"""The auditor: every escalation that waits has a next step due, or it is mended and told of (design, 4)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from app.core import tally
from app.models import Escalation, WorkItem
from app.paging import deadlines, departed, late_timers
from app.settings import settings_of
from app.vocabulary import EscalationState
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.paging")

AUDIT = "paging.audit"
AUDIT_SECONDS = 60
# What a pass has found, as it is counted.
CLEAN, MENDED, OVERDUE_FOUND = "auditor.clean", "auditor.mended", "auditor.overdue"
DEAD_MAN = "paging.dead_man"
# As long as a receiver of webhooks has.
PING_SECONDS = 5.0
# A timer is seconds late where the worker has much to do; this late, nobody does it.
OVERDUE = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong: escalations without a next step, and those whose next step nobody has taken in time."""

    lost: int
    overdue: int

    @property
    def passes(self) -> bool:
        return not (self.lost or self.overdue)


def audit(session: Session, item: Item, now: dt.datetime) -> None:
    """Look, mend what has no next step, and come again in a minute. Whoever waits for the ping hears only of a pass."""
    late_timers.bring_back(session, now=now)
    departed.look_for_ended_roles(session, now=now)
    found = Found(lost=_mend(session, now=now), overdue=_overdue(session, now=now))
    if found.overdue:
        log.error("paging.overdue", count=found.overdue)
    # In words that say no number. Added although this may yet be rolled back: then it is looked again. What had no next
    # step is known by this alone: what is overdue is also counted where it is asked for.
    tally.add(MENDED if found.lost else OVERDUE_FOUND if found.overdue else CLEAN)
    if found.passes and settings_of(session).dead_man_url:
        queue.enqueue(session, DEAD_MAN, item.subject, due_at=now, now=now, key=DEAD_MAN)
    due = now + dt.timedelta(seconds=AUDIT_SECONDS)
    queue.enqueue(session, AUDIT, item.subject, due_at=due, now=now, key=AUDIT)


def look(session: Session, *, now: dt.datetime) -> Found:
    """The same look, by hand: nothing is changed."""
    lost = session.exec(select(sa.func.count()).select_from(_untimed().subquery())).one()
    return Found(lost=lost, overdue=_overdue(session, now=now))


def last_pass(session: Session) -> dt.datetime | None:
    """When a look was last done; None before the first. Its row is due a minute later, and moved on by each failure."""
    row = session.exec(select(WorkItem.due_at, WorkItem.attempts).where(WorkItem.key == AUDIT)).first()
    if row is None:
        return None
    due_at, failures = row
    waits = queue.BACKOFF_SECONDS
    tried = sum(waits[min(number, len(waits) - 1)] for number in range(failures))
    return due_at - dt.timedelta(seconds=AUDIT_SECONDS + tried)


def start_audit(session: Session, *, now: dt.datetime) -> None:
    """Make sure that the auditor is due. A second call changes nothing."""
    queue.enqueue(session, AUDIT, uuid.UUID(int=0), due_at=now, now=now, key=AUDIT)


def _mend(session: Session, *, now: dt.datetime) -> int:
    """Set the timers that are not there; say how many those were."""
    lost = session.exec(_untimed().with_for_update(skip_locked=True)).all()
    for escalation in lost:
        # Neither which nor where: a log outlives the report, and beside each line stands the second.
        log.error("paging.no_next_step")
        deadlines.mend(session, escalation, now=now)
    return len(lost)


def _untimed() -> Any:
    """Those that wait and have no timer. One of an earlier step, of another state, or given up, proves nothing."""
    state, kind = col(Escalation.state), col(WorkItem.kind)
    fits = sa.or_(*(sa.and_(state == waiting, kind == timer) for waiting, timer in deadlines.TIMERS.items()))
    timed = sa.exists().where(
        col(WorkItem.subject) == col(Escalation.id),
        col(WorkItem.dead).is_(False),
        col(WorkItem.payload)["fence"].as_integer() == col(Escalation.fence),
        fits,
    )
    rests = sa.and_(state == EscalationState.EXHAUSTED, col(Escalation.next_due_at).is_(None))
    return select(Escalation).where(
        col(Escalation.closed_at).is_(None),
        state.in_(deadlines.TIMERS),
        ~rests,
        col(Escalation.answered_at).is_(None),
        ~timed,
    )


def _overdue(session: Session, *, now: dt.datetime) -> int:
    """Escalations whose next step is long due and not taken: no worker runs, or it does not get to it."""
    statement = (
        select(sa.func.count())
        .select_from(Escalation)
        .where(
            col(Escalation.closed_at).is_(None),
            col(Escalation.state).in_(deadlines.TIMERS),
            col(Escalation.answered_at).is_(None),
            col(Escalation.next_due_at) < now - OVERDUE,
        )
    )
    return session.exec(statement).one()


def plan_ping(session: Session, _item: Item, _now: dt.datetime) -> str | None:
    return settings_of(session).dead_man_url or None


async def ping(url: str, *, client: httpx.AsyncClient) -> str | None:
    """Tell whoever watches that all is well; a ping that does not get there is their alarm. Gives what went wrong."""
    try:
        # All of it together: an answer that comes byte by byte would outlive the lease, and fill the lane.
        async with asyncio.timeout(PING_SECONDS):
            response = await client.send(client.build_request("POST", url), stream=True)
        await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as exc:
        return type(exc).__name__
    return None if response.is_success else f"status {response.status_code}"


def record_ping(_session: Session, _item: Item, _url: str, failure: str | None, _now: dt.datetime) -> None:
    if failure is not None:
        log.warning("paging.dead_man_unreachable", reason=failure)
