"""Pages in the load of a school: counted where that may be told, and where it may not, not even hinted at (J14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import Session, select
from story import URGENT, on_sqlite, team, urgent

from app.models import Page
from app.vocabulary import Role
from tests.support.world import Someone, World


async def load(world: World, coordinator: Someone, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """A day before and after `at`: whoever compares two answers asks both times of the same days."""
    now = (at or world.time.now()).replace(second=0, microsecond=0)
    window = {"from": (now - dt.timedelta(days=1)).isoformat(), "to": (now + dt.timedelta(days=1)).isoformat()}
    answer = await world.http.get("/v1/schools/harbour/rosters/load", params=window, headers=coordinator.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def pages(world: World, coordinator: Someone) -> dict[str, int]:
    return {each["alias"]: each["pages"] for each in (await load(world, coordinator))["people"]}


async def test_pages_of_a_report_that_is_kept_from_nobody_count(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await urgent(world)
    assert await pages(world, people.coordinator) == {"Backup": 0, "Primary": 2}


async def paged(world: World) -> int:
    return await world.db.read(lambda session: len(session.exec(select(Page.id)).all()))


@pytest.mark.parametrize(
    "kept",
    [
        {"keep_from": ["Backup"]},
        {"keep_from": ["Coordinator"]},
        {"keep_from": ["coordinator"]},
        {"about_role": "staff"},
    ],
    ids=str,
)
async def test_a_report_that_is_kept_from_somebody_changes_no_figure(world: World, kept: dict[str, Any]) -> None:
    """The whole answer stays: whoever is paged, with whatever result, and whether or not they are on a roster."""
    people = await team(world)
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True, alias="Handler")
    at = world.time.now()
    before = await load(world, people.coordinator, at=at)
    pages_before = await paged(world)
    await urgent(world, **kept)
    assert await paged(world) > pages_before, "somebody was paged"
    after = await load(world, people.coordinator, at=at)
    assert [each for each in after["people"] if each["pages"]] == []
    assert after["people"] == before["people"]
    assert str(handler.id) not in str(after)


@on_sqlite
async def test_pages_for_advice_count_although_they_leave_out_whoever_asks(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER)
    asked = await world.http.post(
        "/v1/schools/harbour/advice-requests",
        headers=supporter.headers | world.once(),
        json={"topic": "when_to_escalate", "summary": "When?"},
    )
    assert asked.status_code == 201
    assert await pages(world, people.coordinator) == {"Backup": 0, "Primary": 1}


@on_sqlite
async def test_who_was_paged_for_their_role_is_listed_too_and_drills_are_not(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, paged=True, alias="Lee")
    await world.report(URGENT)
    assert await pages(world, coordinator) == {"Lee": 1}

    def practice(session: Session) -> None:
        for page in session.exec(select(Page)):
            page.drill = True
            session.add(page)

    await world.write(practice)
    assert await pages(world, coordinator) == {}


@on_sqlite
async def test_pages_outside_the_window_and_of_another_school_do_not_count(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await world.school("coast", region="NSW")
    stranger = await world.person(Role.COORDINATOR, school="coast")
    now = world.time.now().replace(second=0, microsecond=0)
    window = {"from": (now + dt.timedelta(days=1)).isoformat(), "to": (now + dt.timedelta(days=2)).isoformat()}
    later = await world.http.get("/v1/schools/harbour/rosters/load", params=window, headers=people.coordinator.headers)
    assert {each["pages"] for each in later.json()["people"]} == {0}
    theirs = await world.http.get("/v1/schools/coast/rosters/load", params=window, headers=stranger.headers)
    assert (theirs.json()["people"], theirs.json()["lines"]) == ([], [])
