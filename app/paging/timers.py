"""What happens when a deadline of an escalation comes, a delivery is settled, or the auditor looks."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.models import Escalation, Event, Page, WebhookEndpoint, WorkItem
from app.models.paging import Page as PageRow
from app.paging import ending, second_round, service
from app.paging.escalation import is_current
from app.vocabulary import EscalationState, PageState
from app.webhooks import delivery
from app.webhooks import service as webhooks
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.paging")

AUDIT = "paging.audit"
AUDIT_SECONDS = 60
# The timer that each state waits for; an exhausted escalation waits only where somebody was promised.
TIMERS = {
    EscalationState.OPEN: service.STEP_DUE,
    EscalationState.ACKNOWLEDGED: service.REPLY_DUE,
    EscalationState.EXHAUSTED: service.ASK_AGAIN,
}


def step_due(session: Session, item: Item, now: dt.datetime) -> None:
    """Nobody acknowledged in time: the next step."""
    escalation = _current(session, item, EscalationState.OPEN)
    if escalation is not None:
        service.advance(session, escalation, now=now)


def delivery_due(session: Session, item: Item, now: dt.datetime) -> None:
    """Nothing has reached anybody of this step: the next one, without waiting for its clock."""
    escalation = _current(session, item, EscalationState.OPEN)
    if escalation is not None and not _anything_delivered(session, escalation):
        service.advance(session, escalation, now=now)


def reply_due(session: Session, item: Item, now: dt.datetime) -> None:
    """Acknowledged, and then nothing: the escalation goes on (contract 1.5)."""
    escalation = _current(session, item, EscalationState.ACKNOWLEDGED)
    if escalation is None:
        return
    escalation.state = EscalationState.OPEN
    escalation.acknowledged_by = None
    escalation.acknowledged_at = None
    session.add(escalation)
    service.advance(session, escalation, now=now)


def ask_again(session: Session, item: Item, now: dt.datetime) -> None:
    """Somebody has come on duty since everybody was asked in vain: they are asked now, as was promised."""
    escalation = _current(session, item, EscalationState.EXHAUSTED)
    if escalation is not None:
        second_round.begin(session, escalation, now=now)


def delivery_settled(session: Session, item: Item, now: dt.datetime) -> None:
    """The first attempt at an endpoint ended. A failure goes to the person's next endpoint at once, then past them."""
    page = session.get(Page, item.subject)
    if page is None:
        return
    escalation = session.exec(select(Escalation).where(Escalation.id == page.escalation_id).with_for_update()).one()
    session.refresh(page)
    if item.payload["delivered"]:
        # Of what is over no minute is kept, also when word of the delivery comes late (design, 3).
        page.delivered_at = page.delivered_at or (hour_of(now) if ending.is_over(escalation) else now)
        if page.state is PageState.SENT:
            page.state = PageState.DELIVERED
        session.add(page)
        return
    if page.state is not PageState.SENT or escalation.state is not EscalationState.OPEN:
        return
    if _try_next_endpoint(session, page, now=now):
        return
    page.state, page.settled_at = PageState.ESCALATED, now
    session.add(page)
    session.flush()
    if page.step == escalation.step and not _anyone_waiting(session, escalation):
        service.pass_over(session, escalation, now=now)


def audit(session: Session, item: Item, now: dt.datetime) -> None:
    """Prove that every escalation that waits has a next step due; mend and report the one that has not (design, 4).

    A timer of an earlier step, of another state, or one that was given up, proves nothing.
    """
    state, kind = col(Escalation.state), col(WorkItem.kind)
    fits = sa.or_(*(sa.and_(state == waiting, kind == timer) for waiting, timer in TIMERS.items()))
    timed = sa.exists().where(
        col(WorkItem.subject) == col(Escalation.id),
        col(WorkItem.dead).is_(False),
        col(WorkItem.payload)["fence"].as_integer() == col(Escalation.fence),
        fits,
    )
    rests = sa.and_(state == EscalationState.EXHAUSTED, col(Escalation.next_due_at).is_(None))
    lost = session.exec(
        select(Escalation)
        .where(state.in_(TIMERS), ~rests, col(Escalation.answered_at).is_(None), ~timed)
        .with_for_update(skip_locked=True)
    ).all()
    for escalation in lost:
        # Neither which nor where: a log outlives the report, and beside each line stands the second.
        log.error("paging.no_next_step", about=escalation.subject_kind)
        escalation.fence += 1
        due = max(now, escalation.next_due_at or now)
        service.set_timer(session, escalation, TIMERS[escalation.state], due_at=due, now=now)
    due = now + dt.timedelta(seconds=AUDIT_SECONDS)
    queue.enqueue(session, AUDIT, item.subject, due_at=due, now=now, key=AUDIT)


def _current(session: Session, item: Item, state: EscalationState) -> Escalation | None:
    """The locked escalation, when the timer still belongs to its present step."""
    escalation = session.exec(select(Escalation).where(Escalation.id == item.subject).with_for_update()).one_or_none()
    if escalation is None or escalation.state is not state or ending.is_over(escalation):
        return None
    return escalation if is_current(fence=escalation.fence, timer_fence=item.payload["fence"]) else None


def _try_next_endpoint(session: Session, page: PageRow, *, now: dt.datetime) -> bool:
    untried = [e for e in webhooks.endpoints_of(session, page.person_id) if str(e.id) not in page.tried]
    if not untried:
        return False
    endpoint: WebhookEndpoint = untried[0]
    page.tried = [*page.tried, str(endpoint.id)]
    session.add(page)
    event = session.get_one(Event, page.event_id)
    delivery.send(session, event, endpoint, now=now, notify_kind=service.DELIVERY_SETTLED, notify_subject=page.id)
    return True


def _anything_delivered(session: Session, escalation: Escalation) -> bool:
    return bool(_states(session, escalation) & {PageState.DELIVERED, PageState.ACKNOWLEDGED})


def _anyone_waiting(session: Session, escalation: Escalation) -> bool:
    return bool(_states(session, escalation) & {PageState.SENT, PageState.DELIVERED, PageState.ACKNOWLEDGED})


def _states(session: Session, escalation: Escalation) -> set[PageState]:
    statement = select(Page.state).where(Page.escalation_id == escalation.id, Page.step == escalation.step)
    return {PageState(state) for state in session.exec(statement)}


def start_audit(session: Session, *, now: dt.datetime) -> None:
    """Make sure that the auditor is due. A second call changes nothing."""
    queue.enqueue(session, AUDIT, uuid.UUID(int=0), due_at=now, now=now, key=AUDIT)
