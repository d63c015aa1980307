"""A new secret for an endpoint, and a while in which the one before it signs too (contract W7)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.identity.actors import Actor
from app.webhooks import delivery, service, signing
from app.webhooks.schemas import SecretRotation, WebhookEndpointCreated
from app.webhooks.secrets import replace_secret


def rotate(
    session: Session, actor: Actor, endpoint_id: uuid.UUID, body: SecretRotation, *, own: bool, version: Version
) -> WebhookEndpointCreated:
    """Make and show a new secret. A second time during an overlap, the secret from before the first is gone."""
    endpoint = service.find(session, actor, endpoint_id, own=own, lock=delivery.CHANGES)
    version.check(service.shown(endpoint))
    now = clock.now()
    secret = signing.new_secret()
    overlap = dt.timedelta(hours=body.overlap_hours)
    replace_secret(session, endpoint, secret, until=now + overlap if overlap else None)
    endpoint.version += 1
    endpoint.updated_at = now
    session.add(endpoint)
    trail.record(
        session,
        action="webhook_endpoint.secret_rotated",
        school_id=endpoint.school_id,
        person_id=actor.person_id,
        subject=endpoint.id,
        now=now,
    )
    return WebhookEndpointCreated(**service.shown(endpoint).model_dump(), secret=secret)
