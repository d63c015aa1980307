"""The secrets of an endpoint: each shown once when it is made, sealed ever after."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.models import WebhookEndpoint
from app.vault import columns


def seal_secret(session: Session, endpoint: WebhookEndpoint, secret: str) -> None:
    columns.SECRET.seal(session, endpoint, secret, school_id=endpoint.school_id)


def replace_secret(session: Session, endpoint: WebhookEndpoint, secret: str, *, until: dt.datetime | None) -> None:
    """A new secret; the one before it stays in use beside it `until` then, or ends at once. An older one is gone."""
    endpoint.previous_secret_sealed = None
    endpoint.previous_secret_until = until
    if until is not None:
        columns.PREVIOUS_SECRET.seal(session, endpoint, secret_of(session, endpoint), school_id=endpoint.school_id)
    seal_secret(session, endpoint, secret)


def secret_of(session: Session, endpoint: WebhookEndpoint) -> str:
    return columns.SECRET.unseal(session, endpoint, school_id=endpoint.school_id)


def previous_secret_of(session: Session, endpoint: WebhookEndpoint, *, now: dt.datetime) -> str | None:
    """The secret before the present one, while it is still in use."""
    if endpoint.previous_secret_sealed is None or overlap_until(endpoint, now=now) is None:
        return None
    return columns.PREVIOUS_SECRET.unseal(session, endpoint, school_id=endpoint.school_id)


def overlap_until(endpoint: WebhookEndpoint, *, now: dt.datetime) -> dt.datetime | None:
    """When the previous secret ends. None when there is none, or it has ended."""
    until = endpoint.previous_secret_until
    return until if until is not None and now < until else None
