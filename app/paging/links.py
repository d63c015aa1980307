"""The acknowledgement link of a page: made from the page and its person, never stored."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.core import crypto
from app.core.clock import hour_of
from app.models import Page
from app.settings import Settings
from app.vault import service as vault

MAC_BYTES = 24
# Past the time to answer: whoever wakes up late may still take it on, which is better than nobody. After that the link
# lies about in old messages, where only an accident would press it.
GRACE = dt.timedelta(minutes=60)


def token_for(session: Session, *, page_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """Opens nothing but the acknowledgement of this page by this person."""
    mac = vault.lookup_hash(session, f"{page_id}/{person_id}", use="ack-link")
    return crypto.encode_b64(mac[:MAC_BYTES])


def url_for(session: Session, settings: Settings, *, page_id: uuid.UUID, person_id: uuid.UUID) -> str:
    token = token_for(session, page_id=page_id, person_id=person_id)
    return f"{settings.base_url}/v1/pages/{page_id}/ack-link/{token}"


def fits(session: Session, token: str, *, page_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    return crypto.same(token.encode(), token_for(session, page_id=page_id, person_id=person_id).encode())


def works(page: Page, *, now: dt.datetime) -> bool:
    """Whether the link is young enough. Of what is closed only the hour is known: then to the end of it."""
    cut = page.ack_by == hour_of(page.ack_by)
    return now <= page.ack_by + GRACE + (dt.timedelta(hours=1) if cut else dt.timedelta())
