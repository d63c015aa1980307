"""What is to be expected of a programme, term by term."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from app.core.schemas import OutputModel, ShortText
from app.schools.post_schemas import PostCode
from app.vocabulary import RosterLine, SponsorKind
from app.vocabulary.succession import RiskReason

Count = Annotated[int, Field(ge=0, le=100_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class LineForecast(OutputModel):
    """`covered_percent`: of the time in which somebody is expected until the term ends, as the rosters stand now. Null
    where nothing is expected, and where a roster hands over too often to be looked at so far ahead, or the term ends in
    more than ten years."""

    line: RosterLine
    covered_percent: Percent | None


class TermForecast(OutputModel):
    """`staying`: known to be there after its last day; `unknown`: nobody has said until when. `too_few`: below the
    minimum even if all of those stay; `unsure`: it depends on them."""

    name: ShortText
    ends_on: dt.date
    set_by_school: bool
    staying: Count
    unknown: Count
    too_few: bool
    unsure: bool
    lines: Annotated[list[LineForecast], Field(max_length=10)]


class PostForecast(OutputModel):
    """A post that nobody holds, or whose holder goes. `ends_on` null: it is vacant already."""

    post: PostCode
    title: ShortText
    ends_on: dt.date | None
    has_plan: bool


class SponsorForecast(OutputModel):
    kind: SponsorKind
    title: ShortText
    term_end: dt.date


class ForecastOut(OutputModel):
    """The next four terms: the school's own, and half years after those. Nothing is assumed of anybody: what depends on
    those whose last day is not known is said to be so.

    `active`: supporters who are active now; `minimum`: what the school has decided, 0 where it has no programme.
    `at_risk`: why the programme may end with those who go next.
    """

    active: Count
    minimum: Count
    at_risk: Annotated[list[RiskReason], Field(max_length=10)]
    terms: Annotated[list[TermForecast], Field(max_length=4)]
    posts: Annotated[list[PostForecast], Field(max_length=500)]
    sponsors: Annotated[list[SponsorForecast], Field(max_length=20)]
