"""The reporter's side: the receipt opens a short session, in which they see where their report stands and write."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.contacts import service as contacts
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.guidance import answers
from app.guidance.signs import AboutWhom, Priority, Sign
from app.idempotency import service as idempotency
from app.models import Report, ReportAccess, School
from app.paging import ending, expectation
from app.paging import service as paging
from app.reports import claims, decisions, dialogue, relaying, said, states, unread
from app.reports.intake import RECEIPT_LIFETIME, receipt_hash, replay_end_hash
from app.reports.schemas import AccessOut, MessageCreate, MessageOut, MessagePage, MyReport, ReceiptExtended
from app.vocabulary import MessageAuthor, ReportState, ReportStatus, SubjectKind


def open_with(session: Session, receipt: str, *, now: dt.datetime) -> uuid.UUID:
    """The report of a receipt. Raises NotFound, the same for one that is wrong, expired or withdrawn.

    Using it keeps it good for another 90 days, and ends the replay of the answer that showed it.
    """
    idempotency.end_replay(session, replay_end_hash(session, receipt))
    report = session.exec(select(Report).where(Report.receipt_hash == receipt_hash(session, receipt))).one_or_none()
    if report is None or report.receipt_good_until < now.date() or not opens(report, now=now):
        raise NotFound
    if report.withdrawn_hour is None:
        report.receipt_good_until = (now + RECEIPT_LIFETIME).date()
        session.add(report)
    return report.id


def opens(report: Report, *, now: dt.datetime) -> bool:
    """Whether its reporter may still see it: not once it is erased, or was taken back longer ago than it can be undone.

    That it expired for its readers, or was closed, takes nothing from its reporter.
    """
    if report.erased_hour is not None:
        return False
    return report.withdrawn_hour is None or (report.undo_until is not None and now < report.undo_until)


def extend(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> ReceiptExtended:
    """The receipt is good for 90 days from today. Nothing else of the report changes. Raises ReportWithdrawn."""
    report = find(session, report_id, now=now, lock=True)
    report.receipt_good_until = (now + RECEIPT_LIFETIME).date()
    session.add(report)
    return ReceiptExtended(receipt_good_until=report.receipt_good_until)


def show(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> MyReport:
    """Where it stands. Never says what the peer did or said."""
    report = find(session, report_id, now=now, taken_back=True)
    school = session.get_one(School, report.school_id)
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    status = _status(session, report, now=now)
    accesses = _accesses(session, report)
    left = report.withdrawn_hour is not None
    unanswered = not left and ending.unanswered(escalation) and not said.staff_replied(session, report)
    signs = [Sign(sign) for sign in report.signs]
    return MyReport(
        status=status,
        status_text=answers.nobody_has_answered() if unanswered else answers.status_text(status, opened=bool(accesses)),
        nobody_has_answered=unanswered,
        submitted_hour=hour_of(report.submitted_at),
        expect=expectation.of_nobody(session, school, basis=answers.taken_back(), now=now)
        if left
        else expectation.as_it_stands(
            session, school, escalation, report.promise, now=now, in_reading_hours=not report.independent
        ),
        access_summary=accesses,
        receipt_good_until=report.receipt_good_until,
        undo_until=report.undo_until,
        continue_as_friend=answers.continue_as_friend(
            signs, priority=Priority(report.priority_stated), about_whom=AboutWhom(report.about_whom)
        ),
        decisions=decisions.told(session, report),
    )


def messages(session: Session, report_id: uuid.UUID, request: PageRequest, *, now: dt.datetime) -> MessagePage:
    return dialogue.page(session, find(session, report_id, now=now), request)


def write(session: Session, report_id: uuid.UUID, body: MessageCreate, *, now: dt.datetime) -> MessageOut:
    report = find(session, report_id, now=now, lock=True)
    added = dialogue.add(session, report, body.text, author=MessageAuthor.REPORTER, person_id=None, now=now)
    if report.state is ReportState.AWAITING_REPORTER:
        report.state = ReportState.IN_CONVERSATION
        report.version += 1
        session.add(report)
    return added


def find(
    session: Session, report_id: uuid.UUID, *, now: dt.datetime, lock: bool = False, taken_back: bool = False
) -> Report:
    """The report of a receipt session. Raises NotFound where its receipt would not open it any more.

    `taken_back`: also one that can still be brought back; anything but seeing where it stands and undoing that raises
    ReportWithdrawn.
    """
    statement = select(Report).where(Report.id == report_id)
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    report = session.exec(fresh if lock else statement).one_or_none()
    if report is None or not opens(report, now=now):
        raise NotFound
    if not taken_back:
        states.refuse_withdrawn(report)
    return report


def _status(session: Session, report: Report, *, now: dt.datetime) -> ReportStatus:
    if report.withdrawn_hour is not None:
        return ReportStatus.WITHDRAWN
    if report.state is ReportState.CLOSED:
        return ReportStatus.CLOSED
    if relaying.waits_for_reporter(session, report):
        return ReportStatus.WAITING_FOR_YOU
    if report.state in states.PASSED_ON or contacts.is_accepted(session, report):
        return ReportStatus.PASSED_ON
    author = said.last_author(session, report)
    if author is not None and author is not MessageAuthor.REPORTER:
        return ReportStatus.SOMEONE_HAS_REPLIED
    # By nobody, when all who have read it are gone, or must not know of it any more.
    being_read = claims.holder(session, report) is not None or bool(unread.readers(session, report, now=now))
    return ReportStatus.BEING_READ if being_read else ReportStatus.RECEIVED


def _accesses(session: Session, report: Report) -> list[AccessOut]:
    statement = (
        select(ReportAccess.role, ReportAccess.hour)
        .where(ReportAccess.report_id == report.id)
        .distinct()
        .order_by(col(ReportAccess.hour), col(ReportAccess.role))
        .limit(200)
    )
    return [AccessOut(role=role, hour=hour) for role, hour in session.exec(statement)]
