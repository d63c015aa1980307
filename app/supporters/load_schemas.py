"""What a supporter carries, and what holds them to less."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import Field

from app.core.schemas import InputModel, Instant, OutputModel, ZoneName
from app.rosters.schemas import Minutes
from app.schools.policies import MostContacts, MostHours

Count = Annotated[int, Field(ge=0, le=10_000)]


class LimitsUpdate(InputModel):
    """Less than the school's, as merge patch; null: the school's. Nobody raises theirs above it."""

    max_open_contacts: MostContacts | None = None
    max_on_call_hours_per_week: MostHours | None = None


class LimitOut(OutputModel):
    """`holds` is the lower of the two. `own` null: as the school says."""

    school: Count
    own: Count | None
    holds: Count


class LimitsOut(OutputModel):
    """What may be given to them: contacts open at a time, hours on call from Monday to Sunday."""

    max_open_contacts: LimitOut
    max_on_call_hours_per_week: LimitOut


class WeekOut(OutputModel):
    """A week by the school's clock, beginning on the Monday `begins`, and the time on call in it."""

    begins: dt.date
    minutes: Minutes
    over: bool


class WindowOut(OutputModel):
    """Time declared to be kept free of shifts. `until` null: until further notice."""

    kind: Literal["leave", "exam_window", "placement"]
    start: Instant = Field(serialization_alias="from")
    until: Instant | None


class SupporterLoadOut(OutputModel):
    """This week and the three after it, on all rosters of the school together, each minute once.

    `nights` have some time on call between 22:00 and 07:00; `longest_run` is days in a row; `rests_broken` counts the
    shifts that follow another one sooner than the school's rules of the line say. `over` names what is above a limit,
    or against a rule, now. `talk_offered`: after something urgent they were offered a talk in these four weeks; whether
    they took it is theirs. `windows` are those of the 26 weeks ahead.
    """

    person: uuid.UUID
    time_zone: ZoneName
    open_contacts: Count
    weeks: Annotated[list[WeekOut], Field(min_length=4, max_length=4)]
    nights: Count
    longest_run: Count
    rests_broken: Count
    windows: Annotated[list[WindowOut], Field(max_length=100)]
    limits: LimitsOut
    talk_offered: bool
    over: Annotated[list[Literal["open_contacts", "on_call_hours", "rest"]], Field(max_length=3)]
