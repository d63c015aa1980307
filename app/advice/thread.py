"""The thread of an advice request."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, func, select

from app.advice.schemas import AdviceMessageOut, AdviceMessagePage
from app.core.pagination import PageRequest
from app.core.problems import Conflict
from app.events import outbox
from app.events.conversations import MessageAdded
from app.models import AdviceMessage, AdviceRequest, School
from app.paging import answering, ending, holding
from app.paging import service as paging
from app.vault import columns
from app.vocabulary import AdviceStatus, MessageAuthor, SubjectKind


class AdviceClosed(Conflict):
    code, status, title = "advice_closed", 409, "This advice request is closed"


def add(
    session: Session,
    request: AdviceRequest,
    text: str,
    *,
    author: MessageAuthor,
    person_id: uuid.UUID,
    now: dt.datetime,
) -> AdviceMessageOut:
    """Add a message to a request that the caller has locked; the other side is told. Raises AdviceClosed."""
    if request.status is AdviceStatus.CLOSED:
        raise AdviceClosed
    last = session.exec(select(func.max(AdviceMessage.position)).where(AdviceMessage.request_id == request.id)).one()
    message = AdviceMessage(
        request_id=request.id,
        position=(last or 0) + 1,
        author=author,
        person_id=person_id,
        body_sealed=b"",
        sent_at=now,
    )
    columns.ADVICE_MESSAGE.seal(session, message, text, school_id=request.school_id)
    session.add(message)
    if author is not MessageAuthor.SUPPORTER:
        request.status = AdviceStatus.ANSWERED
        request.version += 1
        session.add(request)
        ending.answered(session, SubjectKind.ADVICE_REQUEST, request.id, now=now)
    session.flush()
    if author is MessageAuthor.SUPPORTER and not _anybody_reads(session, request, now=now):
        _ask_anew(session, request, now=now)
    _tell_others(session, request, writer=person_id, now=now)
    return _out(session, request, message)


def reopen(session: Session, request: AdviceRequest) -> None:
    """Somebody else takes it on: it is open until they have answered. Raises AdviceClosed."""
    if request.status is AdviceStatus.CLOSED:
        raise AdviceClosed
    request.status = AdviceStatus.OPEN
    request.version += 1
    session.add(request)


def page(session: Session, request: AdviceRequest, wanted: PageRequest) -> AdviceMessagePage:
    statement = select(AdviceMessage).where(AdviceMessage.request_id == request.id)
    after = wanted.after_position()
    if after is not None:
        statement = statement.where(AdviceMessage.position > after)
    rows = list(session.exec(statement.order_by(col(AdviceMessage.position)).limit(wanted.limit + 1)))
    cursor = wanted.cursor_at_position(rows[wanted.limit - 1].position) if len(rows) > wanted.limit else None
    return AdviceMessagePage(items=[_out(session, request, row) for row in rows[: wanted.limit]], next_cursor=cursor)


def _anybody_reads(session: Session, request: AdviceRequest, *, now: dt.datetime) -> bool:
    """Whether somebody who has it in hand, or has answered, is there and can still read it."""
    writers = set(session.exec(select(AdviceMessage.person_id).where(AdviceMessage.request_id == request.id)))
    in_hand = answering.in_hand(session, SubjectKind.ADVICE_REQUEST, request.id)
    readers = answering.readers(session, SubjectKind.ADVICE_REQUEST, request.id, now=now)
    return bool((writers | in_hand) & readers)


def _ask_anew(session: Session, request: AdviceRequest, *, now: dt.datetime) -> None:
    """Whoever answered has gone off duty a day ago: those who are on now are asked, once the paging there was is over.

    What was asked in vain stays so: that has its own end, and its own second round.
    """
    escalation = paging.find_for(session, SubjectKind.ADVICE_REQUEST, request.id, lock=True)
    if escalation is not None and escalation.answered_at is not None:
        reopen(session, request)
        holding.ask_anew(session, escalation, now=now)


def _tell_others(session: Session, request: AdviceRequest, *, writer: uuid.UUID, now: dt.datetime) -> None:
    """The other side: the supporter, or whoever has written, acknowledged or is being asked."""
    writers = session.exec(select(AdviceMessage.person_id).where(AdviceMessage.request_id == request.id))
    in_hand = answering.in_hand(session, SubjectKind.ADVICE_REQUEST, request.id)
    may_read = answering.paged(session, SubjectKind.ADVICE_REQUEST, request.id)
    there = outbox.still_there(session, [request.person_id])
    people = (there | {*writers, *in_hand} & may_read) - {writer}
    if not people:
        # Whoever has answered is gone, or everybody was asked in vain: those who may still take it on.
        people = answering.asked(session, SubjectKind.ADVICE_REQUEST, request.id) - {writer}
    school = session.get_one(School, request.school_id)
    data = MessageAdded(school=school.slug, subject_kind=SubjectKind.ADVICE_REQUEST, subject_id=request.id)
    outbox.emit(
        session, "conversation.message_added", data, school_id=school.id, now=now, tell=people, only_people=True
    )


def _out(session: Session, request: AdviceRequest, message: AdviceMessage) -> AdviceMessageOut:
    text = columns.ADVICE_MESSAGE.unseal(session, message, school_id=request.school_id)
    return AdviceMessageOut(
        id=message.id, position=message.position, author=message.author, text=text, sent_at=message.sent_at
    )
