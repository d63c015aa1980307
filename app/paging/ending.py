"""The end of an escalation: it is answered, or what it was about is closed. Part of the caller's transaction."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.events import outbox
from app.events.pages import PageCancelled
from app.models import Escalation, Page, School
from app.paging import deadlines, service
from app.vocabulary import EscalationState, PageState, SubjectKind
from app.webhooks import delivery, retention
from app.webhooks import service as webhooks
from app.work import queue


def answered(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, now: dt.datetime) -> None:
    """A person has replied: no timer is left, nobody else is needed. What was exhausted stays so."""
    escalation = service.find_for(session, kind, subject_id, lock=True)
    if escalation is None:
        return
    if escalation.state is EscalationState.CLOSED:
        # Without an answer, as by whoever looked into why there was none. Of what is over only the hour is kept.
        escalation.answered_at = escalation.answered_at or hour_of(now)
        session.add(escalation)
        return
    escalation.answered_at = escalation.answered_at or now
    _rest(session, escalation, closed=escalation.state is not EscalationState.EXHAUSTED, now=now)


def end(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, now: dt.datetime) -> None:
    """What it was about is closed: nobody is asked again, whatever happens. That it was exhausted stays a fact."""
    escalation = service.find_for(session, kind, subject_id, lock=True)
    if escalation is not None and escalation.state is not EscalationState.CLOSED:
        _rest(session, escalation, closed=True, now=now)


def is_over(escalation: Escalation) -> bool:
    """Whether nobody is needed any more: answered, or closed. Nothing that comes late starts it again."""
    return escalation.state is EscalationState.CLOSED or escalation.answered_at is not None


def unanswered(escalation: Escalation | None) -> bool:
    """Whether everybody was asked in vain, and nobody has taken it on since."""
    if escalation is None or escalation.exhausted_at is None or escalation.answered_at is not None:
        return False
    return escalation.state in (EscalationState.EXHAUSTED, EscalationState.CLOSED)


def stand_down(session: Session, escalation: Escalation, *, now: dt.datetime, but: uuid.UUID | None) -> None:
    """Tell those still being asked that they need do nothing, and stop the retries.

    Whoever was told of many pages together was told of none by its id, and looks at the list.
    """
    school = session.get_one(School, escalation.school_id)
    statement = select(Page).where(Page.escalation_id == escalation.id)
    for page in session.exec(statement).all():
        delivery.cancel(session, page.event_id, person_id=page.person_id)
        if page.told_by is not None and not _others_wait(session, page, told_by=page.told_by):
            delivery.cancel(session, page.told_by, person_id=page.person_id)
        if page.id == but or page.state not in service.WAITING:
            continue
        page.state, page.settled_at = PageState.CANCELLED, now
        session.add(page)
        if not page.held:
            _tell_cancelled(session, school, page, now=now)


def _others_wait(session: Session, page: Page, *, told_by: uuid.UUID) -> bool:
    """Whether any other of those that were told of together with a page is still to be taken on by somebody."""
    others = (
        select(Page.id)
        .join(Escalation, col(Escalation.id) == col(Page.escalation_id))
        .where(
            Page.told_by == told_by,
            Page.escalation_id != page.escalation_id,
            col(Escalation.acknowledged_by).is_(None),
            col(Escalation.answered_at).is_(None),
            col(Escalation.closed_at).is_(None),
        )
    )
    return session.exec(others.limit(1)).first() is not None


def coarsen(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, school_id: uuid.UUID) -> None:
    """Cut the times of what is over to their hour: its escalation, pages, and every event that names one of them."""
    about, told_together = [subject_id], set[uuid.UUID]()
    escalation = service.find_for(session, kind, subject_id)
    if escalation is not None:
        about.append(escalation.id)
        _hours(escalation, "started_at", "acknowledged_at", "answered_at", "exhausted_at", "closed_at")
        session.add(escalation)
        for page in session.exec(select(Page).where(Page.escalation_id == escalation.id)).all():
            about.append(page.id)
            if page.told_by is not None:
                told_together.add(page.told_by)
            _hours(page, "sent_at", "ack_by", "delivered_at", "settled_at")
            session.add(page)
    retention.coarsen(session, about, events=told_together, school_id=school_id)


def _rest(session: Session, escalation: Escalation, *, closed: bool, now: dt.datetime) -> None:
    if closed:
        escalation.state = EscalationState.CLOSED
        escalation.closed_at = now
    escalation.next_due_at = escalation.deliver_by = None
    escalation.fence += 1
    session.add(escalation)
    stand_down(session, escalation, now=now, but=None)
    _drop_timers(session, escalation)


def _tell_cancelled(session: Session, school: School, page: Page, *, now: dt.datetime) -> None:
    data = PageCancelled(page_id=page.id, school=school.slug)
    event = outbox.emit(
        session, "page.cancelled", data, school_id=school.id, now=now, told_directly=True, person_id=page.person_id
    )
    for endpoint in webhooks.endpoints_of(session, page.person_id):
        delivery.send(session, event, endpoint, now=now)


def _drop_timers(session: Session, escalation: Escalation) -> None:
    for kind in (*deadlines.TIMERS.values(), deadlines.DELIVERY_DUE):
        queue.cancel(session, kind=kind, subject=escalation.id)


def _hours(row: Escalation | Page, *columns: str) -> None:
    for column in columns:
        value = getattr(row, column)
        if value is not None:
            setattr(row, column, hour_of(value))
