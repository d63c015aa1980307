"""Endpoints of people and of schools: who may have them, and what their owner sees of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.events import outbox
from app.events.types import Ping
from app.identity.actors import Actor
from app.models import School, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.settings import Settings
from app.webhooks import contacts, delivery, guard, signing
from app.webhooks.schemas import (
    WebhookEndpointCreate,
    WebhookEndpointCreated,
    WebhookEndpointOut,
    WebhookEndpointPage,
    WebhookEndpointUpdate,
)
from app.webhooks.secrets import seal_secret

MOST_ENDPOINTS = 10
REMOVES: Mapping[str, Any] = {}


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
    count = session.exec(select(func.count()).select_from(visible_endpoints(actor, own=own).subquery())).one()
    if count >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    now = clock.now()
    endpoint = WebhookEndpoint(
        school_id=actor.require_school(),
        person_id=actor.person_id if own else None,
        url=body.url,
        description=body.description,
        event_types=list(body.event_types),
        secret_sealed=b"",
        position=count,
        created_at=now,
        updated_at=now,
    )
    secret = signing.new_secret()
    seal_secret(session, endpoint, secret)
    session.add(endpoint)
    session.flush()
    _ping(session, endpoint, now=now)
    return WebhookEndpointCreated(**_out(endpoint).model_dump(), secret=secret)


def page(session: Session, actor: Actor, request: PageRequest, *, own: bool) -> WebhookEndpointPage:
    statement = request.slice(
        visible_endpoints(actor, own=own), at=col(WebhookEndpoint.created_at), row_id=col(WebhookEndpoint.id)
    )
    rows, cursor = request.page(
        list(session.exec(statement)), place=lambda endpoint: (endpoint.created_at, endpoint.id)
    )
    return WebhookEndpointPage(items=[_out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool) -> WebhookEndpointOut:
    return _out(_find(session, actor, endpoint_id, own=own))


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
    """Merge patch. Enabling again clears the reason of disabling; a new address is unverified until it answers."""
    endpoint = _find(session, actor, endpoint_id, own=own, lock=delivery.CHANGES)
    version.check(_out(endpoint))
    emptied: dict[str, Any] = {"description": "", "event_types": []}
    given = body.model_dump(exclude_unset=True)
    changes = {field: emptied[field] if value is None else value for field, value in given.items()}
    if "url" in changes:
        _check(changes["url"], settings)
        if changes["url"] != endpoint.url:
            endpoint.health = EndpointHealth.UNVERIFIED
    for field, value in changes.items():
        setattr(endpoint, field, value)
    if changes.get("enabled"):
        endpoint.disabled_because = None
    endpoint.version += 1
    endpoint.updated_at = clock.now()
    session.add(endpoint)
    contacts.changed(session, endpoint, now=endpoint.updated_at)
    return _out(endpoint)


def remove(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool, version: Version) -> None:
    """Delete the endpoint and the record of what was sent to it. What was still on its way is not sent."""
    _find(session, actor, endpoint_id, own=own)
    # Deliveries first, as whoever records an attempt does: the other way round the two would wait for each other.
    sent = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint_id)
    session.exec(sent.order_by(col(WebhookDelivery.id)).with_for_update()).all()
    endpoint = _find(session, actor, endpoint_id, own=own, lock=REMOVES)
    version.check(_out(endpoint))
    deliveries = sa.select(col(WebhookDelivery.id)).where(col(WebhookDelivery.endpoint_id) == endpoint_id)
    session.exec(sa.delete(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(deliveries)))
    session.exec(sa.delete(WebhookDelivery).where(col(WebhookDelivery.endpoint_id) == endpoint_id))
    contacts.changed(session, endpoint, now=clock.now())
    session.delete(endpoint)


def ping(session: Session, actor: Actor, endpoint_id: uuid.UUID, *, own: bool) -> WebhookEndpointOut:
    """Send a test delivery; the endpoint's `health` shows what came of it."""
    endpoint = _find(session, actor, endpoint_id, own=own, lock=delivery.STAYS)
    _ping(session, endpoint, now=clock.now())
    return _out(endpoint)


def endpoints_of(session: Session, person_id: uuid.UUID) -> list[WebhookEndpoint]:
    """A person's enabled endpoints, in the order they are tried. None of them can be removed before what is sent to it
    is stored; one that is being removed is waited for, and is then not among them."""
    statement = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.person_id == person_id, col(WebhookEndpoint.enabled).is_(True))
        .order_by(col(WebhookEndpoint.position), col(WebhookEndpoint.id))
        .with_for_update(**delivery.STAYS)
    )
    return list(session.exec(statement))


def reachable(session: Session, people: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` with a working contact: an enabled endpoint whose last delivery was answered."""
    if not people:
        return set()
    statement = select(WebhookEndpoint.person_id).where(
        col(WebhookEndpoint.person_id).in_(people),
        col(WebhookEndpoint.enabled).is_(True),
        WebhookEndpoint.health == EndpointHealth.HEALTHY,
    )
    return {person for person in session.exec(statement) if person is not None}


def addressed(session: Session, people: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` to whom something can be sent: with an enabled endpoint, whatever came of the last delivery."""
    if not people:
        return set()
    statement = select(WebhookEndpoint.person_id).where(
        col(WebhookEndpoint.person_id).in_(people), col(WebhookEndpoint.enabled).is_(True)
    )
    return {person for person in session.exec(statement) if person is not None}


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


def _check(url: str, settings: Settings) -> None:
    try:
        guard.check_url(url, allowed_origins=settings.allowed_origins)
    except guard.Refused as exc:
        fault = {"pointer": "#/url", "code": "webhook_url_refused", "detail": str(exc)}
        raise guard.UnsafeWebhookUrl(errors=[fault]) from exc


def _find(
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


def _out(endpoint: WebhookEndpoint) -> WebhookEndpointOut:
    return WebhookEndpointOut(
        id=endpoint.id,
        url=endpoint.url,
        description=endpoint.description,
        event_types=endpoint.event_types,
        enabled=endpoint.enabled,
        disabled_because=endpoint.disabled_because,
        health=endpoint.health,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
    )
