"""What clients send and get of calendar feeds."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel


class CalendarFeedCreate(InputModel):
    """What the calendar shows: your own shifts on all rosters, or everybody's on one roster."""

    roster_id: uuid.UUID | None = Field(default=None, description="If null: your own shifts.")


class CalendarFeedOut(OutputModel):
    """`last_read_at` is to the hour: see whether an address that you have lost is still being read."""

    id: uuid.UUID
    roster_id: uuid.UUID | None
    last_read_at: Instant | None
    created_at: Instant


class CalendarFeedCreated(CalendarFeedOut):
    """The only answer that holds the address. Whoever knows it can read the calendar: it is not shown again."""

    url: Annotated[str, StringConstraints(max_length=500)]


class CalendarFeedPage(Page[CalendarFeedOut]):
    """One page of calendar feeds."""
