"""Words that hurt to read are shown to those who ask for them. Nothing of them is changed (J13).

The reporter sees their own words as they wrote them.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Report, ReportMessage, ReportOutcome
from app.reports import dialogue, triage
from app.reports.handling_schemas import HurtfulMark
from app.reports.schemas import ReportMessageOut, ReportOut
from app.vocabulary import MessageAuthor, Outcome, SecondPersonState


class WasMisused(Conflict):
    code, status, title = "was_misused", 409, "Two people have found that this was misuse"
    default_detail = "Its words stay out of sight. You can still ask for them."


def mark(session: Session, actor: Actor, report_id: uuid.UUID, body: HurtfulMark) -> ReportOut:
    """The narrative; also of a report that somebody else holds, or that is closed: it is read then, too."""
    report = triage.find(session, actor, report_id, lock=True)
    if report.text_hidden is not body.hurtful:
        if not body.hurtful and _misused(session, report):
            raise WasMisused
        report.text_hidden = body.hurtful
        _changed(session, actor, report, body, now=clock.now())
    return triage.shown(session, report, actor)


def mark_message(
    session: Session, actor: Actor, report_id: uuid.UUID, message_id: uuid.UUID, body: HurtfulMark
) -> ReportMessageOut:
    report = triage.to_read(session, actor, report_id)
    message = session.get(ReportMessage, message_id, populate_existing=True)
    if message is None or message.report_id != report.id:
        raise NotFound
    if message.hidden is not body.hurtful:
        message.hidden = body.hurtful
        session.add(message)
        _changed(session, actor, report, body, now=clock.now())
    return dialogue.one_for_staff(session, report, message)


def hide_all(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Whatever the reporter has written so far."""
    report.text_hidden = True
    report.updated_hour = hour_of(now)
    session.add(report)
    written = select(ReportMessage).where(
        ReportMessage.report_id == report.id, ReportMessage.author == MessageAuthor.REPORTER
    )
    for message in session.exec(written):
        message.hidden = True
        session.add(message)
    session.flush()


def _misused(session: Session, report: Report) -> bool:
    statement = select(ReportOutcome.id).where(
        ReportOutcome.report_id == report.id,
        ReportOutcome.outcome == Outcome.MISUSE,
        ReportOutcome.state == SecondPersonState.IN_EFFECT,
    )
    return session.exec(statement.limit(1)).first() is not None


def _changed(session: Session, actor: Actor, report: Report, body: HurtfulMark, *, now: dt.datetime) -> None:
    report.version += 1
    session.add(report)
    session.flush()
    trail.record(
        session,
        action="report.words_hidden" if body.hurtful else "report.words_shown",
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
