"""Two hundred people at the same moment: nobody is refused, nothing is lost, and nothing says who came first."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from app.core.db import DatabaseUnavailable
from app.core.together import LARGEST_GROUP, Together
from app.models import Report, WorkItem
from app.reports import unread
from app.reports.outlook import Outlooks
from app.reports.schemas import ReportCreated
from app.vocabulary import Role
from app.work import queue
from tests.reports.harbour import REPORTS, one_database, rows
from tests.support.world import World

CLIENTS = 200
EVENING = dt.datetime(2027, 3, 10, 20, tzinfo=ZoneInfo("Australia/Melbourne"))
SIGNS = ("tearful", "isolated", "not_replying", "sleeping_less", "falling_behind")
# Of 200 values in no order, the rank correlation with anything stays below this but once in 10 million times.
NO_ORDER = 0.38


def correlation(values: Sequence[Any]) -> float:
    """Spearman's, between the values and the order they are given in. 0 where all are the same."""
    ordered = sorted(set(values))
    if len(ordered) < 2:
        return 0.0
    ranks = [ordered.index(value) for value in values]
    count, mean, middle = len(ranks), sum(ranks) / len(ranks), (len(ranks) - 1) / 2
    both = sum((rank - mean) * (place - middle) for place, rank in enumerate(ranks))
    spread = sum((rank - mean) ** 2 for rank in ranks) * (count**3 - count) / 12
    return float(both / spread**0.5)


def plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


async def test_two_hundred_at_once_are_all_stored_and_none_shows_its_place(world: World) -> None:
    await world.school()
    await world.person(Role.TRIAGER, alias="Tess")
    await world.person(Role.TRIAGER, alias="Eli")
    world.app.state.runtime.outlooks = Outlooks(seconds=1)
    world.time.set(EVENING)
    signs = list(itertools.combinations(SIGNS, 2))

    async def client(number: int) -> dict[str, Any]:
        body = {"signs": signs[number % len(signs)], "narrative": f"In words of their own, {number}."}
        # Some come with a key, and some are kept from somebody: those have a transaction of their own.
        headers = world.once() if number % 10 == 0 else {}
        answer = await world.http.post(
            REPORTS, json=body | ({"keep_from": ["Eli"]} if number % 25 == 1 else {}), headers=headers
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    answers = await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    for answer in answers:
        ReportCreated.model_validate(answer, by_alias=True)
    receipts = {answer["receipt"] for answer in answers}
    assert len(receipts) == CLIENTS
    stored = sorted(await rows(world, Report), key=lambda report: report.submitted_at)
    assert len(stored) == CLIENTS
    assert {report.id.version for report in stored} == {4}
    # The exact time is there as long as the report is open (design, 3); nothing else may be in its order.
    for column in set(Report.model_fields) - {"submitted_at"}:
        values = [plain(getattr(report, column)) for report in stored]
        comparable = ["" if value is None else value for value in values] if None in values else values
        if len({type(value) for value in comparable}) == 1:
            assert abs(correlation(comparable)) < NO_ORDER, column
    # One row looks after all of them, and tells of the school and of its promise alone.
    [watch] = [item for item in await rows(world, WorkItem) if item.kind == unread.UNREAD_BY]
    promised = answers[0]["expect"]["read_by"]
    assert {answer["expect"]["read_by"] for answer in answers} == {promised}
    assert (watch.subject, watch.payload, watch.due_at) == (
        stored[0].school_id,
        {"read_by": promised},
        dt.datetime.fromisoformat(promised),
    )
    assert watch.id.version == 4
    for receipt in sorted(receipts)[:: CLIENTS // 20]:
        mine = await world.http.get("/v1/me/report", headers=await world.reporter(receipt))
        assert mine.json()["status"] == "received"


async def test_the_order_that_is_looked_for_would_be_found() -> None:
    assert correlation(range(CLIENTS)) > 0.99
    assert abs(correlation([uuid.uuid4() for _ in range(CLIENTS)])) < NO_ORDER


@one_database
async def test_a_fault_of_one_is_not_one_of_those_it_came_with(world: World) -> None:
    groups: list[list[str]] = []

    def work(session: Session, items: Sequence[str]) -> list[str]:
        groups.append(list(items))
        for item in items:
            queue.enqueue(session, item, uuid.uuid4(), due_at=EVENING, now=EVENING)
        if "bad" in items:
            raise ValueError("bad")
        return [item.upper() for item in items]

    together = Together(world.db, work, meets_locks=lambda _: False)
    names = ["one", "bad", *(f"k{number}" for number in range(LARGEST_GROUP))]
    results = await asyncio.gather(*(together.write(name) for name in names), return_exceptions=True)
    assert isinstance(results[1], ValueError)
    assert [name.upper() for name in names if name != "bad"] == [each for each in results if isinstance(each, str)]
    assert sorted(item.kind for item in await rows(world, WorkItem)) == sorted(set(names) - {"bad"})
    assert len(groups[0]) == LARGEST_GROUP


@one_database
async def test_what_may_have_been_stored_is_not_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    async def away(work: object) -> None:
        tried.append(work)
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(world.db, "write", away)
    together = Together[str, str](world.db, lambda _, items: list(items), meets_locks=lambda _: False)
    results = await asyncio.gather(*(together.write(name) for name in "abc"), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 3
    assert len(tried) == 1
