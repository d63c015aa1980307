"""Drills as they leave."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import Instant, OutputModel
from app.vocabulary import Level, RosterLine

# A page is answered whenever somebody comes to it, also after weeks in which no worker closed it.
Seconds = Annotated[int, Field(ge=0, le=2**31)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class DrillAnswer(StrEnum):
    """What came of one test page. `unreached`: no endpoint took it, and no page would have been noticed."""

    WAITING = "waiting"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    UNREACHED = "unreached"


class DrillPerson(OutputModel):
    """One person of a drill. `line` is null for a coordinator or handler who is asked last, whoever is on duty."""

    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    line: RosterLine | None
    level: Level
    answer: DrillAnswer
    seconds_to_deliver: Seconds | None
    seconds_to_answer: Seconds | None


class DrillSummary(OutputModel):
    """`weekly` is false for one that somebody asked for. Until `ends_at` answers count."""

    id: uuid.UUID
    weekly: bool
    started_at: Instant
    ends_at: Instant
    asked: Count
    answered: Count
    unanswered: Count
    unreached: Count


class DrillOut(DrillSummary):
    """Who answered a drill, and in what time; who did not comes first."""

    people: Annotated[list[DrillPerson], Field(max_length=5000)]


class DrillPageOut(Page[DrillSummary]):
    """One page of drills, newest first."""
