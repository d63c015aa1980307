"""Word for whoever plans with people: somebody can be reached now, or can no longer be."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.core.clock import hour_of
from app.models import Event, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.work import queue

# Work for a school; webhooks know nobody who plans, so kinds.py says who does it.
CHANGED = "webhooks.contact_changed"
# Many endpoints are tried for the first time together, when a school begins: one look after all of them.
FIRST_TRIES = dt.timedelta(seconds=10)


def changed(session: Session, endpoint: WebhookEndpoint, *, now: dt.datetime, by: Event | None = None) -> None:
    """After, or before, an endpoint's health or address changes. A school's own endpoint is nobody.

    `by` is what was delivered. A page shows by the end of the hour only: who plans may be the one whom the page must
    not tell of, and a gap found this very minute would say that somebody was asked.
    """
    if endpoint.person_id is None:
        return
    due, key = now, None
    if by is not None and by.type in ("page.requested", "page.waiting"):
        due = hour_of(now) + dt.timedelta(hours=1)
        key = f"{CHANGED}/{endpoint.school_id}/{due.isoformat()}"
    elif by is not None and endpoint.health is EndpointHealth.UNVERIFIED:
        due = now + FIRST_TRIES
    # Without a key, what is due now comes again although one like it is being done: that may have looked already.
    queue.enqueue(session, CHANGED, endpoint.school_id, due_at=due, now=now, key=key)
