"""Supervision as it is planned, seen, and said to have been."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.fields import LocalTime
from app.vocabulary.training import Attendance, SupervisionKind

MOST_ATTENDEES = 30
LONGEST_SERIES = dt.timedelta(days=366)
Minutes = Annotated[int, Field(ge=15, le=240)]
Attendees = Annotated[list[uuid.UUID], Field(min_length=1, max_length=MOST_ATTENDEES)]


def _each_once(attendees: list[uuid.UUID]) -> None:
    if len(set(attendees)) < len(attendees):
        raise PydanticCustomError("attendee_twice", "Each supporter once.")


class SupervisionCreate(InputModel):
    """One session, or with `every_weeks` all of a series up to `ends_on`, within a year. `starts_local`: on the
    school's clock, at which all of them begin. `place`: where, or by which link; never what it is about. `attendees`:
    supporters by their ids, one alone in an individual session."""

    kind: SupervisionKind
    supervisor: uuid.UUID
    starts_local: LocalTime
    minutes: Minutes
    place: ShortText | None = None
    every_weeks: Annotated[int, Field(ge=1, le=13)] | None = None
    ends_on: dt.date | None = None
    attendees: Attendees

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _each_once(self.attendees)
        if (self.every_weeks is None) != (self.ends_on is None):
            raise PydanticCustomError("series_incomplete", "A series has `every_weeks` and `ends_on`.")
        first = self.starts_local.date()
        if self.ends_on is not None and not first <= self.ends_on <= first + LONGEST_SERIES:
            raise PydanticCustomError("series_too_long", "A series ends within a year of its first session.")
        if self.kind is SupervisionKind.INDIVIDUAL and len(self.attendees) > 1:
            raise PydanticCustomError("more_than_one", "An individual session has one attendee.")
        return self


class SupervisionUpdate(InputModel):
    """What is different; left out stays. `and_following`: also for the later sessions of the series, which each keep
    their own time."""

    supervisor: uuid.UUID | None = None
    starts_local: LocalTime | None = None
    minutes: Minutes | None = None
    place: ShortText | None = None
    attendees: Attendees | None = None
    and_following: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _each_once(self.attendees or [])
        if self.and_following and self.starts_local is not None:
            raise PydanticCustomError("one_at_a_time", "A session is moved alone: plan a series anew to move it.")
        return self


class Supervisor(OutputModel):
    """`active` is false for somebody who has left: somebody else has to be found."""

    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    active: bool


class SupervisionAttendeeOut(OutputModel):
    """`attendance`: null while nobody has said, and for whoever is neither the supporter nor the supervisor."""

    supporter: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    attendance: Attendance | None


class SupervisionSessionOut(OutputModel):
    """A session. Supporters see themselves among the attendees, and nobody else. There is no field for what was said,
    on purpose."""

    id: uuid.UUID
    series: uuid.UUID
    kind: SupervisionKind
    supervisor: Supervisor
    start: Instant
    end: Instant
    place: ShortText | None
    attendees: Annotated[list[SupervisionAttendeeOut], Field(max_length=MOST_ATTENDEES)]
    version: Annotated[int, Field(ge=1, le=2**31)]


class SupervisionPage(Page[SupervisionSessionOut]):
    """One page of sessions, by when they begin."""


class AttendancePut(InputModel):
    """That somebody was there, or was not. `supporter`: null for oneself; a supervisor names whom they mean."""

    attendance: Attendance
    supporter: uuid.UUID | None = None


class SupporterSupervision(OutputModel):
    """Whether a supporter has gone longer without supervision than the school wants. Nothing is taken away for it.

    `due_by`: the school's day by which the next is due; for the supporter alone, null for others, and while nothing
    counts. `next`: the next session that they are to be at, if it is planned.
    """

    supporter: uuid.UUID
    overdue: bool
    due_by: dt.date | None
    next: Instant | None
