"""Whoever is on call is asked about a report that its readers see: late, because nobody read it, or made urgent."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.guidance.signs import Priority, priority_rank
from app.models import Report, ReportExcludedRole, ReportExclusion, School
from app.paging import ending, holding, hurrying, routing
from app.paging import service as paging
from app.reports import claims, exclusions, said
from app.vocabulary import EscalationState, MessageAuthor, ReportState, Role, RosterLine, SubjectKind

# As at intake: what can wait longer is read in reading hours, and wakes nobody.
CALLS = (Priority.NOW, Priority.TODAY)


def start(session: Session, report: Report, *, priority: Priority, now: dt.datetime) -> None:
    """Page advisers first, else those who read reports; nobody from whom it is kept."""
    excluded = set(session.exec(select(ReportExclusion.person_id).where(ReportExclusion.report_id == report.id)))
    roles = session.exec(select(ReportExcludedRole.role).where(ReportExcludedRole.report_id == report.id))
    line = RosterLine.INDEPENDENT_ADVICE
    if not report.independent:
        line = routing.choose_line(
            session,
            report.school_id,
            RosterLine.CLINICAL_ADVICE,
            now=now,
            excluded=excluded,
            last_resort=RosterLine.TRIAGE,
        )
    paging.start(
        session,
        session.get_one(School, report.school_id),
        subject_kind=SubjectKind.REPORT,
        subject_id=report.id,
        line=line,
        priority=priority,
        excluded=excluded,
        excluded_roles={Role(role) for role in roles},
        discreet=exclusions.kept_from_somebody(session, report.id),
        now=now,
    )


def because_raised(session: Session, report: Report, *, priority: Priority, by: uuid.UUID, now: dt.datetime) -> None:
    """`by` has raised a report that the caller has locked: page, unless somebody is asked or answers already.

    Whoever has raised what they hold themselves asks for help: that somebody answers it is no reason to ask nobody.
    """
    if priority not in CALLS:
        return
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    running = escalation is not None and not ending.is_over(escalation)
    if escalation is not None and running and escalation.state is not EscalationState.EXHAUSTED:
        hurrying.hurry(session, escalation, priority=priority, now=now)
        return
    if _answered_by_another(session, report, by=by):
        return
    if escalation is None:
        start(session, report, priority=priority, now=now)
        return
    escalation.priority = priority
    holding.ask_anew(session, escalation, now=now)


def for_a_contact(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Whoever was in touch for an urgent report, that the caller has locked, cannot go on: somebody on call has it
    before they let go, whoever has answered it (STUDY D10, J8)."""
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    if escalation is None:
        start(session, report, priority=Priority.NOW, now=now)
    elif ending.is_over(escalation) or escalation.state is EscalationState.EXHAUSTED:
        escalation.priority = Priority.NOW
        holding.ask_anew(session, escalation, now=now)
    else:
        hurrying.hurry(session, escalation, priority=Priority.NOW, now=now)


def because_given_back(session: Session, report: Report, *, by: uuid.UUID, now: dt.datetime) -> None:
    """`by` has given back a report that the caller has locked, and nobody else reads it who could be told: whoever is
    on call has it next. Not where somebody is asked already, nor where it has a time by which it is to be read."""
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    if escalation is None:
        if report.state is not ReportState.NEW or report.promise.get("read_by") is None:
            start(session, report, priority=Priority.TODAY, now=now)
    elif ending.is_over(escalation) or escalation.state is EscalationState.EXHAUSTED:
        escalation.priority = Priority.TODAY
        holding.ask_others(session, escalation, but=by, now=now)


def because_nobody_reads(session: Session, report: Report, *, now: dt.datetime) -> None:
    """The reporter of a report that the caller has locked has written, and nobody is left who reads it: whoever is on
    call is asked. What was asked in vain stays so: that has its own end, and its own second round. What nobody has
    taken on or answered waits for the time by which it is to be read."""
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    if escalation is None:
        if report.claimed_by is None and not said.staff_replied(session, report):
            return
        urgent = report.response_rank == priority_rank(Priority.NOW)
        start(session, report, priority=Priority.NOW if urgent else Priority.TODAY, now=now)
    elif escalation.answered_at is not None:
        holding.ask_anew(session, escalation, now=now)


def _answered_by_another(session: Session, report: Report, *, by: uuid.UUID) -> bool:
    """Somebody else holds it, and the reporter waits for no answer of theirs."""
    holder = claims.holder(session, report)
    if holder is None or holder == by:
        return False
    return said.last_author(session, report) not in (None, MessageAuthor.REPORTER)
