"""What the service tells of itself: its work, and the endpoints that it delivers to."""

from __future__ import annotations

import uuid

from app.core.schemas import OutputModel
from app.events.fields import Code, SchoolSlug


class WorkDead(OutputModel):
    """The service gave up on a piece of its own work. School IT should look at the server's log."""

    school: SchoolSlug
    kind: Code
    item_id: uuid.UUID


class EndpointDisabled(OutputModel):
    """An endpoint asked for no more deliveries (HTTP 410), or did not work for days."""

    school: SchoolSlug
    endpoint_id: uuid.UUID
    reason: Code


class Ping(OutputModel):
    """A test delivery: answer 2xx and the endpoint counts as working."""

    school: SchoolSlug
    endpoint_id: uuid.UUID
