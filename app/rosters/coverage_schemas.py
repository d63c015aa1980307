"""Gaps and coverage as they leave, and external cover as it arrives."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.schemas import MOST_SEGMENTS
from app.schools.policies import LineRules
from app.vocabulary import Expects, GapCause, GapNotice, GapState, Level, RosterLine

EntryId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
# RFC 3339 with the school's own offset, for people to read.
LocalText = Annotated[str, StringConstraints(max_length=40)]


class ExternalCoverIn(InputModel):
    """A service of the school's directory that is there day and night."""

    entry_id: EntryId


class ExternalCoverOut(OutputModel):
    """Outside the programme: it is not paged, people turn to it themselves."""

    entry_id: EntryId
    name: Annotated[str, StringConstraints(max_length=300)]


class FoundGapOut(OutputModel):
    """Time in which somebody should be there who can be reached, and nobody is.

    `cause` is `unfilled` where it would say why a person is away: for whoever is not a coordinator, and once it is
    over. `notice`: the nearest that has been told.
    """

    id: uuid.UUID
    roster_id: uuid.UUID
    name: ShortText
    line: RosterLine
    level: Level
    cause: GapCause
    start: Instant
    start_local: LocalText
    end: Instant
    end_local: LocalText
    state: GapState
    notice: GapNotice | None
    external_cover: ExternalCoverOut | None
    version: Annotated[int, Field(ge=1, le=2**31)]
    found_at: Instant
    closed_at: Instant | None


class GapPage(Page[FoundGapOut]):
    """One page of gaps."""


class CoverageGapOut(OutputModel):
    """A gap in the time that was asked for. `id` is null beyond the 90 days for which gaps are kept."""

    id: uuid.UUID | None
    cause: GapCause
    start: Instant
    start_local: LocalText
    end: Instant
    end_local: LocalText
    external_cover: ExternalCoverOut | None


class RosterCoverage(OutputModel):
    """One roster: the minutes in which somebody must be there, and those in which nobody is."""

    roster_id: uuid.UUID
    name: ShortText
    line: RosterLine
    level: Level
    expects: Expects
    expected_minutes: Annotated[int, Field(ge=0, le=576_000)]
    gap_minutes: Annotated[int, Field(ge=0, le=576_000)]
    gaps: Annotated[list[CoverageGapOut], Field(max_length=MOST_SEGMENTS)]


class CoverageOut(OutputModel):
    """Every line and level that has a roster. A line without any is not covered at all."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    rosters: Annotated[list[RosterCoverage], Field(max_length=10_000)]
    lines_without_roster: Annotated[list[RosterLine], Field(max_length=20)]


class LineRulesIn(InputModel):
    """What is absent stays as it is."""

    # A factory, so that the document shows no default: what is absent is never read.
    rest_hours: int = Field(
        default_factory=int, ge=0, le=72, strict=True, description="Hours between two shifts of a person."
    )
    weekly_hours: int | None = Field(
        default=None, ge=1, le=168, strict=True, description="From Monday to Sunday. Null: no cap."
    )


class RosterRulesUpdate(InputModel):
    """Merge patch: lines, and rules of a line, that are absent stay as they are."""

    peer_support: LineRulesIn = Field(default_factory=LineRulesIn)
    clinical_advice: LineRulesIn = Field(default_factory=LineRulesIn)
    academic_advice: LineRulesIn = Field(default_factory=LineRulesIn)
    independent_advice: LineRulesIn = Field(default_factory=LineRulesIn)
    triage: LineRulesIn = Field(default_factory=LineRulesIn)


class RosterRulesOut(OutputModel):
    """What protects the people of each line when shifts are given and taken."""

    peer_support: LineRules
    clinical_advice: LineRules
    academic_advice: LineRules
    independent_advice: LineRules
    triage: LineRules
