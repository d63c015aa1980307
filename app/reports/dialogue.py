"""The conversation between a reporter and those who answer. Both sides write; neither learns who the other is."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict
from app.events import outbox
from app.events.conversations import MessageAdded
from app.models import Report, ReportMessage, School
from app.paging import ending
from app.reports import audience, calling, follow_ups, states
from app.reports.schemas import MessageOut, MessagePage, ReportMessageOut, ReportMessagePage
from app.vault import columns
from app.vocabulary import MessageAuthor, ReportState, SubjectKind
from app.work.queue import Item

MOST_MESSAGES = 1000


class ReportClosed(Conflict):
    code, status, title = "report_closed", 409, "This conversation is closed"
    default_detail = "Nothing can be added to it. You can always share a new worry."


class TooManyMessages(Conflict):
    code, status, title = "too_many_messages", 409, "This conversation is as long as it can be"


def must_be_open(report: Report) -> None:
    """Raises ReportWithdrawn, or ReportClosed, where nothing can be done with a report any more."""
    if report.state is ReportState.WITHDRAWN:
        raise states.ReportWithdrawn
    if states.is_over(report):
        raise ReportClosed


def add(
    session: Session,
    report: Report,
    text: str,
    *,
    author: MessageAuthor,
    person_id: uuid.UUID | None,
    now: dt.datetime,
) -> MessageOut:
    """Add a message to a report that the caller has locked.

    Raises ReportWithdrawn, ReportClosed, TooManyMessages or TooManyRequests.

    A reply by staff ends the paging for it; a message by the reporter is told to those whom it concerns.
    """
    states.refuse_withdrawn(report)
    if states.is_over(report):
        raise ReportClosed
    often = author is MessageAuthor.REPORTER and follow_ups.require(session, report, now=now)
    last = session.exec(select(func.max(ReportMessage.position)).where(ReportMessage.report_id == report.id)).one()
    position = (last or 0) + 1
    if position > MOST_MESSAGES:
        raise TooManyMessages
    message = ReportMessage(
        report_id=report.id, position=position, author=author, person_id=person_id, body_sealed=b"", sent_at=now
    )
    columns.REPORT_MESSAGE.seal(session, message, text, school_id=report.school_id)
    session.add(message)
    report.updated_hour = hour_of(now)
    session.add(report)
    if often:
        follow_ups.tell_together(session, report, now=now)
    elif author is MessageAuthor.REPORTER:
        _tell_staff(session, report, now=now)
    else:
        if report.state in states.IN_TALKS:
            report.state = ReportState.AWAITING_REPORTER
        report.version += 1
        session.add(report)
        ending.answered(session, SubjectKind.REPORT, report.id, now=now)
    session.flush()
    return _out(session, report, message)


def tell_together(session: Session, item: Item, now: dt.datetime) -> None:
    """The reporter has written often: those whom it concerns hear of all that came meanwhile."""
    report = session.get(Report, item.subject)
    if report is not None and not states.is_over(report):
        _tell_staff(session, report, now=now)


def page(session: Session, report: Report, request: PageRequest) -> MessagePage:
    """Oldest first, for whoever wrote to us: their own words are never hidden from them."""
    rows, cursor = _page(session, report, request)
    return MessagePage(items=[_out(session, report, row) for row in rows], next_cursor=cursor)


def page_for_staff(
    session: Session, report: Report, request: PageRequest, *, show_hidden: bool = False
) -> ReportMessagePage:
    """Oldest first; what hurts to read is kept back unless it is asked for."""
    rows, cursor = _page(session, report, request)
    items = [for_staff(_out(session, report, row), hidden=row.hidden, show_hidden=show_hidden) for row in rows]
    return ReportMessagePage(items=items, next_cursor=cursor)


def for_staff(message: MessageOut, *, hidden: bool = False, show_hidden: bool = False) -> ReportMessageOut:
    text = message.text if show_hidden or not hidden else None
    return ReportMessageOut(**message.model_dump() | {"text": text}, text_hidden=hidden)


def one_for_staff(session: Session, report: Report, message: ReportMessage) -> ReportMessageOut:
    return for_staff(_out(session, report, message), hidden=message.hidden)


def _page(session: Session, report: Report, request: PageRequest) -> tuple[list[ReportMessage], str | None]:
    """`position` gives the order, so that no exact time need be kept for it."""
    statement = select(ReportMessage).where(ReportMessage.report_id == report.id)
    after = request.after_position()
    if after is not None:
        statement = statement.where(ReportMessage.position > after)
    rows = list(session.exec(statement.order_by(col(ReportMessage.position)).limit(request.limit + 1)))
    cursor = request.cursor_at_position(rows[request.limit - 1].position) if len(rows) > request.limit else None
    return rows[: request.limit], cursor


def _tell_staff(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Those whom it concerns hear that there is something to read; nobody else does."""
    people = audience.of(session, report, now=now)
    if not people:
        _ask_anew(session, report, now=now)
        return
    school = session.get_one(School, report.school_id)
    data = MessageAdded(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=report.id)
    outbox.emit(
        session, "conversation.message_added", data, school_id=school.id, now=now, tell=people, only_people=True
    )


def _ask_anew(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Nobody is left who could read it: those who are on now are asked. What waits to be read by somebody waits on."""
    if not audience.others(session, report, now=now):
        calling.because_nobody_reads(session, report, now=now)


def _out(session: Session, report: Report, message: ReportMessage) -> MessageOut:
    return MessageOut(
        id=message.id,
        position=message.position,
        author=message.author,
        text=columns.REPORT_MESSAGE.unseal(session, message, school_id=report.school_id),
        sent_hour=hour_of(message.sent_at),
    )
