"""Rosters as they are kept, in the shapes that clients send and get."""

from __future__ import annotations

import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.schemas import RosterDefinition
from app.vocabulary import Expects, Level, RosterLine


class RosterCreate(InputModel):
    """A roster to keep: contract 1.3, with the level at which it is asked. Participants are ids of people."""

    level: Level = Level.PRIMARY
    expects: Expects | None = Field(
        default=None,
        description="When somebody must be there. If null: `always` for lines of advice, else `planned_hours`.",
    )
    roster: RosterDefinition

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.roster.name is None or self.roster.line is None:
            raise PydanticCustomError("roster_unnamed", "A stored roster has a name and a line")
        return self


class RosterUpdate(InputModel):
    """What is absent stays as it is."""

    # Factories, so that the document shows no default: what is absent is never read.
    name: ShortText = Field(default_factory=str)
    expects: Expects = Field(default_factory=lambda: Expects.ALWAYS)


class RosterOut(OutputModel):
    """A roster as it is now: the version that rules, or the first one to come, and the overrides that are not over.

    `next_version_from`: when another version takes its place, as far as that is planned. `version` counts changes.
    """

    id: uuid.UUID
    level: Level
    expects: Expects
    roster: RosterDefinition
    effective_from: Instant
    next_version_from: Instant | None
    version: Annotated[int, Field(ge=1, le=2**31)]
    created_at: Instant
    updated_at: Instant


class RosterPage(Page[RosterOut]):
    """One page of rosters."""


class OnCallPerson(OutputModel):
    id: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]


class OnCallOut(OutputModel):
    """Who is on call at an instant. An empty list means nobody, which is not the same as no such roster.

    `until` is null when nothing changes within 35 days.
    """

    roster_id: uuid.UUID
    at: Instant
    on_call: Annotated[list[OnCallPerson], Field(max_length=200)]
    until: Instant | None


class LineCoverage(OutputModel):
    """Whether somebody who can be reached is on this line now. Not who, and not how many."""

    line: RosterLine
    staffed: bool


class CoverageNow(OutputModel):
    lines: Annotated[list[LineCoverage], Field(max_length=20)]
