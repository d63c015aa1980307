"""Endpoints of people and of schools: who may have them, and what their owner sees of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.events import outbox
from app.events.plumbing import Ping
from app.identity.actors import Actor
from app.models import School, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.settings import Settings
from app.webhooks import contacts, delivery, guard, order, signing
from app.webhooks.schemas import (
    MOST_ENDPOINTS,
    WebhookEndpointCreate,
    WebhookEndpointCreated,
    WebhookEndpointOut,
    WebhookEndpointPage,
    WebhookEndpointUpdate,
)
from app.webhooks.secrets import overlap_until, seal_secret

REMOVES: Mapping[str, Any] = {}
# Who receives: with another of these it is somebody else, of whom nothing is known yet.
WHERE = ("url", "format")


class TooManyEndpoints(Conflict):
    code, status, title = "too_many_endpoints", 409, "There are as many endpoints as one owner may have"


def visible_endpoints(actor: Actor, *, own: bool) -> Any:
    """The actor's own endpoints, or those of the actor's school."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.school_id == actor.school_id)
    if own:
        return statement.where(WebhookEndpoint.person_id == actor.person_id)
    return statement.where(col(WebhookEndpoint.person_id).is_(None))


def create(
    session: Session, actor: Actor, body: WebhookEndpointCreate, *, own: bool, settings: Settings
) -> WebhookEndpointCreated:
    """Save an endpoint and ping it at once. Raises InvalidRequest for an address that may not be called."""
    _check(body.url, settings)
    order.hold(session, actor, own=own)
    others = _all(session, actor, own=own)
    if len(others) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    now = clock.now()
    endpoint = WebhookEndpoint(
        school_id=actor.require_school(),
        person_id=actor.person_id if own else None,
        url=body.url,
        description=body.description,
        format=body.format,
        event_types=list(body.event_types),
        secret_sealed=b"",
        position=len(others),
        created_at=now,
        updated_at=now,
    )
    secret = signing.new_secret()
    seal_secret(session, endpoint, secret)
    session.add(endpoint)
    if body.position is not None:
        order.insert(session, others, endpoint, position=body.position)
    session.flush()
    _ping(session, endpoint, now=now)
    return WebhookEndpointCreated(**shown(endpoint).model_dump(), secret=secret)


def page(session: Session, actor: Actor, request: PageRequest, *, own: bool) -> WebhookEndpointPage:
    """In their order. They are few, and may be moved: a cursor knows those that were shown."""
    seen = request.after_rows()
    rest = [row for row in session.exec(order.in_order(visible_endpoints(actor, own=own))) if row.id not in seen]
    rows = rest[: request.limit]
    cursor = request.cursor_after_rows([*seen, *(row.id for row in rows)]) if len(rest) > len(rows) else None
    return WebhookEndpointPage(items=[shown(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool) -> WebhookEndpointOut:
    return shown(find(session, actor, endpoint_id, own=own))


def update(
    session: Session,
    actor: Actor,
    endpoint_id: uuid.UUID,
    body: WebhookEndpointUpdate,
    *,
    own: bool,
    version: Version,
    settings: Settings,
) -> WebhookEndpointOut:
    """Merge patch. Enabling again clears the reason of disabling. What has a new address or format, or was off, is
    unverified until it answers, and is pinged at once."""
    if "position" in body.model_fields_set:
        order.hold(session, actor, own=own)
    endpoint = find(session, actor, endpoint_id, own=own, lock=delivery.CHANGES)
    version.check(shown(endpoint))
    emptied: dict[str, Any] = {"description": "", "event_types": []}
    given = body.model_dump(exclude_unset=True)
    changes = {field: emptied[field] if value is None else value for field, value in given.items()}
    if "url" in changes:
        _check(changes["url"], settings)
    elsewhere = any(changes.get(field, getattr(endpoint, field)) != getattr(endpoint, field) for field in WHERE)
    untried = elsewhere or (changes.get("enabled", False) and not endpoint.enabled)
    position = changes.pop("position", None)
    for field, value in changes.items():
        setattr(endpoint, field, value)
    if changes.get("enabled"):
        endpoint.disabled_because = None
    endpoint.version += 1
    endpoint.updated_at = clock.now()
    session.add(endpoint)
    if position is not None:
        others = order.without(_all(session, actor, own=own), endpoint.id)
        order.insert(session, others, endpoint, position=position)
    if untried:
        endpoint.health = EndpointHealth.UNVERIFIED
    if untried and endpoint.enabled:
        _ping(session, endpoint, now=endpoint.updated_at)
    contacts.changed(session, endpoint, now=endpoint.updated_at)
    return shown(endpoint)


def remove(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool, version: Version) -> None:
    """Delete the endpoint and the record of what was sent to it. What was still on its way is not sent."""
    find(session, actor, endpoint_id, own=own)
    order.hold(session, actor, own=own)
    # Deliveries first, as whoever records an attempt does: the other way round the two would wait for each other.
    sent = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint_id)
    session.exec(sent.order_by(col(WebhookDelivery.id)).with_for_update()).all()
    endpoint = find(session, actor, endpoint_id, own=own, lock=REMOVES)
    version.check(shown(endpoint))
    deliveries = sa.select(col(WebhookDelivery.id)).where(col(WebhookDelivery.endpoint_id) == endpoint_id)
    session.exec(sa.delete(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(deliveries)))
    session.exec(sa.delete(WebhookDelivery).where(col(WebhookDelivery.endpoint_id) == endpoint_id))
    contacts.changed(session, endpoint, now=clock.now())
    session.delete(endpoint)
    session.flush()
    order.close_up(session, _all(session, actor, own=own))


def ping(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool) -> WebhookEndpointOut:
    """Send a test delivery; the endpoint's `health` shows what came of it."""
    endpoint = find(session, actor, endpoint_id, own=own, lock=delivery.STAYS)
    _ping(session, endpoint, now=clock.now())
    return shown(endpoint)


# Built once: each page asks these several times, and building costs more than asking.
_ADDRESSED = select(WebhookEndpoint.person_id).where(
    col(WebhookEndpoint.person_id).in_(sa.bindparam("people", expanding=True)), col(WebhookEndpoint.enabled).is_(True)
)
_REACHABLE = _ADDRESSED.where(WebhookEndpoint.health == EndpointHealth.HEALTHY)
_ENDPOINTS_OF = order.in_order(
    select(WebhookEndpoint).where(
        WebhookEndpoint.person_id == sa.bindparam("person"), col(WebhookEndpoint.enabled).is_(True)
    )
).with_for_update(**delivery.STAYS)


def endpoints_of(session: Session, person_id: uuid.UUID) -> list[WebhookEndpoint]:
    """A person's enabled endpoints, in the order they are tried. None of them can be removed before what is sent to it
    is stored; one that is being removed is waited for, and is then not among them."""
    return list(session.exec(_ENDPOINTS_OF, params={"person": person_id}))


def reachable(session: Session, people: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` with a working contact: an enabled endpoint whose last delivery was answered."""
    if not people:
        return set()
    found = session.exec(_REACHABLE, params={"people": list(people)})
    return {person for person in found if person is not None}


def addressed(session: Session, people: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` to whom something can be sent: with an enabled endpoint, whatever came of the last delivery."""
    if not people:
        return set()
    found = session.exec(_ADDRESSED, params={"people": list(people)})
    return {person for person in found if person is not None}


def _ping(session: Session, endpoint: WebhookEndpoint, *, now: dt.datetime) -> None:
    school = session.get_one(School, endpoint.school_id)
    event = outbox.emit(
        session,
        "webhook_endpoint.ping",
        Ping(school=school.slug, endpoint_id=endpoint.id),
        school_id=school.id,
        now=now,
        told_directly=True,
    )
    delivery.send(session, event, endpoint, now=now)


def _all(session: Session, actor: Actor, *, own: bool) -> list[WebhookEndpoint]:
    """Every endpoint of the owner, in order, locked by whoever holds the order."""
    statement = order.in_order(visible_endpoints(actor, own=own)).with_for_update(**delivery.CHANGES)
    return list(session.exec(statement))


def _check(url: str, settings: Settings) -> None:
    try:
        guard.check_url(url, allowed_origins=settings.allowed_origins)
    except guard.Refused as exc:
        fault = {"pointer": "#/url", "code": "webhook_url_refused", "detail": str(exc)}
        raise guard.UnsafeWebhookUrl(errors=[fault]) from exc


def find(
    session: Session,
    actor: Actor,
    endpoint_id: uuid.UUID,
    *,
    own: bool,
    lock: Mapping[str, Any] | None = None,
) -> WebhookEndpoint:
    statement = visible_endpoints(actor, own=own).where(WebhookEndpoint.id == endpoint_id)
    if lock is not None:
        # Read again under the lock: what was read before it may have changed.
        statement = statement.with_for_update(**lock).execution_options(populate_existing=True)
    endpoint: WebhookEndpoint | None = session.exec(statement).one_or_none()
    if endpoint is None:
        raise NotFound
    return endpoint


def shown(endpoint: WebhookEndpoint) -> WebhookEndpointOut:
    return WebhookEndpointOut(
        id=endpoint.id,
        url=endpoint.url,
        description=endpoint.description,
        format=endpoint.format,
        position=endpoint.position,
        event_types=endpoint.event_types,
        enabled=endpoint.enabled,
        disabled_because=endpoint.disabled_because,
        health=endpoint.health,
        previous_secret_until=overlap_until(endpoint, now=clock.now()),
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
    )
