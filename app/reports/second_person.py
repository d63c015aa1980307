"""What takes two people, as rows: proposed by one with their reasons, decided by another, or overtaken."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.core.clock import hour_of
from app.core.problems import Conflict
from app.models import Report, ReportOutcome, ReportProposal
from app.vault import columns
from app.vocabulary import ProposalKind, SecondPersonState


class AlreadyProposed(Conflict):
    code, status, title = "already_proposed", 409, "Somebody has proposed this already"
    default_detail = (
        "It waits for a second person. Confirm or decline that proposal, or let whoever made it take it back."
    )


def keep(
    session: Session,
    report: Report,
    kind: ProposalKind,
    *,
    state: SecondPersonState,
    by: uuid.UUID,
    note: str | None,
    now: dt.datetime,
    priority: str | None = None,
    outcome_id: uuid.UUID | None = None,
) -> ReportProposal:
    """Write down what was proposed, or set, for a report that the caller has locked. Raises AlreadyProposed."""
    if state is SecondPersonState.AWAITING_SECOND_PERSON and waiting(session, report, kind) is not None:
        raise AlreadyProposed
    row = ReportProposal(
        report_id=report.id,
        kind=kind,
        state=state,
        priority=priority,
        outcome_id=outcome_id,
        proposed_by=by,
        proposed_hour=hour_of(now),
        decided_hour=None if state is SecondPersonState.AWAITING_SECOND_PERSON else hour_of(now),
    )
    if note is not None:
        columns.REPORT_PROPOSAL.seal(session, row, note, school_id=report.school_id)
    session.add(row)
    session.flush()
    return row


def waiting(session: Session, report: Report, kind: ProposalKind) -> ReportProposal | None:
    """The one proposal of this kind that waits for a second person."""
    statement = select(ReportProposal).where(
        ReportProposal.report_id == report.id,
        ReportProposal.kind == kind,
        ReportProposal.state == SecondPersonState.AWAITING_SECOND_PERSON,
    )
    return session.exec(statement).one_or_none()


def settle(
    session: Session,
    proposal: ReportProposal,
    state: SecondPersonState,
    *,
    by: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """`by` is nobody where it was overtaken. What hangs on it, an outcome, goes the same way."""
    proposal.state, proposal.decided_by, proposal.decided_hour = state, by, hour_of(now)
    session.add(proposal)
    if proposal.outcome_id is not None:
        outcome = session.get_one(ReportOutcome, proposal.outcome_id)
        outcome.state = state
        session.add(outcome)


def overtake(session: Session, report: Report, *kinds: ProposalKind, now: dt.datetime) -> None:
    """What waits is about a state of things that is no more. It is kept as taken back, by nobody."""
    for kind in kinds:
        proposal = waiting(session, report, kind)
        if proposal is not None:
            settle(session, proposal, SecondPersonState.TAKEN_BACK, by=None, now=now)


def note_of(session: Session, report: Report, proposal: ReportProposal) -> str | None:
    if proposal.note_sealed is None:
        return None
    return columns.REPORT_PROPOSAL.unseal(session, proposal, school_id=report.school_id)
