"""Who carries how much, as coordinators see it."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.schemas import Instant, OutputModel, ZoneName
from app.rosters.schemas import Minutes
from app.vocabulary import RosterLine

Count = Annotated[int, Field(ge=0, le=2**31)]


class PersonLoad(OutputModel):
    """Minutes on call of one person, on all rosters of the school together, each minute once.

    Night, weekend and public holiday overlap: a minute can be of all three. `shifts` have a part in the window.
    `pages`: how often they were asked for advice, or about reports that are kept from nobody; practice not counted.
    Other pages are in no count: it would say that there is something to keep.
    """

    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    minutes: Minutes
    night_minutes: Minutes
    weekend_minutes: Minutes
    public_holiday_minutes: Minutes
    shifts: Count
    pages: Count


class SpreadOut(OutputModel):
    """Minutes for each person of a line: the mean, rounded, and the least and the most that one of them has."""

    mean: Minutes
    least: Minutes
    most: Minutes


class LineLoad(OutputModel):
    """How a line shares its minutes among `people`: all who have a turn or an override in the window.

    Whoever gave all of theirs away, or was absent, counts, with nothing: the figures describe, they do not judge.
    """

    line: RosterLine
    people: Count
    minutes: SpreadOut
    night_minutes: SpreadOut
    weekend_minutes: SpreadOut
    public_holiday_minutes: SpreadOut


class LoadOut(OutputModel):
    """From `from` to `to`; what is ahead is as planned now. Nights and days are those of `time_zone`."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    time_zone: ZoneName
    people: Annotated[list[PersonLoad], Field(max_length=20_000)]
    lines: Annotated[list[LineLoad], Field(max_length=20)]
