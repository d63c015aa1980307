"""What is kept of events and their deliveries, and how exactly: less once a matter is over, nothing after a month."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.schemas import rfc3339
from app.events import outbox
from app.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.webhooks import delivery
from app.work import queue
from app.work.queue import Item

PRUNE = "webhooks.prune"
# Longer than the whole retry schedule; long enough to look into what went wrong.
KEEP = dt.timedelta(days=30)
# Told only to those whom they concern: for whoever is left of them.
FOR_PEOPLE = (
    "conversation.message_added",
    "second_person.requested",
    "second_person.changed",
    "confidentiality_decision.review_due",
    "relay.answered",
    "claim.ended",
    "contact.needs_handover",
    "privacy_incident.opened",
)


def coarsen(
    session: Session, about: Sequence[uuid.UUID], *, events: Collection[uuid.UUID], school_id: uuid.UUID
) -> None:
    """Cut the times of the events that name one of these, and of their deliveries, to their hour: it is over.

    `events` are those that told of it without naming it.
    """
    meant = sa.or_(_names(about), col(Event.id).in_(events))
    for event in session.exec(select(Event).where(Event.school_id == school_id, meant)).all():
        event.occurred_at = hour_of(event.occurred_at)
        event.data = {key: _to_the_hour(value) if key == "ack_by" else value for key, value in event.data.items()}
        session.add(event)
        # Whoever may have seen it must not get other bytes under the same id (contract W3).
        delivery.cancel(session, event.id)
        attempts = (
            select(WebhookAttempt)
            .join(WebhookDelivery, col(WebhookDelivery.id) == col(WebhookAttempt.delivery_id))
            .where(WebhookDelivery.event_id == event.id)
        )
        for attempt in session.exec(attempts).all():
            attempt.at = hour_of(attempt.at)
            session.add(attempt)


def forget(
    session: Session, about: Sequence[uuid.UUID], *, people: Collection[uuid.UUID], school_id: uuid.UUID
) -> None:
    """Of the events that name one of these, nothing is on its way to `people`, and none was ever sent.

    The school's own endpoints are everybody's there, and with what they got, whoever looks at its list: the same.
    """
    events = select(Event.id).where(Event.school_id == school_id, _names(about))
    # What is for those who have it in hand, and for nobody else, still goes to them.
    for event_id in session.exec(events.where(col(Event.type).not_in(FOR_PEOPLE))).all():
        queue.cancel(session, kind=outbox.FAN_OUT, subject=event_id)
    theirs = (
        select(WebhookDelivery.id)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(WebhookDelivery.endpoint_id))
        .where(
            col(WebhookDelivery.event_id).in_(events),
            sa.or_(col(WebhookEndpoint.person_id).is_(None), col(WebhookEndpoint.person_id).in_(people)),
        )
        .order_by(col(WebhookDelivery.id))
    )
    # Locked as by whoever records an attempt: they find it gone, or have written it down before.
    found = session.exec(theirs.with_for_update(of=WebhookDelivery)).all()
    session.exec(sa.delete(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(found)))
    session.exec(sa.delete(WebhookDelivery).where(col(WebhookDelivery.id).in_(found)))


def prune(session: Session, item: Item, now: dt.datetime) -> None:
    """Forget events and their deliveries a month after they happened, secrets once they are out of use; hourly."""
    old = select(Event.id).where(Event.occurred_at < now - KEEP)
    deliveries = select(WebhookDelivery.id).where(col(WebhookDelivery.event_id).in_(old))
    session.exec(sa.delete(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(deliveries)))
    session.exec(sa.delete(WebhookDelivery).where(col(WebhookDelivery.event_id).in_(old)))
    session.exec(sa.delete(Event).where(col(Event.occurred_at) < now - KEEP))
    _forget_secrets(session, now)
    queue.enqueue(session, PRUNE, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=PRUNE)


def _names(about: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    ids = [str(each) for each in about]
    members = ("page_id", "escalation_id", "subject_id", "contact_id", "incident_id")
    return sa.or_(*(col(Event.data)[member].as_string().in_(ids) for member in members))


def _forget_secrets(session: Session, now: dt.datetime) -> None:
    ended = sa.update(WebhookEndpoint).where(col(WebhookEndpoint.previous_secret_until) <= now)
    session.exec(ended.values(previous_secret_sealed=None, previous_secret_until=None))


def _to_the_hour(instant: str) -> str:
    return rfc3339(hour_of(dt.datetime.fromisoformat(instant)))
