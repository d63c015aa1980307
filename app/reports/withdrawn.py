"""Where a withdrawn report stands, and who may still read its words: whoever must decide about it, and nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import Report, ReportWithdrawal
from app.reports.states import WithdrawalStanding
from app.vocabulary import ReportState, WithdrawalOutcome


def row_of(session: Session, report: Report) -> ReportWithdrawal | None:
    """None for one that was not withdrawn."""
    return session.exec(select(ReportWithdrawal).where(ReportWithdrawal.report_id == report.id)).one_or_none()


def standing(session: Session, report: Report) -> WithdrawalStanding | None:
    """None for one that was not withdrawn."""
    return standings(session, [report]).get(report.id)


def standings(session: Session, reports: Sequence[Report]) -> dict[uuid.UUID, WithdrawalStanding]:
    """By report, those that were withdrawn."""
    taken_back = {report.id: report for report in reports if report.withdrawn_hour is not None}
    if not taken_back:
        return {}
    undecided = set(session.exec(_undecided().where(col(ReportWithdrawal.report_id).in_(taken_back))))
    return {id_: _standing(report, undecided=id_ in undecided) for id_, report in taken_back.items()}


def waits_for_decision() -> sa.ColumnElement[bool]:
    """Of a query over reports: those of which `to_be_decided` says so."""
    return sa.and_(
        col(Report.state) == ReportState.WITHDRAWN, col(Report.restricted).is_(True), col(Report.id).in_(_undecided())
    )


def to_be_decided(session: Session, report: Report) -> bool:
    return standing(session, report) is WithdrawalStanding.TO_BE_DECIDED


def words_hidden(session: Session, report: Report) -> bool:
    """Whether nobody may read what it says: it was withdrawn, or is erased."""
    return hides(report, standing(session, report))


def hides(report: Report, stands: WithdrawalStanding | None) -> bool:
    """As `words_hidden`, for whoever knows where it stands."""
    return report.restricted and stands is not WithdrawalStanding.TO_BE_DECIDED


def _undecided() -> Any:
    """The ids of reports about whose withdrawal somebody must decide, and nobody has."""
    # In the statement itself: the index of these holds nothing else, which PostgreSQL must see in every plan.
    until_decided = sa.literal(WithdrawalOutcome.RESTRICTED_UNTIL_DECIDED, sa.String, literal_execute=True)
    return select(ReportWithdrawal.report_id).where(
        col(ReportWithdrawal.outcome) == until_decided, col(ReportWithdrawal.decision).is_(None)
    )


def _standing(report: Report, *, undecided: bool) -> WithdrawalStanding:
    if report.state is not ReportState.WITHDRAWN:
        return WithdrawalStanding.GOES_ON
    return WithdrawalStanding.TO_BE_DECIDED if undecided and report.restricted else WithdrawalStanding.WITHDRAWN
