"""Every event type with the schema of its `data`: ids and codes, never what anybody wrote (contract 1.5)."""

from __future__ import annotations

import inspect
import uuid
from typing import Annotated, Literal

from pydantic import StringConstraints

from app.core.schemas import Instant, OutputModel
from app.vocabulary import Level, RosterLine, SubjectKind

SchoolSlug = Annotated[str, StringConstraints(max_length=40)]
Code = Annotated[str, StringConstraints(max_length=60)]


class PageRequested(OutputModel):
    """Somebody needs you. Acknowledge by POST before `ack_by`; the brief is fetched with your token.

    `ack_url` is null in every copy but the one to the person paged.
    """

    page_id: uuid.UUID
    school: SchoolSlug
    priority: Code
    level: Level
    ack_by: Instant
    ack_url: Annotated[str, StringConstraints(max_length=600)] | None
    drill: bool


class PageCancelled(OutputModel):
    """Somebody else has answered; you need do nothing."""

    page_id: uuid.UUID
    school: SchoolSlug


class EscalationExhausted(OutputModel):
    """Nobody acknowledged. A person must look, and close it with a note."""

    escalation_id: uuid.UUID
    school: SchoolSlug
    line: RosterLine
    priority: Code


class MessageAdded(OutputModel):
    """There is something to read in a conversation that you take part in, or were asked to."""

    school: SchoolSlug
    subject_kind: SubjectKind
    subject_id: uuid.UUID


class CoverageGapLive(OutputModel):
    """Somebody was needed on a line just now, and nobody with a working contact was on it."""

    school: SchoolSlug
    line: RosterLine
    level: Level
    cause: Code
    since: Instant


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


EventType = Literal[
    "page.requested",
    "page.cancelled",
    "page.exhausted",
    "conversation.message_added",
    "coverage.gap_live",
    "work.dead",
    "webhook_endpoint.disabled",
    "webhook_endpoint.ping",
]

PAYLOADS: dict[EventType, type[OutputModel]] = {
    "page.requested": PageRequested,
    "page.cancelled": PageCancelled,
    "page.exhausted": EscalationExhausted,
    "conversation.message_added": MessageAdded,
    "coverage.gap_live": CoverageGapLive,
    "work.dead": WorkDead,
    "webhook_endpoint.disabled": EndpointDisabled,
    "webhook_endpoint.ping": Ping,
}


def described(event_type: EventType) -> str:
    """What an event says, for whoever chooses which to be told of."""
    return inspect.cleandoc(PAYLOADS[event_type].__doc__ or "")
