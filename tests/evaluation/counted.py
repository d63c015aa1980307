"""A school with a year of reports, past the front door: hundreds of them, on days that have been."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Any

import httpx
from sqlmodel import Session, select

from app.core import clock
from app.core.clock import hour_of
from app.evaluation import closing
from app.models import Report, School, StatisticsPeriod
from app.schools import service as schools
from app.vocabulary import ReportState, Role
from tests.support.world import Someone, World

SCHOOL = "/v1/schools/harbour"
STATISTICS = f"{SCHOOL}/statistics"
PERIODS = f"{STATISTICS}/periods"
RULES = f"{SCHOOL}/statistics-rules"
TRANSPARENCY = f"{SCHOOL}/transparency"
# A day of the year that is counted, one on which it is over but not closed, and the first on which it can be.
IN_2027 = dt.datetime(2027, 5, 4, 3, 20, tzinfo=dt.UTC)
OVER = dt.datetime(2028, 1, 10, 3, tzinfo=dt.UTC)
DETAILS = ("relationship", "concern_types", "peer_knows", "site_id")
CLOSING = dt.datetime(2028, 1, 31, 3, tzinfo=dt.UTC)


def report(school: School, at: dt.datetime = IN_2027, **said: Any) -> Report:
    """One that is over. `said`: columns of the report, and answers that are kept as they were ticked."""
    details = {
        name: said.pop(name) for name in ("relationship", "concern_types", "peer_knows", "site_id") if name in said
    }
    columns: dict[str, Any] = {
        "state": ReportState.CLOSED,
        "about_whom": "someone_else",
        "about_role": "student",
        "independent": False,
        "signs": ["tearful"],
        "priority_stated": "soon",
        "needs_person_check": False,
        "wants": "advice_only",
        "promise": {},
    }
    return Report(
        school_id=school.id,
        receipt_hash=secrets.token_bytes(32),
        receipt_good_until=at.date(),
        submitted_at=at,
        updated_hour=hour_of(at),
        closed_hour=hour_of(at),
        details=details,
        **(columns | said),
    )


async def add(world: World, said: Iterable[dict[str, Any]], *, slug: str = "harbour") -> None:
    def work(session: Session) -> None:
        school = schools.find(session, slug)
        session.add_all([report(school, **each) for each in said])

    await world.write(work)


async def close_what_is_due(world: World, *, slug: str = "harbour") -> None:
    """As the hourly sweep does."""

    def work(session: Session) -> None:
        school = schools.find(session, slug)
        for period in closing.due(session, school, now=clock.now()):
            closing.close(session, school, period, now=clock.now())

    await world.write(work)


async def closed(world: World, *, slug: str = "harbour") -> dict[str, dict[str, Any]]:
    """All that is shown, by period."""

    def work(session: Session) -> dict[str, dict[str, Any]]:
        school = schools.find(session, slug)
        rows = session.exec(select(StatisticsPeriod).where(StatisticsPeriod.school_id == school.id))
        return {row.period: row.shown for row in rows}

    return await world.db.read(work)


async def evaluator(world: World) -> Someone:
    return await world.person(Role.EVALUATOR)


async def table(world: World, who: Someone, by: str, *, period: str = "2027", ending: str = "") -> httpx.Response:
    return await world.http.get(f"{STATISTICS}{ending}", headers=who.headers, params={"period": period, "by": by})


def a_year() -> list[dict[str, Any]]:
    """Seventy of friends, eleven of housemates, three of staff, and thirty that do not say."""
    lonely = {"concern_types": ["placement_isolation", "isolation"]}
    return [
        *({"relationship": "friend", "peer_knows": "does_not_know", **lonely} for _ in range(40)),
        *({"relationship": "friend", "peer_knows": "knows_and_agrees", "wants": "help_for_me_too"} for _ in range(30)),
        *({"relationship": "housemate", "priority_stated": "now"} for _ in range(11)),
        *({"relationship": "staff", "concern_types": ["money_or_housing"]} for _ in range(3)),
        *({"wants": "not_sure", "priority_stated": "when_you_can"} for _ in range(30)),
    ]
