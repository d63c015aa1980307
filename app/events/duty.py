"""What is told of rosters, of shifts that change hands, and of lines that nobody is on."""

from __future__ import annotations

import uuid

from app.core.schemas import Instant, OutputModel
from app.events.fields import Code, SchoolSlug
from app.vocabulary import Level, RosterLine


class CoverageGapLive(OutputModel):
    """Nobody who can be reached is on a line now, from `since` on.

    `gap_id` is null when somebody was needed just now and nobody was there: that is told each time.
    """

    school: SchoolSlug
    line: RosterLine
    level: Level
    cause: Code
    since: Instant
    gap_id: uuid.UUID | None


class CoverageGapUpcoming(OutputModel):
    """Nobody who can be reached will be on a line. Told once for each `notice`: 28, 14, 7 and 2 days ahead.

    `cause` is `unfilled` where it would say why somebody is away: coordinators read that with their token.
    """

    school: SchoolSlug
    gap_id: uuid.UUID
    line: RosterLine
    level: Level
    cause: Code
    starts_at: Instant
    ends_at: Instant
    notice: Code


class CoverageGapClosed(OutputModel):
    """A gap that was told of is one no more: `covered`, or `passed` without anybody."""

    school: SchoolSlug
    gap_id: uuid.UUID
    line: RosterLine
    level: Level
    state: Code


class RosterChanged(OutputModel):
    """A roster says something else now. Read it with your token; calendars are up to date."""

    school: SchoolSlug
    roster_id: uuid.UUID
    line: RosterLine
    level: Level
    change: Code


class RosterRulesChanged(OutputModel):
    """Rest and caps of some line are others now; they count from the next shift that is given or taken."""

    school: SchoolSlug


class AbsenceChanged(OutputModel):
    """Somebody will be away, or there again. For coordinators only; who and why is read with a token."""

    school: SchoolSlug
    absence_id: uuid.UUID


class ShiftOfferChanged(OutputModel):
    """A shift is offered, or an offer has changed hands. Look at it with your token."""

    school: SchoolSlug
    offer_id: uuid.UUID
    roster_id: uuid.UUID
    state: Code


class ShiftSwapChanged(OutputModel):
    """Somebody proposes to exchange shifts with you, or has answered."""

    school: SchoolSlug
    swap_id: uuid.UUID
    state: Code
