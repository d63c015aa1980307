"""How soon a person should answer: sooner at once, by anybody who sees it; later with reasons (domain, 5)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import InvalidRequest
from app.guidance.signs import Priority, priority_rank
from app.identity.actors import Actor
from app.models import Report
from app.reports import calling, claims, dialogue, second_person, triage
from app.reports.handling_schemas import PrioritySet
from app.reports.schemas import ReportOut
from app.vocabulary import ProposalKind, SecondPersonState


def set_priority(
    session: Session, actor: Actor, report_id: uuid.UUID, body: PrioritySet, *, version: Version
) -> ReportOut:
    """Raise it, lower it, or propose to lower it: a report with a red-flag sign takes two people for that.

    Only a lower one must say which version it changes, and is refused while somebody else holds the report: nothing
    stands in the way of a raise. Raises ReportWithdrawn, ReportClosed, AlreadyClaimed, AlreadyProposed,
    PreconditionRequired, and InvalidRequest where a note is missing.
    """
    report = triage.find(session, actor, report_id, lock=True)
    later = priority_rank(body.priority) > report.response_rank
    if later or version.if_match is not None:
        version.check(triage.out(session, report, actor))
    dialogue.must_be_open(report)
    now = clock.now()
    if later:
        _lower(session, actor, report, body, now=now)
    elif priority_rank(body.priority) < report.response_rank:
        _raise(session, actor, report, body, now=now)
    return triage.shown(session, report, actor)


def put(session: Session, report: Report, priority: Priority, *, now: dt.datetime) -> None:
    """Of a report that the caller has locked. Nothing that is being asked ends by it."""
    report.priority_set = priority
    report.response_rank = priority_rank(priority)
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    session.flush()


def _raise(session: Session, actor: Actor, report: Report, body: PrioritySet, *, now: dt.datetime) -> None:
    second_person.overtake(session, report, ProposalKind.PRIORITY, now=now)
    if body.note is not None:
        _keep(session, actor, report, body, state=SecondPersonState.IN_EFFECT, now=now)
    put(session, report, body.priority, now=now)
    calling.because_raised(session, report, priority=body.priority, by=actor.person_id, now=now)
    _record(session, actor, report, "report.priority_raised", now=now)


def _lower(session: Session, actor: Actor, report: Report, body: PrioritySet, *, now: dt.datetime) -> None:
    if claims.holder(session, report) not in (None, actor.person_id):
        raise triage.AlreadyClaimed
    # The clock of a red-flag sign is `now`: whatever is lower is below it.
    two = report.needs_person_check
    if body.note is None and (two or priority_rank(body.priority) > priority_rank(Priority(report.priority_stated))):
        raise _without_a_note()
    if two:
        _keep(session, actor, report, body, state=SecondPersonState.AWAITING_SECOND_PERSON, now=now)
        _record(session, actor, report, "report.lower_priority_proposed", now=now)
        return
    if body.note is not None:
        _keep(session, actor, report, body, state=SecondPersonState.IN_EFFECT, now=now)
    put(session, report, body.priority, now=now)
    _record(session, actor, report, "report.priority_lowered", now=now)


def _keep(
    session: Session, actor: Actor, report: Report, body: PrioritySet, *, state: SecondPersonState, now: dt.datetime
) -> None:
    second_person.keep(
        session,
        report,
        ProposalKind.PRIORITY,
        state=state,
        by=actor.person_id,
        note=body.note,
        priority=body.priority,
        now=now,
    )


def _record(session: Session, actor: Actor, report: Report, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=report.school_id, person_id=actor.person_id, subject=report.id, now=now
    )


def _without_a_note() -> InvalidRequest:
    detail = "Say why it can wait longer than was stated."
    return InvalidRequest(errors=[{"pointer": "#/note", "code": "note_needed", "detail": detail}])
