"""What is told of pages, and of the drills that try them."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import StringConstraints

from app.core.schemas import Instant, OutputModel
from app.events.fields import Code, Count, SchoolSlug
from app.vocabulary import Level, RosterLine


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


class PageWaiting(OutputModel):
    """More pages wait for you than could be told one by one. Sign in and look at them; the first is due at `ack_by`."""

    school: SchoolSlug
    waiting: Count
    ack_by: Instant


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


class DrillFinished(OutputModel):
    """A round of test pages is over: how many were asked, answered, and could not be reached. The names are read with a
    token."""

    school: SchoolSlug
    drill_id: uuid.UUID
    asked: Count
    answered: Count
    unreached: Count


class ReliefOffered(OutputModel):
    """You were paged so often tonight that nobody would ask more of you. Hand over what you hold, and offer the rest of
    your shift; nobody else is told of this."""

    school: SchoolSlug
    night_pages: Count
