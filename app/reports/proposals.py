"""A second person decides: another triager who sees the report confirms what was proposed, or declines it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.guidance.signs import Priority, priority_rank
from app.identity.actors import Actor
from app.models import Report, ReportProposal
from app.reports import dialogue, hurtful, priorities, second_person, triage
from app.reports.handling_schemas import ProposalOut, ProposalPage
from app.reports.schemas import ReportOut
from app.vocabulary import ProposalKind, SecondPersonState


class OwnProposal(Conflict):
    code, status, title = "own_proposal", 409, "This takes a second person"
    default_detail = "You proposed it. Somebody else confirms or declines it; you can take it back."


class NotYourProposal(Conflict):
    code, status, title = "not_your_proposal", 409, "Somebody else proposed this"


class ProposalSettled(Conflict):
    code, status, title = "proposal_settled", 409, "This proposal is settled"
    default_detail = "Somebody was faster, or it was overtaken. Read the report again."


def page(session: Session, actor: Actor, report_id: uuid.UUID, request: PageRequest) -> ProposalPage:
    """With their notes: reading them is recorded as reading the report."""
    report = triage.to_read(session, actor, report_id)
    statement = select(ReportProposal).where(ReportProposal.report_id == report.id)
    statement = request.slice(statement, at=col(ReportProposal.proposed_hour), row_id=col(ReportProposal.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.proposed_hour, row.id))
    return ProposalPage(items=[_out(session, report, row, actor) for row in rows], next_cursor=cursor)


def confirm(session: Session, actor: Actor, report_id: uuid.UUID, proposal_id: uuid.UUID) -> ReportOut:
    """It takes effect. Doing it twice changes nothing. Raises OwnProposal, ProposalSettled, ReportClosed."""
    return _decide(session, actor, report_id, proposal_id, SecondPersonState.IN_EFFECT)


def decline(session: Session, actor: Actor, report_id: uuid.UUID, proposal_id: uuid.UUID) -> ReportOut:
    """Everything stays as it is. Raises as `confirm` does."""
    return _decide(session, actor, report_id, proposal_id, SecondPersonState.DECLINED)


def take_back(session: Session, actor: Actor, report_id: uuid.UUID, proposal_id: uuid.UUID) -> ReportOut:
    """Only by whoever proposed it. Raises NotYourProposal, ProposalSettled, ReportClosed."""
    return _decide(session, actor, report_id, proposal_id, SecondPersonState.TAKEN_BACK)


def _decide(
    session: Session, actor: Actor, report_id: uuid.UUID, proposal_id: uuid.UUID, to: SecondPersonState
) -> ReportOut:
    # The report is locked: of two who decide at once, the second finds what the first has made of it.
    report = triage.find(session, actor, report_id, lock=True)
    proposal = session.get(ReportProposal, proposal_id, populate_existing=True)
    if proposal is None or proposal.report_id != report.id:
        raise NotFound
    own = proposal.proposed_by == actor.person_id
    if own is not (to is SecondPersonState.TAKEN_BACK):
        raise OwnProposal if own else NotYourProposal
    if proposal.state is to and proposal.decided_by == actor.person_id:
        return triage.shown(session, report, actor)
    dialogue.must_be_open(report)
    if proposal.state is not SecondPersonState.AWAITING_SECOND_PERSON:
        raise ProposalSettled
    now = clock.now()
    second_person.settle(session, proposal, to, by=actor.person_id, now=now)
    report.version += 1
    session.add(report)
    session.flush()
    if to is SecondPersonState.IN_EFFECT:
        _take_effect(session, report, proposal, now=now)
    trail.record(
        session,
        action=f"report.proposal_{_DONE[to]}",
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    return triage.shown(session, report, actor)


_DONE = {
    SecondPersonState.IN_EFFECT: "confirmed",
    SecondPersonState.DECLINED: "declined",
    SecondPersonState.TAKEN_BACK: "taken_back",
}


def _take_effect(session: Session, report: Report, proposal: ReportProposal, *, now: dt.datetime) -> None:
    if proposal.kind is ProposalKind.MISUSE:
        hurtful.hide_all(session, report, now=now)
    elif proposal.priority is not None and priority_rank(Priority(proposal.priority)) > report.response_rank:
        priorities.put(session, report, Priority(proposal.priority), now=now)


def _out(session: Session, report: Report, row: ReportProposal, actor: Actor) -> ProposalOut:
    return ProposalOut(
        id=row.id,
        kind=row.kind,
        state=row.state,
        priority=None if row.priority is None else Priority(row.priority),
        outcome_id=row.outcome_id,
        note=second_person.note_of(session, report, row),
        mine=row.proposed_by == actor.person_id,
        proposed_hour=row.proposed_hour,
        decided_hour=row.decided_hour,
    )
