"""The acknowledgement link of a page: made from the page and its person, never stored."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.core import crypto
from app.settings import Settings
from app.vault import service as vault

MAC_BYTES = 24


def token_for(session: Session, *, page_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """Opens nothing but the acknowledgement of this page by this person."""
    mac = vault.lookup_hash(session, f"{page_id}/{person_id}", use="ack-link")
    return crypto.encode_b64(mac[:MAC_BYTES])


def url_for(session: Session, settings: Settings, *, page_id: uuid.UUID, person_id: uuid.UUID) -> str:
    token = token_for(session, page_id=page_id, person_id=person_id)
    return f"{settings.base_url}/v1/pages/{page_id}/ack-link/{token}"


def fits(session: Session, token: str, *, page_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    return crypto.same(token.encode(), token_for(session, page_id=page_id, person_id=person_id).encode())
