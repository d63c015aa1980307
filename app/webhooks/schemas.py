"""What clients send and get of webhook endpoints."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.events.types import EventType
from app.models.webhooks import DeliveryState, EndpointHealth
from app.vocabulary import EndpointFormat

MOST_ENDPOINTS = 10

Url = Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$")]
Description = Annotated[str, StringConstraints(max_length=200)]
EventTypes = Annotated[list[EventType], Field(max_length=50)]
# Beyond the end is the end: nobody has to know how many there are.
Position = Annotated[int, Field(ge=0, le=MOST_ENDPOINTS - 1)]


class WebhookEndpointCreate(InputModel):
    """An address to be told at. `event_types` empty means every type; a person's endpoint gets what is for them.

    `format`: `standard` is the event as JSON; `slack` and `ntfy` are sentences for an incoming webhook of Slack and a
    topic of ntfy. `position`: a person's endpoints are tried in this order, from 0; without it the new one is the last.
    """

    url: Url = Field(examples=["https://pager.example.edu/peerline"])
    description: Description = ""
    format: EndpointFormat = EndpointFormat.STANDARD
    position: Position | None = None
    event_types: EventTypes = Field(default_factory=list)


class WebhookEndpointUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays; null empties `description` and `event_types`.

    Moving one to a `position` moves the owner's others out of the way. What gets another `url` or `format`, or is
    enabled again, is pinged at once.
    """

    # A factory, so that the document shows no default: what is absent is never read.
    url: Url = Field(default_factory=str)
    description: Description | None = None
    format: EndpointFormat = Field(default_factory=lambda: EndpointFormat.STANDARD)
    position: Position = Field(default_factory=int)
    event_types: EventTypes | None = None
    enabled: bool = Field(default_factory=bool)


class WebhookEndpointOut(OutputModel):
    """`health` is what the last delivery showed; only `healthy` counts as a working contact.

    Until `previous_secret_until` deliveries are signed with the previous secret as well; null when they are not.
    """

    id: uuid.UUID
    url: Annotated[str, StringConstraints(max_length=500)]
    description: Description
    format: EndpointFormat
    position: Position
    event_types: EventTypes
    enabled: bool
    disabled_because: Annotated[str, StringConstraints(max_length=40)] | None
    health: EndpointHealth
    previous_secret_until: Instant | None
    created_at: Instant
    updated_at: Instant


class WebhookEndpointCreated(WebhookEndpointOut):
    """The only answer that holds this secret. Keep it: it is not shown again."""

    secret: Annotated[str, StringConstraints(max_length=120, pattern=r"^whsec_")]


class WebhookEndpointPage(Page[WebhookEndpointOut]):
    """One page of endpoints."""


class SecretRotation(InputModel):
    """For so many hours deliveries are signed with both secrets; 0 ends the old one at once."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class DeliveryAttemptOut(OutputModel):
    """One attempt: an HTTP `status`, or the kind of `error` when there was no answer."""

    number: Annotated[int, Field(ge=1, le=1000)]
    at: Instant
    status: Annotated[int, Field(ge=100, le=999)] | None
    error: Annotated[str, StringConstraints(max_length=60)] | None
    duration_ms: Annotated[int, Field(ge=0, le=2_147_483_647)]


class WebhookDeliveryOut(OutputModel):
    """An event on its way to one endpoint; `event_id` is its `webhook-id`. Never what was sent, or answered.

    Once a matter is over, times are kept to the hour.
    """

    id: uuid.UUID
    event_id: uuid.UUID
    event_type: Annotated[str, StringConstraints(max_length=60)]
    occurred_at: Instant
    state: DeliveryState
    next_attempt_at: Instant | None
    attempts: Annotated[list[DeliveryAttemptOut], Field(max_length=100)]


class WebhookDeliveryPage(Page[WebhookDeliveryOut]):
    """One page of deliveries."""


class EventTypeOut(OutputModel):
    type: EventType
    description: Annotated[str, StringConstraints(max_length=1000)]


class EventTypeList(OutputModel):
    items: Annotated[list[EventTypeOut], Field(max_length=100)]
