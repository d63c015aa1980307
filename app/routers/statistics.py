"""Statistics: tables of closed periods for evaluators, as JSON, CSV and pictures; and what everybody may see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core import preconditions
from app.evaluation import chart, statistics, statistics_rules, table_csv
from app.evaluation.statistics_schemas import (
    PeriodCode,
    StatisticsIndex,
    StatisticsRulesOut,
    StatisticsRulesPut,
    StatisticsTable,
    TableName,
    Transparency,
)
from app.routers import replies
from app.routers.callers import (
    Evaluator,
    IfMatch,
    PrivacyOfficer,
    SchoolPath,
    StatisticsRulesReader,
    anonymous_limit,
)
from app.routers.docs import problems
from app.routers.roster_views import PICTURE_HEADERS, Svg
from app.routers.runtime import runtime_of

router = APIRouter(prefix="/v1/schools/{school}", tags=["evaluation"])

READ = problems(not_modified=True)
OF_A_PERIOD = problems(409, not_modified=True)
CACHED = {"Cache-Control": "public, max-age=3600"}
APeriod = Annotated[PeriodCode, Query(description="A closed period: a year, or a term as in `2027-T1`.")]
ATable = Annotated[
    TableName, Query(description="One of `tables` in the list of periods: one dimension, or two with a comma.")
]


class Csv(Response):
    media_type = replies.CSV


@router.get(
    "/statistics/periods",
    summary="Periods and tables that there are",
    response_model=StatisticsIndex,
    responses=READ,
)
async def get_statistics_periods(school: SchoolPath, request: Request, caller: Evaluator) -> Response:
    """Which periods are closed, when the others will be, and which tables there are of each. No dates can be chosen."""
    return replies.shown(request, await caller.read(statistics.index))


@router.get("/statistics", summary="A table", response_model=StatisticsTable, responses=OF_A_PERIOD)
async def get_statistics(
    school: SchoolPath, request: Request, caller: Evaluator, period: APeriod, by: ATable
) -> Response:
    """Counts of a closed period by one dimension, or by two of a fixed list. Small numbers are not shown.

    Asked again it is the same to the byte, whatever has become of the reports. 409 `period_not_closed` until 30 days
    after the period's last day.
    """
    return replies.shown(request, await caller.read(lambda s, a: statistics.table(s, a, period=period, by=by)))


@router.get("/statistics.csv", summary="A table as CSV", response_class=Csv, responses=OF_A_PERIOD)
async def export_statistics(
    school: SchoolPath, request: Request, caller: Evaluator, period: APeriod, by: ATable
) -> Response:
    """The values of the table as JSON, in its order, and no others."""
    found = await caller.read(lambda s, a: statistics.table(s, a, period=period, by=by))
    body = table_csv.written(found).encode()
    etag = preconditions.etag_of(body)
    return replies.conditional(request, body, etag=etag, headers=replies.NO_STORE, media_type=replies.CSV_UTF8)


@router.get("/statistics.svg", summary="A table as a picture", response_class=Svg, responses=OF_A_PERIOD)
async def get_statistics_chart(
    school: SchoolPath, request: Request, caller: Evaluator, period: APeriod, by: ATable
) -> Response:
    """Bars of what the table shows, each with its number; what is not shown is hatched, and as wide as any other."""
    found = await caller.read(lambda s, a: statistics.table(s, a, period=period, by=by))
    body = chart.drawn(found).encode()
    etag = preconditions.etag_of(body)
    return replies.conditional(request, body, etag=etag, headers=PICTURE_HEADERS, media_type=Svg.media_type)


@router.get("/statistics-rules", summary="What statistics go by", response_model=StatisticsRulesOut, responses=READ)
async def get_statistics_rules(school: SchoolPath, request: Request, caller: StatisticsRulesReader) -> Response:
    """The smallest group of which a number is shown, and the terms by which years are counted."""
    return replies.shown(request, await caller.read(statistics_rules.get))


@router.put(
    "/statistics-rules", summary="Decide what statistics go by", response_model=StatisticsRulesOut, responses=problems()
)
async def put_statistics_rules(
    school: SchoolPath, body: StatisticsRulesPut, request: Request, caller: PrivacyOfficer, version: IfMatch
) -> Response:
    """All anew, for periods that are not closed. Needs If-Match. The smallest group is 10 or more and is never lowered;
    terms are named before their year begins."""
    return replies.shown(request, await caller.write(lambda s, a: statistics_rules.put(s, a, body, version=version)))


@router.get(
    "/transparency",
    summary="How worries are answered",
    response_model=Transparency,
    responses=problems(503, not_modified=True),
    dependencies=[Depends(anonymous_limit)],
)
async def get_transparency(school: SchoolPath, request: Request) -> Response:
    """Of each closed period: how long a first answer took, missed targets, and decisions to tell somebody (STUDY D07).

    With numbers as small as a school's most are not shown.
    """
    found = await runtime_of(request).db.read(lambda s: statistics.transparency(s, school))
    return replies.shown(request, found, headers=CACHED)
