"""What is said of reports beside their own rows: who holds them, who waits, what belongs together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.guidance.signs import Priority, Sign, Wants, priority_of_rank
from app.models import ConfidentialityDecision, Report, ReportMessage, ReportProposal
from app.reports import claims, states, withdrawn
from app.reports.states import WithdrawalStanding
from app.vocabulary import MessageAuthor, SecondPersonState


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the reports asked for: by id. `groups` are those of which the reader sees more than one report."""

    holders: dict[uuid.UUID, uuid.UUID]
    answered: frozenset[uuid.UUID]
    awaiting: frozenset[uuid.UUID]
    groups: frozenset[uuid.UUID]
    withdrawals: dict[uuid.UUID, WithdrawalStanding]


def of(session: Session, reports: Sequence[Report], *, visible: Any) -> Standing:
    """`visible` selects the reports that the reader may see: a group says nothing of any other (J14)."""
    ids = [report.id for report in reports]
    answered = select(ReportMessage.report_id).where(
        col(ReportMessage.report_id).in_(ids), ReportMessage.author != MessageAuthor.REPORTER
    )
    waiting = select(Report.id).where(col(Report.id).in_(ids), col(Report.id).in_(awaiting()))
    return Standing(
        holders=claims.holders(session, reports),
        answered=frozenset(session.exec(answered.distinct())),
        awaiting=frozenset(session.exec(waiting)),
        groups=_groups(session, reports, visible=visible),
        withdrawals=withdrawn.standings(session, reports),
    )


def awaiting() -> Any:
    """The ids of reports of which something waits for a second person."""
    # In the statement itself: the indexes of what waits hold nothing else, which PostgreSQL must see in every plan.
    waits = sa.literal(SecondPersonState.AWAITING_SECOND_PERSON, sa.String, literal_execute=True)
    return sa.union(
        select(ReportProposal.report_id).where(ReportProposal.state == waits),
        select(ConfidentialityDecision.report_id).where(ConfidentialityDecision.state == waits),
    )


def row(report: Report, standing: Standing, *, person_id: uuid.UUID) -> dict[str, Any]:
    """The fields of ReportRow."""
    holder = standing.holders.get(report.id)
    taken_back = standing.withdrawals.get(report.id)
    # Whoever has left waits for nobody; what must not go before somebody has decided does.
    is_open = not states.is_over(report) and taken_back is None
    waits = (is_open and report.id not in standing.answered) or taken_back is WithdrawalStanding.TO_BE_DECIDED
    return {
        "id": report.id,
        "state": report.state,
        "withdrawal": taken_back,
        "signs": [] if withdrawn.hides(report, taken_back) else [Sign(sign) for sign in report.signs],
        "priority_stated": Priority(report.priority_stated),
        "priority_set": None if report.priority_set is None else Priority(report.priority_set),
        "priority": priority_of_rank(report.response_rank),
        "needs_person_check": report.needs_person_check,
        "awaiting_second_person": report.id in standing.awaiting,
        "group_id": report.group_id if report.group_id in standing.groups else None,
        "text_hidden": report.text_hidden,
        "waiting_since": hour_of(report.submitted_at) if waits else None,
        "wants": Wants(report.wants),
        "claimed": holder is not None,
        "claimed_by_me": holder == person_id,
        "submitted_hour": hour_of(report.submitted_at),
    }


def waiting_hours(report: dict[str, Any], *, now: dt.datetime) -> int | None:
    """Whole hours since it came in, while nobody has answered."""
    since = report["waiting_since"]
    return None if since is None else max(0, (hour_of(now) - since) // dt.timedelta(hours=1))


def _groups(session: Session, reports: Sequence[Report], *, visible: Any) -> frozenset[uuid.UUID]:
    wanted = {report.group_id for report in reports if report.group_id is not None}
    if not wanted:
        return frozenset()
    seen = visible.where(col(Report.group_id).in_(wanted)).subquery()
    several = select(seen.c.group_id).group_by(seen.c.group_id).having(func.count() > 1)
    return frozenset(session.exec(several))
