"""What the database says of the state of things, in one short read, each part no more often than it may be known.

Three parts by how much their change could say. At once: the auditor and the clocks, which move by themselves, and
whether a promise is being broken. Every five minutes of the clock: work and gaps. Every hour of the clock: what changes
because something was sent to somebody (decision 50).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.migrations import require_current
from app.metrics import coarse
from app.models import CoverageGap, Escalation, LocalEntry, School, WebhookDelivery, WebhookEndpoint, WorkItem
from app.models.webhooks import DeliveryState, EndpointHealth
from app.paging import auditor, deadlines
from app.vocabulary import GapState, SchoolStatus
from app.work import queue, skew

# Work that is begun at once is none that waits: longer than a worker's poll and a busy minute.
WAITS = dt.timedelta(seconds=60)
# More than this is not counted: a backlog must not make the look at it slow.
MOST = 10_000
LANES = ("urgent", "other")


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """All that is known of a database which this program cannot work on: what it would read there may not be there, or
    mean something else. `skew` in seconds."""

    skew: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """`last_pass`: of the auditor, cut to the minute; None before the first. `skew` in seconds."""

    last_pass: dt.datetime | None
    overdue: bool
    skew: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one lane that is due for more than a minute: how much, the oldest age, and whether a lease ran out."""

    items: int
    oldest: dt.timedelta
    lease_ended: bool


@dataclass(frozen=True, slots=True)
class Slow:
    waiting: dict[str, Waiting]
    live_gaps: int
    schools_with_live_gap: int
    deliveries_retried: int
    recurring_failing: int


@dataclass(frozen=True, slots=True)
class Hourly:
    """`failing` by whose endpoint it is. `overdue`: entries of a directory that a school was told to check."""

    dead: dict[str, int]
    failing: dict[str, int]
    overdue: int
    schools_with_overdue: int


def other_version(session: Session) -> OtherVersion | None:
    """None of a database that this program works on."""
    return None if require_current(session) is None else OtherVersion(_skew(session))


def prompt(session: Session, *, now: dt.datetime) -> Prompt:
    return Prompt(
        last_pass=_to_the_minute(auditor.last_pass(session)),
        overdue=_any_overdue(session, now=now),
        skew=_skew(session),
    )


def slow(session: Session, *, urgent: Collection[str], recurring: Sequence[str], now: dt.datetime) -> Slow:
    """`urgent`: the kinds of work of that lane; all others are of the other one. `recurring`: those that never end."""
    lines, schools = _live_gaps(session, now=now)
    return Slow(
        waiting=_waiting(session, urgent=urgent, now=now),
        live_gaps=lines,
        schools_with_live_gap=schools,
        deliveries_retried=_retried(session),
        recurring_failing=len(queue.failing(session, kinds=recurring)),
    )


def hourly(session: Session, *, urgent: Collection[str]) -> Hourly:
    counted = sa.func.count()
    dead = dict.fromkeys(LANES, 0)
    buried = select(col(WorkItem.kind), counted).where(col(WorkItem.dead) == sa.true()).group_by(col(WorkItem.kind))
    for kind, number in session.exec(buried):
        dead[_lane(kind, urgent)] += number
    personal = col(WebhookEndpoint.person_id).is_not(None)
    failing = select(personal, counted).where(*_FAILING).group_by(personal)
    by_owner = {bool(of_a_person): number for of_a_person, number in session.exec(failing)}
    told = select(counted, sa.func.count(sa.distinct(col(LocalEntry.school_id)))).where(
        col(LocalEntry.told_overdue_at).is_not(None)
    )
    overdue, schools = session.exec(told).one()
    return Hourly(
        dead=dead,
        failing={"person": by_owner.get(True, 0), "school": by_owner.get(False, 0)},
        overdue=overdue,
        schools_with_overdue=schools,
    )


# As the index ix_webhook_endpoints_failing says it: PostgreSQL takes a partial index for what has its very condition.
_FAILING = (
    col(WebhookEndpoint.health) == sa.literal_column(f"'{EndpointHealth.FAILING.value}'"),
    col(WebhookEndpoint.enabled) == sa.true(),
)


def _skew(session: Session) -> float:
    return coarse.halves(skew.skew(session).total_seconds())


def _lane(kind: str, urgent: Collection[str]) -> str:
    return LANES[0] if kind in urgent else LANES[1]


def _to_the_minute(instant: dt.datetime | None) -> dt.datetime | None:
    return None if instant is None else instant.replace(second=0, microsecond=0)


def _any_overdue(session: Session, *, now: dt.datetime) -> bool:
    late = (
        select(Escalation.id)
        .where(
            col(Escalation.next_due_at) < now - auditor.OVERDUE,
            col(Escalation.state).in_(deadlines.TIMERS),
            col(Escalation.answered_at).is_(None),
        )
        .limit(1)
    )
    return session.exec(late).first() is not None


def _waiting(session: Session, *, urgent: Collection[str], now: dt.datetime) -> dict[str, Waiting]:
    late = (
        select(WorkItem.kind, WorkItem.due_at, WorkItem.lease_until)
        .where(col(WorkItem.dead) == sa.false(), col(WorkItem.due_at) < now - WAITS)
        .order_by(col(WorkItem.due_at))
        .limit(MOST)
    )
    rows = [(_lane(kind, urgent), due_at, lease) for kind, due_at, lease in session.exec(late)]
    return {lane: _of_lane([row[1:] for row in rows if row[0] == lane], now=now) for lane in LANES}


def _of_lane(rows: list[tuple[dt.datetime, dt.datetime | None]], *, now: dt.datetime) -> Waiting:
    return Waiting(
        items=coarse.down(len(rows), coarse.ITEMS),
        oldest=max((now - due_at for due_at, _ in rows), default=dt.timedelta()),
        lease_ended=any(lease is not None and lease <= now for _, lease in rows),
    )


def _live_gaps(session: Session, *, now: dt.datetime) -> tuple[int, int]:
    """Lines, and schools, in which nobody who can be reached is on call, and no cover from outside was declared."""
    counted = select(sa.func.count(), sa.func.count(sa.distinct(col(CoverageGap.school_id))))
    live = counted.join_from(CoverageGap, School, col(School.id) == col(CoverageGap.school_id)).where(
        col(CoverageGap.state) == sa.literal_column(f"'{GapState.OPEN.value}'"),
        col(CoverageGap.external_entry_id).is_(None),
        col(CoverageGap.starts_at) <= now,
        col(CoverageGap.ends_at) > now,
        col(School.status) == SchoolStatus.ACTIVE,
    )
    lines, schools = session.exec(live).one()
    return lines, schools


def _retried(session: Session) -> int:
    """Deliveries to failing endpoints that are tried again, found by their endpoints: those are few."""
    found = (
        select(sa.literal(1))
        .select_from(WebhookDelivery)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(WebhookDelivery.endpoint_id))
        .where(*_FAILING, col(WebhookDelivery.state) == DeliveryState.PENDING, col(WebhookDelivery.attempts) > 0)
        .limit(MOST)
    )
    number = session.exec(select(sa.func.count()).select_from(found.subquery())).one()
    return coarse.down(number, coarse.ITEMS)
