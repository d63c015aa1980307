"""Nobody waits in silence: a question for today is paged at once, and what was not read by its time is paged then."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.vocabulary import Level, Role
from tests.reports.harbour import my_pages, one_database
from tests.support.world import Someone, World

MELBOURNE = ZoneInfo("Australia/Melbourne")
EVENING = dt.datetime(2027, 3, 10, 20, tzinfo=MELBOURNE)
MORNING = dt.datetime(2027, 3, 11, 9, tzinfo=MELBOURNE)


async def scene(world: World) -> tuple[Someone, Someone]:
    """In the evening: an adviser on call, and a reader who comes in the morning."""
    await world.school()
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    triager = await world.person(Role.TRIAGER, alias="Tess")
    await world.on_call(adviser)
    world.time.set(EVENING)
    return adviser, triager


async def made(world: World, **fields: Any) -> dict[str, Any]:
    answer = await world.report("tearful", **fields)
    assert answer.status_code == 201, answer.text
    await world.settle()
    body: dict[str, Any] = answer.json()
    return body


@one_database
async def test_a_friend_who_wants_advice_today_has_the_clock_of_a_supporter(world: World) -> None:
    """STUDY I02: they need expert advice at once, too."""
    adviser, _ = await scene(world)
    answer = await made(world, wants="advice_only", priority="today")
    assert answer["expect"]["staffed_now"] is True
    read_by = dt.datetime.fromisoformat(answer["expect"]["read_by"])
    assert dt.timedelta(minutes=30) <= read_by - EVENING <= dt.timedelta(minutes=32)
    [page] = await my_pages(world, adviser)
    assert (page["priority"], page["subject_kind"]) == ("today", "report")


@one_database
@pytest.mark.parametrize("fields", [{"wants": "just_letting_you_know", "priority": "today"}, {"priority": "soon"}])
async def test_what_can_wait_wakes_nobody_at_night(world: World, fields: dict[str, str]) -> None:
    adviser, _ = await scene(world)
    answer = await made(world, **fields)
    assert dt.datetime.fromisoformat(answer["expect"]["read_by"]) == MORNING
    world.time.advance(hours=12)
    await world.settle()
    assert await my_pages(world, adviser) == []


async def test_what_nobody_has_opened_by_the_promised_time_is_asked_of_whoever_is_on(world: World) -> None:
    adviser, triager = await scene(world)
    unread = await made(world)
    await made(world)
    [_, other] = (await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)).json()["items"]
    # One of them is opened in the morning, before the time; the queue shows no words, so looking at it is no reading.
    await world.http.get(f"/v1/schools/harbour/reports/{other['id']}", headers=triager.headers)
    world.time.set(MORNING)
    world.time.advance(minutes=1)
    await world.settle()
    pages = await my_pages(world, adviser)
    assert [(page["priority"], page["state"]) for page in pages] == [("today", "delivered")]
    shown = [
        (await world.http.get("/v1/me/report", headers=await world.reporter(each["receipt"]))).json()["expect"]["basis"]
        for each in (unread,)
    ]
    assert len(shown) == 1
    again = await world.settle()
    assert again == 0


@one_database
async def test_it_stays_kept_from_whom_it_is_kept_from(world: World) -> None:
    adviser, _ = await scene(world)
    other = await world.person(Role.ADVISER, alias="Omar", paged=True)
    await world.on_call(other, level=Level.BACKUP)
    await made(world, keep_from=["Mira"])
    world.time.set(MORNING)
    world.time.advance(minutes=1)
    await world.settle()
    assert await my_pages(world, adviser) == []
    assert len(await my_pages(world, other)) == 1


@one_database
async def test_without_advisers_a_question_for_today_is_read_like_any_other(world: World) -> None:
    await world.school()
    await world.person(Role.TRIAGER, alias="Tess")
    world.time.set(EVENING)
    answer = await made(world, wants="advice_only", priority="today")
    assert dt.datetime.fromisoformat(answer["expect"]["read_by"]) == MORNING
