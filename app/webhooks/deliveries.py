"""What was sent to an endpoint, attempt by attempt, for its owner; and sending it once more (contract W12).

Never what was in it: the body of a page holds the link that acknowledges it, and a receiver may send it back.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Event, WebhookAttempt, WebhookDelivery, WorkItem
from app.models.webhooks import DeliveryState
from app.webhooks import delivery, service
from app.webhooks.schemas import DeliveryAttemptOut, WebhookDeliveryOut, WebhookDeliveryPage

# More than the whole schedule: who sends the same for the fiftieth time looks for something else.
MOST_ATTEMPTS = 50


class EventOver(Conflict):
    code, status, title = "event_over", 409, "Nobody needs to be told of this any more"


class EndpointIsOff(Conflict):
    code, status, title = "endpoint_is_off", 409, "This endpoint is switched off"
    default_detail = "Set `enabled` first; it is then tried with a ping."


class TooManyAttempts(Conflict):
    code, status, title = "too_many_attempts", 409, "This was tried as often as it may be"


def page(
    session: Session,
    actor: Actor,
    endpoint_id: uuid.UUID,
    request: PageRequest,
    *,
    own: bool,
    state: DeliveryState | None,
) -> WebhookDeliveryPage:
    """Newest first, by when it happened."""
    service.find(session, actor, endpoint_id, own=own)
    known = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if state is not None:
        known = known.where(WebhookDelivery.state == state)
    # Those of the endpoint first: PostgreSQL would go through the events of everybody, the newest first.
    sent: Any = aliased(WebhookDelivery, known.cte("sent").prefix_with("MATERIALIZED", dialect="postgresql"))
    statement = select(sent, Event).join(Event, col(Event.id) == sent.event_id)
    statement = request.slice(statement, at=col(Event.occurred_at), row_id=sent.id, newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row[1].occurred_at, row[0].id))
    return WebhookDeliveryPage(items=_shown(session, rows), next_cursor=cursor)


def get(
    session: Session, actor: Actor, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, *, own: bool
) -> WebhookDeliveryOut:
    service.find(session, actor, endpoint_id, own=own)
    return _shown(session, [_find(session, endpoint_id, delivery_id)])[0]


def resend(
    session: Session, actor: Actor, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, *, own: bool
) -> WebhookDeliveryOut:
    """One more attempt now, with the same id and bytes. Raises EventOver for what nobody is needed for any more."""
    endpoint = service.find(session, actor, endpoint_id, own=own)
    if not endpoint.enabled:
        raise EndpointIsOff
    found, event = _find(session, endpoint_id, delivery_id)
    # Against whoever ends it: they find what is stored here, or it is over before anything is (delivery.cancel).
    session.refresh(event, with_for_update={"read": True})
    session.refresh(found, with_for_update=True)
    if event.over_at is not None or found.state is DeliveryState.CANCELLED:
        raise EventOver
    if found.attempts + _planned(session, found.id) >= MOST_ATTEMPTS:
        raise TooManyAttempts
    delivery.send_again(session, found, now=clock.now())
    return _shown(session, [(found, event)])[0]


def _of(endpoint_id: uuid.UUID) -> Any:
    return (
        select(WebhookDelivery, Event)
        .join(Event, col(Event.id) == col(WebhookDelivery.event_id))
        .where(WebhookDelivery.endpoint_id == endpoint_id)
    )


def _find(session: Session, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> tuple[WebhookDelivery, Event]:
    row: tuple[WebhookDelivery, Event] | None = session.exec(
        _of(endpoint_id).where(WebhookDelivery.id == delivery_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _shown(session: Session, rows: Sequence[tuple[WebhookDelivery, Event]]) -> list[WebhookDeliveryOut]:
    ids = [found.id for found, _ in rows]
    attempts = _attempts(session, ids)
    due = _due(session, ids)
    return [
        WebhookDeliveryOut(
            id=found.id,
            event_id=event.id,
            event_type=event.type,
            occurred_at=event.occurred_at,
            state=found.state,
            next_attempt_at=_next(found, event, due.get(found.id)),
            attempts=attempts[found.id],
        )
        for found, event in rows
    ]


def _next(found: WebhookDelivery, event: Event, due: dt.datetime | None) -> dt.datetime | None:
    if due is None or found.state is not DeliveryState.PENDING:
        return None
    # What is kept to the hour has no minute beside it either.
    return hour_of(due) if delivery.kept_to_the_hour(event) else due


def _attempts(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[DeliveryAttemptOut]]:
    found: dict[uuid.UUID, list[DeliveryAttemptOut]] = defaultdict(list)
    statement = select(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(ids))
    for attempt in session.exec(statement.order_by(col(WebhookAttempt.number))):
        found[attempt.delivery_id].append(DeliveryAttemptOut.model_validate(attempt))
    return found


_ATTEMPTS_TO_COME = (col(WorkItem.kind).in_((delivery.DELIVER, delivery.DELIVER_PAGE)), col(WorkItem.dead).is_(False))


def _planned(session: Session, delivery_id: uuid.UUID) -> int:
    """Attempts that were asked for, or are to be made again, also those that somebody is making this moment.

    Whoever writes one down waits for the delivery, which the caller has locked: none is counted twice, or not at all.
    """
    statement = select(func.count()).select_from(WorkItem)
    return session.exec(statement.where(WorkItem.subject == delivery_id, *_ATTEMPTS_TO_COME)).one()


def _due(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """When each is tried next, where an attempt is planned."""
    statement = (
        select(WorkItem.subject, func.min(WorkItem.due_at))
        .where(col(WorkItem.subject).in_(ids), *_ATTEMPTS_TO_COME)
        .group_by(col(WorkItem.subject))
    )
    return dict(session.exec(statement).all())
