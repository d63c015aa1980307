"""After the faults: everything runs, and what is due is done, so that the end can be looked at."""

from __future__ import annotations

import datetime as dt
import time

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.db import DatabaseUnavailable
from app.kinds import RECURRING
from app.models import WorkItem
from app.paging.auditor import AUDIT
from app.paging.deadlines import DELIVERY_DUE
from app.webhooks.delivery import DELIVER, DELIVER_PAGE
from benchmarks.chaos.deployment import Deployment
from benchmarks.chaos.ledger import Ledger
from tests.support import processes

AT_MOST_SECONDS = 600.0


def settle(deployment: Deployment, ledger: Ledger) -> dict[str, int]:
    """Wait until nothing is due. To save minutes it does what time alone would do: leases of the dead end, and what
    waits to be sent again is due now. Gives how many rows that moved. Raises AssertionError when work stays due."""
    ledger.leases_ended_at = time.monotonic()
    next_look = _next_look(deployment)
    moved = processes.wait_until(
        lambda: _moved(deployment), timeout=AT_MOST_SECONDS, interval=0.5, what="the test has its turn to write"
    )
    processes.wait_until(lambda: _due(deployment) == 0, timeout=AT_MOST_SECONDS, interval=0.5, what="nothing is due")
    # Timers that a clock which was ahead has set are brought back each minute. Whoever looks next has a right one.
    processes.wait_until(
        lambda: _next_look(deployment) not in (next_look, None),
        timeout=AT_MOST_SECONDS,
        interval=0.5,
        what="the auditor has looked",
    )
    return moved


def _next_look(deployment: Deployment) -> dt.datetime | None:
    return deployment.read(
        lambda session: session.exec(select(WorkItem.due_at).where(WorkItem.kind == AUDIT)).one_or_none()
    )


def _moved(deployment: Deployment) -> dict[str, int] | None:
    """None while a busy process has SQLite to itself: it has one writer, and this is another."""
    try:
        return deployment.write(_hurry)
    except DatabaseUnavailable:
        return None


def _hurry(session: Session) -> dict[str, int]:
    now = clock.now()
    held = sa.update(WorkItem).where(col(WorkItem.lease_until) > now).values(lease_until=now)
    later = (
        sa.update(WorkItem)
        .where(col(WorkItem.kind).in_((DELIVER, DELIVER_PAGE)), col(WorkItem.due_at) > now, ~col(WorkItem.dead))
        .values(due_at=now)
    )
    return {
        "leases ended by the test": session.connection().execute(held).rowcount,
        "deliveries brought forward by the test": session.connection().execute(later).rowcount,
    }


def _due(deployment: Deployment) -> int:
    """Work that is due or in hand, and the seconds that a page has to arrive somewhere.

    Beyond them there are only timers of steps that are over, dated by a clock that was ahead: they change nothing.
    """
    soon, in_time = clock.now() + dt.timedelta(seconds=1), clock.now() + dt.timedelta(seconds=60)
    arrives = sa.and_(col(WorkItem.kind) == DELIVERY_DUE, col(WorkItem.due_at) <= in_time)
    wanted = sa.or_(col(WorkItem.due_at) <= soon, arrives, col(WorkItem.kind).in_((DELIVER, DELIVER_PAGE)))
    statement = select(func.count()).where(wanted, ~col(WorkItem.dead), col(WorkItem.kind).not_in(RECURRING))
    return deployment.read(lambda session: session.exec(statement).one())
