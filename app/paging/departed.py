"""Somebody has left: what they were asked goes on to the next, and nothing of theirs works or waits any more.

Identity enqueues it in the transaction in which they leave. From then on no roster, role or post gives them, so that
whoever is asked meanwhile is somebody else; this is about what had begun before.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.models import Escalation, Page, Person
from app.paging import answering, ending, grants, service
from app.rosters import calendar_feeds, departures, gaps
from app.vocabulary import EscalationState, PageState
from app.webhooks import switching_off
from app.work.queue import Item


def left(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat. Whoever is there again by now keeps what they have."""
    person = session.get(Person, item.subject)
    if person is None or person.active or person.school_id is None:
        return
    hand_on(session, person.id, now=now)
    switching_off.switch_off(session, person.id, now=now)
    calendar_feeds.revoke_all(session, person.id, now=now)
    departures.end_dealings(session, person, now=now)
    gaps.look_at_school(session, person.school_id, now=now)


def hand_on(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """What waits for somebody, or is in their hands, goes to the next. The caller has seen to it that they are not
    asked again: they have left, or are paused."""
    for page in _theirs(session, person_id):
        _go_on(session, page, now=now)


def _theirs(session: Session, person_id: uuid.UUID) -> list[Page]:
    """What still waits for them, or is in their hands; in one order, whoever locks them."""
    statement = select(Page).where(
        Page.person_id == person_id, col(Page.state).in_((*service.WAITING, PageState.ACKNOWLEDGED))
    )
    return list(session.exec(statement.order_by(col(Page.escalation_id), col(Page.id))))


def _go_on(session: Session, page: Page, *, now: dt.datetime) -> None:
    """As if they had said no: the next person is asked at once. What was answered is left to whoever writes again."""
    escalation = answering.locked(session, page)
    held = escalation.state is EscalationState.ACKNOWLEDGED and escalation.acknowledged_by == page.person_id
    if ending.is_over(escalation) or not (held or page.state in service.WAITING):
        return
    page.state, page.settled_at = PageState.HANDED_OVER if held else PageState.ESCALATED, now
    session.add(page)
    if held:
        _let_go(session, escalation, now=now)
    session.flush()
    if escalation.state is EscalationState.OPEN:
        service.move(session, escalation, now=now)


def _let_go(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    grants.let_go(session, escalation, now=now)
    escalation.state = EscalationState.OPEN
    escalation.acknowledged_by, escalation.acknowledged_at = None, None
    session.add(escalation)
