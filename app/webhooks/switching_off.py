"""Nothing is sent any more to somebody who has left."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.models import WebhookEndpoint
from app.webhooks import delivery

BECAUSE = "person_left"


def switch_off(
    session: Session, person_id: uuid.UUID, *, now: dt.datetime, made_until: dt.datetime | None = None
) -> None:
    """What is on its way to their own endpoints is not sent. Should they come back, they switch them on themselves."""
    theirs = select(WebhookEndpoint).where(
        WebhookEndpoint.person_id == person_id, col(WebhookEndpoint.enabled).is_(True)
    )
    if made_until is not None:
        theirs = theirs.where(WebhookEndpoint.created_at <= made_until)
    for endpoint in session.exec(theirs.order_by(col(WebhookEndpoint.id)).with_for_update(**delivery.CHANGES)).all():
        endpoint.enabled, endpoint.disabled_because = False, BECAUSE
        endpoint.version += 1
        endpoint.updated_at = now
        session.add(endpoint)
    session.flush()
