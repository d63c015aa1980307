"""Somebody has left, has lost their role, or is away: what they were asked goes on to the next.

It is enqueued in the transaction in which that happens. From then on no roster, role or post gives them, or no roster
where they are away, so that whoever is asked meanwhile is somebody else; this is about what had begun before.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.identity import leaving, role_giving
from app.models import Absence, Escalation, Page
from app.paging import answering, asking, ending, grants, service
from app.rosters import calendar_feeds, departures, gaps
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, PageState
from app.webhooks import switching_off
from app.work import queue
from app.work.queue import Item


def left(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat. Whoever is there again by now keeps what they have had since, and nothing else."""
    ending = leaving.what_to_end(session, item)
    if ending is None:
        return
    person, until = ending
    if person.school_id is None:
        return
    hand_on(session, person.id, now=now, made_until=until)
    switching_off.switch_off(session, person.id, now=now, made_until=until)
    calendar_feeds.revoke_all(session, person.id, now=now, made_until=until)
    departures.end_dealings(session, person, now=now, made_until=until)
    gaps.look_at_school(session, person.school_id, now=now)


def role_ended(session: Session, item: Item, now: dt.datetime) -> None:
    """As far as they have no role left in which they may read it, what they were asked goes on. Safe to repeat."""
    for page in _theirs(session, item.subject, ~asking.still_theirs()):
        _go_on(session, page, now=now)


def look_for_ended_roles(session: Session, *, now: dt.datetime) -> None:
    """A role that runs out by its date does so in nobody's transaction: have whoever is waited for looked at."""
    held = sa.and_(
        col(Page.state) == PageState.ACKNOWLEDGED,
        col(Escalation.state) == EscalationState.ACKNOWLEDGED,
        col(Escalation.acknowledged_by) == col(Page.person_id),
    )
    waited_for = (
        select(Page.person_id)
        .join(Escalation, col(Escalation.id) == col(Page.escalation_id))
        .where(
            col(Escalation.closed_at).is_(None),
            col(Escalation.answered_at).is_(None),
            sa.or_(col(Page.state).in_(service.WAITING), held),
            ~asking.still_theirs(),
        )
    )
    queue.enqueue_for_each(session, role_giving.ENDED, set(session.exec(waited_for)), now=now)


def away(session: Session, item: Item, now: dt.datetime) -> None:
    """Leave, exams or placement have begun: whoever is next on the roster is asked. What they have taken on, or were
    asked in a role or a post, stays theirs. Safe to repeat."""
    absence = session.get(Absence, item.subject)
    if absence is None or absence.removed_at is not None or (absence.ends_at is not None and absence.ends_at <= now):
        return
    for page in _theirs(session, absence.person_id, col(Page.state).in_(service.WAITING)):
        escalation = session.get_one(Escalation, page.escalation_id)
        if PagingPolicy.model_validate(escalation.policy).steps[page.step].target == "roster":
            _go_on(session, page, now=now)


def hand_on(session: Session, person_id: uuid.UUID, *, now: dt.datetime, made_until: dt.datetime | None = None) -> None:
    """What waits for somebody, or is in their hands, goes to the next; with `made_until`, what they were asked by then.
    The caller has seen to it that they are not asked again: they have left, or are paused."""
    for page in _theirs(session, person_id, *(() if made_until is None else (col(Page.sent_at) <= made_until,))):
        _go_on(session, page, now=now)


def _theirs(session: Session, person_id: uuid.UUID, *which: sa.ColumnElement[bool]) -> list[Page]:
    """What still waits for them, or is in their hands; in one order, whoever locks them."""
    statement = select(Page).where(
        Page.person_id == person_id, col(Page.state).in_((*service.WAITING, PageState.ACKNOWLEDGED)), *which
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
