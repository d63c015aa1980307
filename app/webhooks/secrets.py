"""The secret of an endpoint: shown once when it is made, sealed ever after."""

from __future__ import annotations

from sqlmodel import Session

from app.core.crypto import Place
from app.models import WebhookEndpoint
from app.vault import service as vault


def seal_secret(session: Session, endpoint: WebhookEndpoint, secret: str) -> None:
    endpoint.secret_sealed = vault.seal(session, secret, school_id=endpoint.school_id, place=_place(endpoint))


def secret_of(session: Session, endpoint: WebhookEndpoint) -> str:
    return vault.unseal(session, endpoint.secret_sealed, school_id=endpoint.school_id, place=_place(endpoint))


def _place(endpoint: WebhookEndpoint) -> Place:
    return Place(table="webhook_endpoints", row=str(endpoint.id), column="secret")
