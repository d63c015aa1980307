"""The secrets of an endpoint: each shown once when it is made, sealed ever after."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.core.crypto import Place
from app.models import WebhookEndpoint
from app.vault import service as vault


def seal_secret(session: Session, endpoint: WebhookEndpoint, secret: str) -> None:
    endpoint.secret_sealed = vault.seal(session, secret, school_id=endpoint.school_id, place=_place(endpoint))


def replace_secret(session: Session, endpoint: WebhookEndpoint, secret: str, *, until: dt.datetime | None) -> None:
    """A new secret; the one before it stays in use beside it `until` then, or ends at once. An older one is gone."""
    endpoint.previous_secret_sealed = None
    endpoint.previous_secret_until = until
    if until is not None:
        old, place = secret_of(session, endpoint), _place(endpoint, "previous_secret")
        endpoint.previous_secret_sealed = vault.seal(session, old, school_id=endpoint.school_id, place=place)
    seal_secret(session, endpoint, secret)


def secret_of(session: Session, endpoint: WebhookEndpoint) -> str:
    return vault.unseal(session, endpoint.secret_sealed, school_id=endpoint.school_id, place=_place(endpoint))


def previous_secret_of(session: Session, endpoint: WebhookEndpoint, *, now: dt.datetime) -> str | None:
    """The secret before the present one, while it is still in use."""
    sealed = endpoint.previous_secret_sealed
    if sealed is None or overlap_until(endpoint, now=now) is None:
        return None
    place = _place(endpoint, "previous_secret")
    return vault.unseal(session, sealed, school_id=endpoint.school_id, place=place)


def overlap_until(endpoint: WebhookEndpoint, *, now: dt.datetime) -> dt.datetime | None:
    """When the previous secret ends. None when there is none, or it has ended."""
    until = endpoint.previous_secret_until
    return until if until is not None and now < until else None


def _place(endpoint: WebhookEndpoint, column: str = "secret") -> Place:
    return Place(table="webhook_endpoints", row=str(endpoint.id), column=column)
