"""Ask for case advice, answer it, close it. The same engine pages for it as for a report."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.advice import thread
from app.advice.schemas import (
    MOST_ON_DUTY,
    AdviceMessageCreate,
    AdviceMessageOut,
    AdviceMessagePage,
    AdviceOutcomeCreate,
    AdviceRequestCreate,
    AdviceRequestOut,
    AdviceRequestPage,
    OnDuty,
)
from app.audit import reading, trail
from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import NotFound
from app.guidance import answers, role_cards
from app.guidance.signs import Priority
from app.identity.actors import Actor
from app.models import AdviceRequest, Escalation, Page, Person, School
from app.paging import answering, ending, expectation, routing
from app.paging import service as paging
from app.schools import service as schools
from app.vault import columns
from app.vocabulary import (
    AdviceStatus,
    EscalationState,
    Level,
    MessageAuthor,
    PageState,
    Role,
    SubjectKind,
    line_for,
)

READ = "advice_request.read"
OUTCOME_RECORDED, CLOSED = "advice_request.outcome_recorded", "advice_request.closed"


def visible_requests(actor: Actor, *, now: dt.datetime) -> Any:
    """A supporter's own requests, and those that somebody was paged for, as long as they may read them (domain, 5)."""
    paged = (
        sa.exists()
        .where(
            col(Page.person_id) == actor.person_id,
            answering.readable_at(now),
            col(Escalation.id) == col(Page.escalation_id),
            col(Escalation.subject_kind) == SubjectKind.ADVICE_REQUEST,
            col(Escalation.subject_id) == col(AdviceRequest.id),
        )
        .correlate(AdviceRequest)
    )
    return select(AdviceRequest).where(
        AdviceRequest.school_id == actor.require_school(),
        sa.or_(col(AdviceRequest.person_id) == actor.person_id, sa.and_(answering.may_read(actor), paged)),
    )


def ask(session: Session, actor: Actor, body: AdviceRequestCreate) -> AdviceRequestOut:
    """Store the question and page whoever is on duty for its topic. Asking is always allowed, paused or not (J4).

    Raises SchoolNotActive: nobody must wait for a school that has not begun.
    """
    actor.require(Role.SUPPORTER)
    now = clock.now()
    school = session.get_one(School, actor.require_school())
    schools.require_active(school)
    line = routing.choose_line(
        session, school.id, line_for(body.topic), now=now, excluded={actor.person_id}, last_resort=None
    )
    request = AdviceRequest(
        id=new_id(),
        school_id=school.id,
        person_id=actor.person_id,
        topic=body.topic,
        line=line,
        priority=body.priority,
        summary_sealed=b"",
        promise={},
        status=AdviceStatus.OPEN,
        created_at=now,
    )
    columns.ADVICE_SUMMARY.seal(session, request, body.summary, school_id=school.id)
    session.add(request)
    session.flush()
    standing = paging.start(
        session,
        school,
        subject_kind=SubjectKind.ADVICE_REQUEST,
        subject_id=request.id,
        line=line,
        topic=body.topic,
        priority=body.priority,
        excluded={actor.person_id},
        discreet=False,
        now=now,
    )
    expect = expectation.of_paging(
        session, school, standing, line=line, now=now, excluded={actor.person_id}, in_reading_hours=False
    )
    request.promise = expectation.kept(expect)
    session.add(request)
    session.flush()
    return out(session, actor, request)


def page(session: Session, actor: Actor, request: PageRequest) -> AdviceRequestPage:
    statement = request.slice(
        visible_requests(actor, now=clock.now()),
        at=col(AdviceRequest.created_at),
        row_id=col(AdviceRequest.id),
        newest_first=True,
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    opened(session, rows, person_id=actor.person_id, now=clock.now())
    return AdviceRequestPage(items=[out(session, actor, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, request_id: uuid.UUID) -> AdviceRequestOut:
    request = _find(session, actor, request_id)
    opened(session, [request], person_id=actor.person_id, now=clock.now())
    return out(session, actor, request)


def messages(session: Session, actor: Actor, request_id: uuid.UUID, request: PageRequest) -> AdviceMessagePage:
    found = _find(session, actor, request_id)
    opened(session, [found], person_id=actor.person_id, now=clock.now())
    return thread.page(session, found, request)


def opened(session: Session, rows: Sequence[AdviceRequest], *, person_id: uuid.UUID, now: dt.datetime) -> None:
    """Somebody reads what another person has asked. Whose own it is reads nothing new."""
    others = [row for row in rows if row.person_id != person_id]
    if others:
        reading.opened(
            session,
            [row.id for row in others],
            action=READ,
            school_id=others[0].school_id,
            person_id=person_id,
            now=now,
        )


def write(session: Session, actor: Actor, request_id: uuid.UUID, body: AdviceMessageCreate) -> AdviceMessageOut:
    """Add to the thread: the supporter as supporter, whoever was paged as that for which they were."""
    request = _find(session, actor, request_id, lock=True)
    now = clock.now()
    author = MessageAuthor.SUPPORTER
    if request.person_id != actor.person_id:
        level = answering.level_of(session, SubjectKind.ADVICE_REQUEST, request.id, person_id=actor.person_id)
        author = MessageAuthor.COORDINATOR if level is Level.COORDINATOR else MessageAuthor.ADVISER
    if author is not MessageAuthor.SUPPORTER and request.status is not AdviceStatus.CLOSED:
        answering.take(session, SubjectKind.ADVICE_REQUEST, request.id, person_id=actor.person_id, now=now)
    return thread.add(session, request, body.text, author=author, person_id=actor.person_id, now=now)


def record_outcome(
    session: Session, actor: Actor, request_id: uuid.UUID, body: AdviceOutcomeCreate, *, version: Version
) -> AdviceRequestOut:
    """What the supporter does next, also of a request that is closed (J4). What a pause does is the programme's
    (app/programme/advice_steps.py)."""
    request, now = _mine(session, actor, request_id), clock.now()
    version.check(out(session, actor, request))
    if request.outcome is body.outcome:
        return out(session, actor, request)
    request.outcome = body.outcome
    request.version += 1
    session.add(request)
    _record(session, actor, request, OUTCOME_RECORDED, now=now)
    return out(session, actor, request)


def close(session: Session, actor: Actor, request_id: uuid.UUID, *, version: Version) -> AdviceRequestOut:
    """The supporter has what they need. Paging that still runs for it ends. Raises thread.AdviceClosed."""
    request, now = _mine(session, actor, request_id), clock.now()
    version.check(out(session, actor, request))
    if request.status is AdviceStatus.CLOSED:
        raise thread.AdviceClosed
    request.status = AdviceStatus.CLOSED
    request.version += 1
    session.add(request)
    ending.end(session, SubjectKind.ADVICE_REQUEST, request.id, now=now)
    _record(session, actor, request, CLOSED, now=now)
    return out(session, actor, request)


def summary_of(session: Session, request: AdviceRequest) -> str:
    return columns.ADVICE_SUMMARY.unseal(session, request, school_id=request.school_id)


def out(session: Session, actor: Actor, request: AdviceRequest) -> AdviceRequestOut:
    now = clock.now()
    school = session.get_one(School, request.school_id)
    escalation = paging.find_for(session, SubjectKind.ADVICE_REQUEST, request.id)
    unanswered = ending.unanswered(escalation)
    mine = request.person_id == actor.person_id
    expect = expectation.as_it_stands(session, school, escalation, request.promise, now=now, in_reading_hours=False)
    return AdviceRequestOut(
        id=request.id,
        topic=request.topic,
        line=request.line,
        priority=Priority(request.priority),
        status=_status(request, escalation),
        outcome=request.outcome,
        summary=summary_of(session, request),
        on_duty=_on_duty(session, request, escalation),
        due_at=_due_at(request),
        expect=expect,
        nobody_has_answered=unanswered,
        status_text=answers.nobody_has_answered() if unanswered else expect.basis,
        role_card=role_cards.role_card(session, school, Role.SUPPORTER, now=now) if mine else None,
        mine=mine,
        created_at=request.created_at,
    )


def _due_at(request: AdviceRequest) -> dt.datetime | None:
    value = request.promise.get("read_by")
    return dt.datetime.fromisoformat(value) if value else None


def _status(request: AdviceRequest, escalation: Escalation | None) -> AdviceStatus:
    """What the thread says, unless the escalation knows more: acknowledged, or asked in vain."""
    if request.status is not AdviceStatus.OPEN or escalation is None:
        return request.status
    if escalation.state is EscalationState.ACKNOWLEDGED:
        return AdviceStatus.ACKNOWLEDGED
    return AdviceStatus.UNANSWERED_FALLBACK_GIVEN if ending.unanswered(escalation) else AdviceStatus.OPEN


def _on_duty(session: Session, request: AdviceRequest, escalation: Escalation | None) -> list[OnDuty]:
    """Who has been asked at the present step; of very many the first by their alias."""
    if escalation is None:
        return []
    statement = (
        select(Person.alias)
        .join(Page, col(Page.person_id) == col(Person.id))
        .where(
            Page.escalation_id == escalation.id,
            Page.round == escalation.round,
            Page.step == escalation.step,
            col(Page.state).in_((*paging.WAITING, PageState.ACKNOWLEDGED)),
        )
        .order_by(Person.alias)
        .limit(MOST_ON_DUTY)
    )
    return [OnDuty(alias=alias, line=request.line) for alias in session.exec(statement)]


def _find(session: Session, actor: Actor, request_id: uuid.UUID, *, lock: bool = False) -> AdviceRequest:
    statement = visible_requests(actor, now=clock.now()).where(AdviceRequest.id == request_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: AdviceRequest | None = session.exec(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def _mine(session: Session, actor: Actor, request_id: uuid.UUID) -> AdviceRequest:
    """Locked. Raises NotFound for somebody else's, also for whoever was paged for it."""
    request = _find(session, actor, request_id, lock=True)
    if request.person_id != actor.person_id:
        raise NotFound
    return request


def _record(session: Session, actor: Actor, request: AdviceRequest, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session,
        action=action,
        school_id=request.school_id,
        person_id=actor.person_id,
        subject=request.id,
        now=now,
    )
