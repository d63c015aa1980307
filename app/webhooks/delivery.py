"""Telling one endpoint of one event: enqueued, planned, recorded, tried again (Standard Webhooks 1.0.0; W1 to W13)."""

from __future__ import annotations

import datetime as dt
import functools
import random
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from app.core import clock
from app.core.clock import hour_of
from app.core.db import inserter
from app.core.ids import new_opaque_id
from app.events import outbox
from app.events.plumbing import EndpointDisabled
from app.identity.actors import people_with
from app.models import (
    ConfidentialityDecision,
    Event,
    PrivacyIncident,
    ReportExclusion,
    School,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.models.webhooks import DeliveryState, EndpointHealth
from app.vocabulary import Role
from app.webhooks import contacts, formats
from app.webhooks.secrets import previous_secret_of, secret_of
from app.webhooks.sending import NOWHERE, Outcome, Shot
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.webhooks")

DELIVER = "webhooks.deliver"
DELIVER_PAGE = "webhooks.deliver_page"
PAGES = frozenset({"page.requested", "page.waiting"})

# Waits before the second, third, … attempt; the specification's example schedule, 75.6 hours in all.
SCHEDULE_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.1
THROTTLE_STATUSES = (429, 502, 503, 504)

# Locks on an endpoint, each the weakest that does (PostgreSQL: FOR KEY SHARE, FOR NO KEY UPDATE): whoever sends to one
# does not wait for whoever writes down what came of another delivery, but for whoever removes it.
STAYS: Mapping[str, Any] = {"read": True, "key_share": True}
CHANGES: Mapping[str, Any] = {"key_share": True}


@functools.cache
def _insert_if_new(dialect: str) -> Any:
    table = WebhookDelivery.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class
    new = inserter(dialect)(table).on_conflict_do_nothing(index_elements=["event_id", "endpoint_id"])
    # Whether it was, as in work/queue.py.
    return new.execution_options(preserve_rowcount=True)


def send(
    session: Session,
    event: Event,
    endpoint: WebhookEndpoint,
    *,
    now: dt.datetime,
    notify_kind: str | None = None,
    notify_subject: uuid.UUID | None = None,
) -> None:
    """Enqueue the delivery of `event` to `endpoint`; a second call for the same two changes nothing.

    The caller has made sure that the endpoint stays until this is stored (STAYS).
    After the first attempt, work of `notify_kind` for `notify_subject` is enqueued with its outcome.
    """
    delivery_id = new_opaque_id()
    row = {
        "id": delivery_id,
        "event_id": event.id,
        "endpoint_id": endpoint.id,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "notify_kind": notify_kind,
        "notify_subject": notify_subject,
    }
    connection = session.connection()
    if connection.execute(_insert_if_new(connection.dialect.name), row).rowcount == 1:
        queue.enqueue(session, _lane(event, endpoint), delivery_id, due_at=now, now=now, payload={"step": 1})


def send_again(session: Session, delivery: WebhookDelivery, *, now: dt.datetime) -> None:
    """One more attempt now, beside the retries that may be planned, and without any of its own."""
    payload = {"once": True, "ends": delivery.state is not DeliveryState.PENDING}
    delivery.state = DeliveryState.PENDING
    session.add(delivery)
    # In the lane of retries: what somebody asks for must not stand before a page that nobody has seen.
    queue.enqueue(session, DELIVER, delivery.id, due_at=now, now=now, payload=payload)


def cancel(session: Session, event_id: uuid.UUID, *, person_id: uuid.UUID | None = None) -> None:
    """Stop retrying: nobody needs to hear of this event any more. A copy that was never tried still is.

    `person_id` is told nothing of it at all from now on. What has arrived already cannot be sent again either.
    """
    event = session.get(Event, event_id)
    if event is not None and event.over_at is None:
        event.over_at = hour_of(clock.now())
        session.add(event)
    tried = col(WebhookDelivery.attempts) > 0
    pending = (
        select(WebhookDelivery)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(WebhookDelivery.endpoint_id))
        .where(
            WebhookDelivery.event_id == event_id,
            WebhookDelivery.state == DeliveryState.PENDING,
            tried if person_id is None else sa.or_(tried, col(WebhookEndpoint.person_id) == person_id),
        )
    )
    for delivery in session.exec(pending):
        delivery.state = DeliveryState.CANCELLED
        session.add(delivery)


# Built once: each attempt takes them all.
_THIS = col(WebhookDelivery.id) == sa.bindparam("this")
_PLANNED = (
    select(WebhookEndpoint, Event, School.time_zone)
    .select_from(WebhookDelivery)
    .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(WebhookDelivery.endpoint_id))
    .join(Event, col(Event.id) == col(WebhookDelivery.event_id))
    .join(School, col(School.id) == col(WebhookEndpoint.school_id))
    .where(_THIS, WebhookDelivery.state == DeliveryState.PENDING)
)
# First of the three, and locked against whoever coarsens it, as in `fan_out`.
_EVENT = (
    select(Event)
    .where(col(Event.id) == select(WebhookDelivery.event_id).where(_THIS).scalar_subquery())
    .with_for_update(read=True, of=Event)
)
_DELIVERY = select(WebhookDelivery).where(_THIS).with_for_update()
_ENDPOINT = select(WebhookEndpoint).where(WebhookEndpoint.id == sa.bindparam("this")).with_for_update(**CHANGES)


def plan(session: Session, item: Item, now: dt.datetime) -> Shot | None:
    """Read what to send. None when the delivery was cancelled or its endpoint removed, NOWHERE when it is disabled."""
    found = session.exec(_PLANNED, params={"this": item.subject}).one_or_none()
    if found is None:
        return None
    endpoint, event, zone = found
    if not endpoint.enabled:
        return NOWHERE
    document = outbox.document_for(session, event, person_id=endpoint.person_id)
    content = formats.content(endpoint.format, document, zone=ZoneInfo(zone))
    previous = previous_secret_of(session, endpoint, now=now)
    return Shot(
        url=endpoint.url,
        message_id=str(event.id),
        body=content.body,
        secrets=(secret_of(session, endpoint), *((previous,) if previous is not None else ())),
        owner=str(endpoint.person_id or endpoint.school_id),
        headers=content.headers,
    )


def record(session: Session, item: Item, shot: Shot, outcome: Outcome, now: dt.datetime) -> None:
    """Write the attempt down, and what follows: delivered, tried again, given up, or the endpoint disabled."""
    event = session.exec(_EVENT, params={"this": item.subject}).one_or_none()
    delivery = session.exec(_DELIVERY, params={"this": item.subject}).one_or_none()
    if event is None or delivery is None:
        return
    endpoint = session.exec(_ENDPOINT, params={"this": delivery.endpoint_id}).one()
    delivery.attempts += 1
    # What is kept to the hour has no minute beside it either.
    to_the_hour = kept_to_the_hour(event)
    session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            at=hour_of(now) if to_the_hour else now,
            status=outcome.status,
            error=outcome.error,
            duration_ms=outcome.duration_ms,
        )
    )
    # Else somebody else has answered: it has another address since, which was pinged, and is tried next.
    answered = shot.url == endpoint.url
    if answered:
        health = EndpointHealth.HEALTHY if outcome.delivered else EndpointHealth.FAILING
        if health is not endpoint.health:
            contacts.changed(session, endpoint, now=now, by=event)
        endpoint.health = health
    if outcome.delivered:
        delivery.state = DeliveryState.DELIVERED
    elif shot is NOWHERE:
        delivery.state = DeliveryState.FAILED
    elif outcome.status == 410 and answered:
        delivery.state = DeliveryState.FAILED
        _disable(session, endpoint, because="gone", now=now)
    elif delivery.state is DeliveryState.PENDING and event.over_at is not None:
        # A first try, which `cancel` has left: nobody needs to be told so often any more.
        delivery.state = DeliveryState.CANCELLED
    elif delivery.state is DeliveryState.PENDING and item.payload.get("once"):
        if item.payload["ends"]:
            delivery.state = DeliveryState.FAILED
    elif delivery.state is DeliveryState.PENDING:
        # What an earlier release enqueued does not say which attempt of the schedule it is; it knew no others.
        step = item.payload.get("step", delivery.attempts)
        _try_again(session, delivery, endpoint, outcome, step=step, now=now)
    session.add_all((delivery, endpoint))
    if delivery.attempts == 1 and delivery.notify_kind and delivery.notify_subject:
        queue.enqueue(
            session,
            delivery.notify_kind,
            delivery.notify_subject,
            due_at=now,
            now=now,
            payload={"endpoint_id": str(endpoint.id), "delivered": outcome.delivered},
        )


def kept_to_the_hour(event: Event) -> bool:
    """Whether the minute of what happened is not known any more, or never was."""
    return event.occurred_at == hour_of(event.occurred_at)


def fan_out(session: Session, item: Item, now: dt.datetime) -> None:
    """Tell the school's endpoints that asked for this type, and every endpoint of the people named in the item."""
    # Locked against whoever coarsens it: they find what is stored here, or it is coarse before anything is.
    event = session.get(Event, item.subject, with_for_update={"read": True})
    if event is None:
        return
    people = outbox.still_there(session, (uuid.UUID(person) for person in item.payload.get("tell", [])))
    people -= _kept_out(session, event)
    endpoints = session.exec(
        select(WebhookEndpoint).where(
            # Somebody who is told may be of another school, as an independent handler who was lent (J11).
            sa.or_(col(WebhookEndpoint.school_id) == event.school_id, col(WebhookEndpoint.person_id).in_(people)),
            col(WebhookEndpoint.enabled).is_(True),
        )
    )
    told = []
    for endpoint in endpoints:
        wants = not endpoint.event_types or event.type in endpoint.event_types
        subscribed = endpoint.person_id is None and wants and not item.payload.get("only_people")
        if subscribed or endpoint.person_id in people:
            told.append(endpoint.id)
    # Only now, and only these: one that is being removed drops out, and nobody else is locked.
    staying = select(WebhookEndpoint).where(col(WebhookEndpoint.id).in_(told)).order_by(col(WebhookEndpoint.id))
    for endpoint in session.exec(staying.with_for_update(**STAYS)).all():
        send(session, event, endpoint, now=now)


def _kept_out(session: Session, event: Event) -> set[uuid.UUID]:
    """From whom the report that an event is about is kept by now: perhaps only since it was written (J14)."""
    named = event.data.get("subject_id") or event.data.get("incident_id")
    if named is None:
        return set()
    subject = uuid.UUID(str(named))
    decided = select(ConfidentialityDecision.report_id).where(ConfidentialityDecision.id == subject)
    happened = select(PrivacyIncident.report_id).where(PrivacyIncident.id == subject)
    about = sa.or_(
        col(ReportExclusion.report_id) == subject,
        col(ReportExclusion.report_id).in_(decided),
        col(ReportExclusion.report_id).in_(happened),
    )
    return set(session.exec(select(ReportExclusion.person_id).where(about)))


def _try_again(
    session: Session,
    delivery: WebhookDelivery,
    endpoint: WebhookEndpoint,
    outcome: Outcome,
    *,
    step: int,
    now: dt.datetime,
) -> None:
    """After the attempt number `step` of the schedule, from 1 on."""
    if step > len(SCHEDULE_SECONDS):
        delivery.state = DeliveryState.FAILED
        # An endpoint that answered others meanwhile works: it refuses this one event, and is somebody's pager.
        if not _answered_since_the_first_attempt(session, delivery):
            _disable(session, endpoint, because="failing_for_days", now=now)
        return
    # Jitter spreads retries out, it protects nothing.
    wait = SCHEDULE_SECONDS[step - 1] * (1 + random.uniform(-JITTER, JITTER))  # noqa: S311
    if outcome.status in THROTTLE_STATUSES and outcome.retry_after is not None:
        wait = max(wait, outcome.retry_after)
    # Retries never take the lane of first attempts: by now a page has gone on to somebody else.
    due = now + dt.timedelta(seconds=wait)
    queue.enqueue(session, DELIVER, delivery.id, due_at=due, now=now, payload={"step": step + 1})


def _answered_since_the_first_attempt(session: Session, delivery: WebhookDelivery) -> bool:
    """Whether its endpoint took anything since. Of what is kept to the hour, in doubt it did."""
    attempts = select(WebhookAttempt.at).where(WebhookAttempt.delivery_id == delivery.id)
    first = session.exec(attempts.order_by(col(WebhookAttempt.number)).limit(1)).one()
    success = (
        select(WebhookAttempt.id)
        .join(WebhookDelivery, col(WebhookDelivery.id) == col(WebhookAttempt.delivery_id))
        .where(
            WebhookDelivery.endpoint_id == delivery.endpoint_id,
            col(WebhookAttempt.status).between(200, 299),
            sa.or_(col(WebhookAttempt.at) >= first, col(WebhookAttempt.at) == hour_of(first)),
        )
    )
    return session.exec(success.limit(1)).first() is not None


def _disable(session: Session, endpoint: WebhookEndpoint, *, because: str, now: dt.datetime) -> None:
    endpoint.enabled = False
    endpoint.disabled_because = because
    endpoint.version += 1
    endpoint.updated_at = now
    contacts.changed(session, endpoint, now=now)
    school = session.get_one(School, endpoint.school_id)
    data = EndpointDisabled(school=school.slug, endpoint_id=endpoint.id, reason=because)
    # A pager that is off: told to its owner's other endpoints, and to those who plan with it.
    tell = people_with(session, school.id, Role.COORDINATOR)
    if endpoint.person_id is not None:
        tell.append(endpoint.person_id)
    outbox.emit(session, "webhook_endpoint.disabled", data, school_id=school.id, now=now, tell=tell)
    log.warning("webhooks.endpoint_disabled", endpoint=str(endpoint.id), reason=because)


def _lane(event: Event, endpoint: WebhookEndpoint) -> str:
    """Pages to the person paged have a lane of their own: a thousand notices, or copies of pages for the school, to a
    dead endpoint must not delay one (contract W13)."""
    to_the_person = endpoint.person_id is not None and endpoint.person_id == event.person_id
    return DELIVER_PAGE if event.type in PAGES and to_the_person else DELIVER
