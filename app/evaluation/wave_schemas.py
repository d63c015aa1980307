"""Waves as they arrive and leave: who is asked what, and how many of them there are."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel
from app.evaluation.instrument_schemas import MOST_ITEMS
from app.evaluation.item_words import asks_about_ending_life
from app.evaluation.pack import Code
from app.vocabulary.evaluation import DesignWarning, Direction, Domain, Population, WaveState, Withheld

MOST_POPULATIONS = len(Population)
MOST_INSTRUMENTS = 10
MOST_ASKED = 200
LONGEST = dt.timedelta(days=366)
# Of the last year that a `period` can name.
LAST_DAY = dt.date(2099, 12, 31)
MOST_CODES = 1000

Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Invited = Annotated[int, Field(ge=1, le=100_000)]
# A year, or a term of one: never shorter (domain, 3.7).
Period = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}(-T[1-4])?$", max_length=7)]
KeepDays = Annotated[int, Field(ge=0, le=365)]
# An item of a wave: its instrument and its own code.
ItemCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,39}\.[a-z][a-z0-9_-]{1,39}$", min_length=5, max_length=81)
]
Percent = Annotated[int, Field(ge=0, le=100)]
ResponseCode = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _no_day() -> dt.date:
    return dt.date.min


class PopulationIn(InputModel):
    """Whom a wave asks, and how many of them there are to ask: what every rate is a part of (STUDY B10)."""

    population: Population
    invited: Invited


class AskedBy(InputModel):
    """An instrument of a wave. `items`: only these of it; `populations`: only these are asked by it."""

    instrument: Code
    items: list[Code] | None = Field(default=None, min_length=1, max_length=MOST_ITEMS)
    populations: list[Population] | None = Field(default=None, min_length=1, max_length=MOST_POPULATIONS)


class WaveCreate(InputModel):
    """A wave: one time of asking people whether the program helps or harms.

    `period` is a year or a term. `program_started_on`: null before there is one. `previous_wave`: the wave before it
    in a series, which is closed. `keep_answers_days`: after closing, until every single answer is erased.
    """

    title: Title
    period: Period
    populations: list[PopulationIn] = Field(min_length=1, max_length=MOST_POPULATIONS)
    instruments: list[AskedBy] = Field(min_length=1, max_length=MOST_INSTRUMENTS)
    opens_on: dt.date
    closes_on: dt.date
    program_started_on: dt.date | None = None
    previous_wave: uuid.UUID | None = None
    keep_answers_days: KeepDays = 30

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if not dt.timedelta() <= self.closes_on - self.opens_on <= LONGEST:
            raise PydanticCustomError("not_in_order", "It closes on the day it opens or later, within a year.")
        if self.closes_on > LAST_DAY:
            raise PydanticCustomError("too_far_off", f"It closes in {LAST_DAY.year} or before.")
        if len({each.population for each in self.populations}) < len(self.populations):
            raise PydanticCustomError("population_twice", "A population stands there once.")
        if len({each.instrument for each in self.instruments}) < len(self.instruments):
            raise PydanticCustomError("instrument_twice", "An instrument stands there once.")
        if asks_about_ending_life(self.title):
            raise PydanticCustomError("asks_about_suicide", "The title stands above every form: nothing of that kind.")
        return self


class WaveUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays as it is."""

    # Factories, so that the document shows no defaults: what is absent is never read.
    title: Title = Field(default_factory=str)
    period: Period = Field(default_factory=str)
    populations: list[PopulationIn] = Field(default_factory=list, min_length=1, max_length=MOST_POPULATIONS)
    instruments: list[AskedBy] = Field(default_factory=list, min_length=1, max_length=MOST_INSTRUMENTS)
    opens_on: dt.date = Field(default_factory=_no_day)
    closes_on: dt.date = Field(default_factory=_no_day)
    program_started_on: dt.date | None = None
    previous_wave: uuid.UUID | None = None
    keep_answers_days: KeepDays = Field(default_factory=int)


class WavePopulationOut(OutputModel):
    """`items`: how many are asked. `responded` and its rate are there once the wave is closed, and enough answered:
    to the nearest five, so that nobody can tell whether one more has. `withheld` says why they are not.
    """

    population: Population
    invited: Invited
    items: Annotated[int, Field(ge=0, le=MOST_ASKED)]
    codes_given: Annotated[int, Field(ge=0, le=100_000)]
    responded: Annotated[int, Field(ge=0, le=100_000)] | None
    response_rate_percent: Percent | None
    withheld: Withheld | None


class WaveItemOut(OutputModel):
    code: ItemCode
    populations: Annotated[list[Population], Field(max_length=MOST_POPULATIONS)]
    direction: Direction
    domain: Domain | None


class DesignWarningOut(OutputModel):
    """`population`: whom it is about, where it is about one."""

    code: DesignWarning
    population: Population | None
    detail: Line


class AskedByOut(OutputModel):
    instrument: Code
    items: Annotated[list[Code], Field(max_length=MOST_ITEMS)] | None
    populations: Annotated[list[Population], Field(max_length=MOST_POPULATIONS)] | None


class WaveOut(OutputModel):
    """`answers_erased`: no single answer is kept any more, only the tables."""

    id: uuid.UUID
    title: Title
    state: WaveState
    period: Period
    populations: Annotated[list[WavePopulationOut], Field(max_length=MOST_POPULATIONS)]
    instruments: Annotated[list[AskedByOut], Field(max_length=MOST_INSTRUMENTS)]
    items: Annotated[list[WaveItemOut], Field(max_length=MOST_ASKED)]
    opens_on: dt.date
    closes_on: dt.date
    program_started_on: dt.date | None
    previous_wave: uuid.UUID | None
    keep_answers_days: KeepDays
    design_warnings: Annotated[list[DesignWarningOut], Field(max_length=40)]
    opened_hour: Instant | None
    closed_hour: Instant | None
    answers_erased: bool
    version: Annotated[int, Field(ge=1, le=2**31)]


class WavePage(Page[WaveOut]):
    """One page of waves."""


class CodesWanted(InputModel):
    population: Population
    count: Annotated[int, Field(ge=1, le=MOST_CODES)]


class CodeBatch(OutputModel):
    """Codes for people of one population, each for one answer. They are shown here and never again, and are bound to
    nobody: who gets which is not known here."""

    population: Population
    closes_on: dt.date
    tokens: Annotated[list[ResponseCode], Field(max_length=MOST_CODES)]
