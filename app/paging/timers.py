"""What happens when a deadline of an escalation comes, and when a delivery is settled."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.core.clock import hour_of
from app.models import Escalation, Event, Page
from app.paging import asking, ending, service
from app.paging.escalation import is_current
from app.vocabulary import EscalationState, PageState
from app.webhooks import delivery
from app.webhooks import service as webhooks
from app.work.queue import Item


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """A step, an acknowledgement, or the wait for somebody on duty is over: whatever the rules say is next."""
    escalation = _locked(session, item.subject)
    if escalation is not None and is_current(fence=escalation.fence, timer_fence=item.payload["fence"]):
        service.move(session, escalation, now=now)


def delivery_settled(session: Session, item: Item, now: dt.datetime) -> None:
    """The first attempt at an endpoint ended. A failure goes to the person's next endpoint at once, then past them.

    The item is about one page, or about the event that told of several together.
    """
    pages = _settled(session, item.subject)
    if not pages:
        return
    if item.payload["delivered"]:
        for page, escalation in pages:
            # Of what is over no minute is kept, also when word of the delivery comes late (design, 3).
            page.delivered_at = page.delivered_at or (hour_of(now) if ending.is_over(escalation) else now)
            if page.state is PageState.SENT:
                page.state = PageState.DELIVERED
            session.add(page)
        return
    waiting = [
        (page, escalation)
        for page, escalation in pages
        if page.state is PageState.SENT and escalation.state is EscalationState.OPEN
    ]
    if not waiting or _tried_next_endpoint(session, [page for page, _ in waiting], about=item.subject, now=now):
        return
    for page, escalation in waiting:
        page.state, page.settled_at = PageState.ESCALATED, now
        session.add(page)
        session.flush()
        if (page.round, page.step) == (escalation.round, escalation.step):
            service.move(session, escalation, now=now)


def _settled(session: Session, subject: uuid.UUID) -> list[tuple[Page, Escalation]]:
    """The pages that were told of, each with its escalation, locked in one order whoever asks."""
    one = session.get(Page, subject)
    found = [one] if one is not None else session.exec(select(Page).where(Page.told_by == subject)).all()
    escalations = {
        escalation.id: escalation
        for each in sorted({page.escalation_id for page in found})
        if (escalation := _locked(session, each)) is not None
    }
    for page in found:
        session.refresh(page)
    return [(page, escalations[page.escalation_id]) for page in found]


def _locked(session: Session, escalation_id: uuid.UUID) -> Escalation | None:
    """None when it is gone."""
    statement = select(Escalation).where(Escalation.id == escalation_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one_or_none()


def _tried_next_endpoint(session: Session, pages: list[Page], *, about: uuid.UUID, now: dt.datetime) -> bool:
    """The pages are of one person and were told of by one event. False when every endpoint was tried."""
    first = pages[0]
    untried = [each for each in webhooks.endpoints_of(session, first.person_id) if str(each.id) not in first.tried]
    if not untried:
        return False
    for page in pages:
        page.tried = [*page.tried, str(untried[0].id)]
        session.add(page)
    event = session.get_one(Event, first.told_by or first.event_id)
    delivery.send(session, event, untried[0], now=now, notify_kind=asking.DELIVERY_SETTLED, notify_subject=about)
    return True
