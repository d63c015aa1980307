"""A digest of the week, as it leaves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import Instant, OutputModel
from app.readiness.checks import CheckCode
from app.schools.post_schemas import PostCode
from app.vocabulary import Level, RosterLine
from app.vocabulary.succession import RiskReason

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class GapsOfRoster(OutputModel):
    """Open gaps of the next 28 days that no service outside stands in for."""

    roster_id: uuid.UUID
    name: Annotated[str, StringConstraints(max_length=200)]
    line: RosterLine
    level: Level
    gaps: Count


class LastDrill(OutputModel):
    """Of the last seven days."""

    drill_id: uuid.UUID
    asked: Count
    answered: Count
    unreached: Count


class DigestFound(OutputModel):
    """What there was to look at when the week began.

    `reports_late`: whether reports wait for longer than was promised, of those that are kept from nobody; `suppressed`
    where fewer than ten came in four weeks. There is no figure about reports in here. `ends_soon`: supporters whose
    last day is within 120 days; `training_lapsing`: those who serve, and whose training ends within 28 days or has.
    `supervision_overdue`: whether somebody has gone too long without it.
    """

    gaps: Annotated[list[GapsOfRoster], Field(max_length=200)]
    reports_late: Literal["yes", "no", "suppressed"]
    posts_vacant: Annotated[list[PostCode], Field(max_length=200)]
    ends_soon: Count
    training_lapsing: Count
    supervision_overdue: bool
    at_risk: Annotated[list[RiskReason], Field(max_length=10)]
    directory_overdue: Count
    drill: LastDrill | None
    endpoints_failing: Count
    not_ready: Annotated[list[CheckCode], Field(max_length=40)]
    suggestions_wait: bool


class DigestOut(OutputModel):
    """A week, by its Monday. `incidents_open` is for privacy officers, and as it is now: null for everybody else."""

    id: uuid.UUID
    week: dt.date
    made_at: Instant
    found: DigestFound
    incidents_open: bool | None


class DigestPage(Page[DigestOut]):
    """One page of digests, the newest week first."""
