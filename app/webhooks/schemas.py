"""What clients send and get of webhook endpoints."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.events.types import EventType
from app.models.webhooks import EndpointHealth

Url = Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$")]
Description = Annotated[str, StringConstraints(max_length=200)]
EventTypes = Annotated[list[EventType], Field(max_length=50)]


class WebhookEndpointCreate(InputModel):
    """An address to be told at. `event_types` empty means every type; a person's endpoint gets what is for them."""

    url: Url = Field(examples=["https://pager.example.edu/peerline"])
    description: Description = ""
    event_types: EventTypes = Field(default_factory=list)


class WebhookEndpointUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays; null empties `description` and `event_types`."""

    # A factory, so that the document shows no default: what is absent is never read.
    url: Url = Field(default_factory=str)
    description: Description | None = None
    event_types: EventTypes | None = None
    enabled: bool = Field(default_factory=bool)


class WebhookEndpointOut(OutputModel):
    """`health` is what the last delivery showed; only `healthy` counts as a working contact."""

    id: uuid.UUID
    url: Annotated[str, StringConstraints(max_length=500)]
    description: Description
    event_types: EventTypes
    enabled: bool
    disabled_because: Annotated[str, StringConstraints(max_length=40)] | None
    health: EndpointHealth
    created_at: Instant
    updated_at: Instant


class WebhookEndpointCreated(WebhookEndpointOut):
    """The only answer that holds the secret. Keep it: it is not shown again."""

    secret: Annotated[str, StringConstraints(max_length=120, pattern=r"^whsec_")]


class WebhookEndpointPage(Page[WebhookEndpointOut]):
    """One page of endpoints."""


class EventTypeOut(OutputModel):
    type: EventType
    description: Annotated[str, StringConstraints(max_length=1000)]


class EventTypeList(OutputModel):
    items: Annotated[list[EventTypeOut], Field(max_length=100)]
