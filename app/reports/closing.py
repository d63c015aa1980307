"""End a conversation. From then on no exact time of it is kept, only hours (design, 3)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.audit import trail
from app.contacts import service as contacts
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import Conflict
from app.identity.actors import Actor
from app.models import Report, ReportMessage
from app.paging import ending
from app.reports import claims, decisions, dialogue, outcomes, second_person, triage
from app.reports.schemas import ReportOut
from app.vocabulary import ProposalKind, ReportState, SubjectKind


class NotClaimed(Conflict):
    code, status, title = "not_claimed", 409, "Take it on first"


def close(session: Session, actor: Actor, report_id: uuid.UUID, *, version: Version) -> ReportOut:
    """Only whoever has taken it on closes it, once an outcome is recorded. Paging that still runs for it ends."""
    report = triage.find(session, actor, report_id, lock=True)
    version.check(triage.out(session, report, actor))
    dialogue.must_be_open(report)
    held_by = claims.holder(session, report)
    if held_by is None:
        raise NotClaimed
    if held_by != actor.person_id:
        raise triage.AlreadyClaimed
    finish(session, report, person_id=actor.person_id, now=clock.now())
    return triage.shown(session, report, actor)


def finish(session: Session, report: Report, *, person_id: uuid.UUID, now: dt.datetime) -> None:
    """Close a report that the caller has locked, for somebody who may.

    Raises ReportWithdrawn, ReportClosed, and OutcomeNeeded: a worry that nothing was done about is not closed in
    silence (domain, 2.3).
    """
    dialogue.must_be_open(report)
    if not outcomes.in_effect(session, report):
        raise outcomes.OutcomeNeeded
    report.state = ReportState.CLOSED
    report.closed_hour = report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    ending.end(session, SubjectKind.REPORT, report.id, now=now)
    coarsen(session, report)
    trail.record(
        session,
        action="report.closed",
        school_id=report.school_id,
        person_id=person_id,
        subject=report.id,
        now=now,
    )


def coarsen(session: Session, report: Report) -> None:
    """Cut every time that belongs to a report which is over to its hour; what waits for a second person, and contacts,
    are over too."""
    now = clock.now()
    second_person.overtake(session, report, *ProposalKind, now=now)
    decisions.end(session, report, now=now)
    contacts.end_all(session, report, now=now)
    report.submitted_at = hour_of(report.submitted_at)
    promised = report.promise.get("read_by")
    if promised is not None:
        hour = hour_of(dt.datetime.fromisoformat(promised))
        report.promise = {**report.promise, "read_by": hour.isoformat(), "read_by_local": None}
    session.add(report)
    for message in session.exec(select(ReportMessage).where(ReportMessage.report_id == report.id)):
        message.sent_at = hour_of(message.sent_at)
        session.add(message)
    ending.coarsen(session, SubjectKind.REPORT, report.id, school_id=report.school_id)
