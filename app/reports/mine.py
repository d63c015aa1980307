"""The reporter's side: the receipt opens a short session, in which they see where their report stands and write."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.guidance import answers
from app.guidance.signs import AboutWhom, Priority, Sign
from app.idempotency import service as idempotency
from app.models import Report, ReportAccess, School
from app.paging import ending, expectation
from app.paging import service as paging
from app.reports import claims, decisions, dialogue
from app.reports.intake import RECEIPT_LIFETIME, receipt_hash, replay_end_hash
from app.reports.schemas import AccessOut, MessageCreate, MessageOut, MessagePage, MyReport
from app.vocabulary import MessageAuthor, ReportState, ReportStatus, SubjectKind


def open_with(session: Session, receipt: str, *, now: dt.datetime) -> uuid.UUID:
    """The report of a receipt. Raises NotFound, the same for one that is wrong, expired or withdrawn.

    Using it keeps it good for another 90 days, and ends the replay of the answer that showed it.
    """
    idempotency.end_replay(session, replay_end_hash(session, receipt))
    report = session.exec(select(Report).where(Report.receipt_hash == receipt_hash(session, receipt))).one_or_none()
    if report is None or report.receipt_good_until < now.date():
        raise NotFound
    report.receipt_good_until = (now + RECEIPT_LIFETIME).date()
    session.add(report)
    return report.id


def show(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> MyReport:
    """Where it stands. Never says what the peer did or said."""
    report = _mine(session, report_id)
    school = session.get_one(School, report.school_id)
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    status = _status(session, report)
    unanswered = ending.unanswered(escalation) and not dialogue.staff_replied(session, report)
    signs = [Sign(sign) for sign in report.signs]
    return MyReport(
        status=status,
        status_text=answers.nobody_has_answered() if unanswered else answers.status_text(status),
        nobody_has_answered=unanswered,
        submitted_hour=hour_of(report.submitted_at),
        expect=expectation.as_it_stands(
            session, school, escalation, report.promise, now=now, in_reading_hours=not report.independent
        ),
        access_summary=_accesses(session, report),
        receipt_good_until=report.receipt_good_until,
        continue_as_friend=answers.continue_as_friend(
            signs, priority=Priority(report.priority_stated), about_whom=AboutWhom(report.about_whom)
        ),
        decisions=decisions.told(session, report),
    )


def messages(session: Session, report_id: uuid.UUID, request: PageRequest) -> MessagePage:
    return dialogue.page(session, _mine(session, report_id), request)


def write(session: Session, report_id: uuid.UUID, body: MessageCreate, *, now: dt.datetime) -> MessageOut:
    report = session.exec(select(Report).where(Report.id == report_id).with_for_update(key_share=True)).one_or_none()
    if report is None:
        raise NotFound
    added = dialogue.add(session, report, body.text, author=MessageAuthor.REPORTER, person_id=None, now=now)
    if report.state is ReportState.AWAITING_REPORTER:
        report.state = ReportState.IN_CONVERSATION
        report.version += 1
        session.add(report)
    return added


def _mine(session: Session, report_id: uuid.UUID) -> Report:
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound
    return report


def _status(session: Session, report: Report) -> ReportStatus:
    if report.state is ReportState.CLOSED:
        return ReportStatus.CLOSED
    author = dialogue.last_author(session, report)
    if author is not None and author is not MessageAuthor.REPORTER:
        return ReportStatus.SOMEONE_HAS_REPLIED
    read = session.exec(select(ReportAccess.report_id).where(ReportAccess.report_id == report.id).limit(1)).first()
    held = claims.holder(session, report) is not None
    return ReportStatus.BEING_READ if read is not None or held else ReportStatus.RECEIVED


def _accesses(session: Session, report: Report) -> list[AccessOut]:
    statement = (
        select(ReportAccess.role, ReportAccess.hour)
        .where(ReportAccess.report_id == report.id)
        .distinct()
        .order_by(col(ReportAccess.hour), col(ReportAccess.role))
        .limit(200)
    )
    return [AccessOut(role=role, hour=hour) for role, hour in session.exec(statement)]
