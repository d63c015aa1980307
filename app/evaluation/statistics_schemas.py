"""Statistics as an evaluator gets them, what everybody may see, and the rules of a school."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, OutputModel, Slug
from app.evaluation.suppression import BASE, SMALLEST_GROUP, Suppression

PeriodCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[A-Z0-9]{1,8})?$", max_length=13)]
# One dimension, or two with a comma between them.
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}(,[a-z_]{1,40}){0,7}$", max_length=330)]
Code = Annotated[str, StringConstraints(max_length=80)]
Text = Annotated[str, StringConstraints(max_length=1000)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
# Above that nothing would ever be shown, and it cannot be lowered again. By fives, as numbers are shown: of groups of
# twelve and more, a ten would be a twelve and no other.
SmallestGroup = Annotated[int, Field(ge=SMALLEST_GROUP, le=50, multiple_of=BASE)]
# Shorter is a window that somebody could move around a person.
SHORTEST_TERM_DAYS = 56
MOST_TERMS = 80


class ShownCount(OutputModel):
    """Rounded to 5; or null, and why."""

    count: Count | None
    suppressed: Suppression | None


class StatisticsCell(OutputModel):
    """One number of a table. `codes`: one for each dimension; `of`: what `percent` is a share of, as it is shown."""

    codes: Annotated[list[Code], Field(min_length=1, max_length=2)]
    count: Count | None
    of: Count | None
    percent: Annotated[int, Field(ge=0, le=100)] | None
    suppressed: Suppression | None


class StatisticsMethod(OutputModel):
    """How the numbers came to be: to be cited with them."""

    smallest_group: SmallestGroup
    rounded_to: Annotated[int, Field(ge=1, le=100)]
    percent_from: Annotated[int, Field(ge=1, le=100)]
    adds_up: bool
    never_shown: Text | None
    rules: Annotated[list[Text], Field(max_length=20)]
    source: Text


class StatisticsTable(OutputModel):
    """A table of a closed period. Asked again it is the same to the byte."""

    school: Slug
    period: PeriodCode
    starts_on: dt.date
    ends_on: dt.date
    closed_on: dt.date
    by: Annotated[list[Code], Field(min_length=1, max_length=2)]
    about: Text
    total: ShownCount
    cells: Annotated[list[StatisticsCell], Field(max_length=200)]
    method: StatisticsMethod


class StatisticsPeriodOut(OutputModel):
    """A period that has begun. `closes_on`: the first day on which it can be shown; null in `closed_on` until then."""

    period: PeriodCode
    starts_on: dt.date
    ends_on: dt.date
    closes_on: dt.date
    closed_on: dt.date | None


class StatisticsTableKind(OutputModel):
    """A table that there is for each period: what to send as `by`."""

    by: TableName
    about: Text
    adds_up: bool


class StatisticsIndex(OutputModel):
    """The periods, the latest first, and the tables of each. There are no others, and no dates to choose."""

    school: Slug
    periods: Annotated[list[StatisticsPeriodOut], Field(max_length=200)]
    tables: Annotated[list[StatisticsTableKind], Field(max_length=20)]


class StatisticsTerm(InputModel):
    """A term by which its year is counted. `period`: the year and a short name, as in `2027-T1`; both days included."""

    period: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[A-Z0-9]{1,8}$", max_length=13)]
    starts_on: dt.date
    ends_on: dt.date

    @model_validator(mode="after")
    def _within_its_year(self) -> Self:
        if not self.period.startswith(f"{self.starts_on.year}-") or self.starts_on.year != self.ends_on.year:
            raise PydanticCustomError("outside_its_year", "A term begins and ends in the year that it is named for.")
        if (self.ends_on - self.starts_on).days + 1 < SHORTEST_TERM_DAYS:
            raise PydanticCustomError("term_too_short", "A term that is counted has eight weeks or more.")
        return self


class StatisticsRulesPut(InputModel):
    """`smallest_group` can be raised and never lowered. `terms`: only of years that have not begun can change."""

    smallest_group: SmallestGroup
    terms: list[StatisticsTerm] = Field(max_length=MOST_TERMS)

    @model_validator(mode="after")
    def _one_after_another(self) -> Self:
        if len({term.period for term in self.terms}) < len(self.terms):
            raise PydanticCustomError("twice_the_same_term", "Each term once at the most.")
        ordered = sorted(self.terms, key=lambda term: term.starts_on)
        if any(one.ends_on >= other.starts_on for one, other in itertools.pairwise(ordered)):
            raise PydanticCustomError("terms_overlap", "No day is in two terms.")
        return self


class StatisticsTermOut(OutputModel):
    period: PeriodCode
    starts_on: dt.date
    ends_on: dt.date


class StatisticsRulesOut(OutputModel):
    """What the school's statistics go by. A year without terms is counted as a whole; no year as both."""

    smallest_group: SmallestGroup
    terms: Annotated[list[StatisticsTermOut], Field(max_length=MOST_TERMS)]


class OpenPeriod(OutputModel):
    """A closed period. `median_time_to_answer`: within how long half of all worries had a first answer, as a class."""

    period: PeriodCode
    starts_on: dt.date
    ends_on: dt.date
    closed_on: dt.date
    worries: ShownCount
    median_time_to_answer: Code | None
    median_suppressed: Suppression | None
    missed_targets: ShownCount
    confidentiality_decisions: ShownCount


class Transparency(OutputModel):
    """How worries that were shared with a school were answered. The latest period first."""

    school: Slug
    text: Text
    rules: Annotated[list[Text], Field(max_length=20)]
    periods: Annotated[list[OpenPeriod], Field(max_length=20)]
