"""Rosters as they are kept, in the shapes that clients send and get."""

from __future__ import annotations

import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.rosters.schemas import RosterDefinition
from app.vocabulary import Level, RosterLine


class RosterCreate(InputModel):
    """A roster to keep: contract 1.3, with the level at which it is asked. Participants are ids of people."""

    level: Level = Level.PRIMARY
    roster: RosterDefinition

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.roster.name is None or self.roster.line is None:
            raise PydanticCustomError("roster_unnamed", "A stored roster has a name and a line")
        return self


class RosterOut(OutputModel):
    id: uuid.UUID
    level: Level
    roster: RosterDefinition
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
