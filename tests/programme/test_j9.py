"""J9 from beginning to end, with a moved clock: a supporter graduates, somebody comes after them, nobody is dropped."""

from __future__ import annotations

import datetime as dt

import pytest

from app.vocabulary import Role
from tests.programme.going import MINE, say, step_down, told, until, watched
from tests.reports.passing_on import answer, ask, held, my_contacts, offered
from tests.support.world import World

START = dt.datetime(2027, 3, 1, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_supporter_graduates_and_nobody_is_dropped(world: World) -> None:
    """1) 120 days before it is told; 2) there is a plan; 3) whom they met goes over to somebody else; 4) they are
    alumni, and their token opens nothing."""
    world.time.set(START)
    story = await held(world)
    wren, triager, lee = story.supporter, story.people.triager, story.people.coordinator
    ada = await world.person(Role.SUPPORTER, alias="Ada", paged=True)
    contact = await offered(world, story)
    assert (await answer(world, wren, contact, "accept")).status_code == 200
    await watched(world)

    assert (await say(world, wren, "2027-06-30")).status_code == 200
    await world.settle()
    assert told(world, wren, "succession.due") == [], "121 days"
    await until(world, "2027-03-01T13:30+00:00")
    assert len(told(world, wren, "succession.due")) == 1, "it is 2 March in Melbourne"
    await until(world, "2027-03-09T13:30+00:00")
    assert len(told(world, wren, "succession.due")) == 1

    body = {"person": str(wren.id), "successor": str(ada.id), "shadow_from": "2027-05-31"}
    plan = await world.http.post("/v1/succession-plans", headers=lee.headers | world.once(), json=body)
    assert (plan.status_code, plan.json()["ends_on"], plan.json()["missing"]) == (201, "2027-06-30", [])

    assert (await step_down(world, wren, last_day="2027-06-30")).json()["status"] == "stepping_down"
    shown = await world.http.get(f"{story.path}/contacts", headers=triager.headers)
    assert [each["leaves_on"] for each in shown.json()["items"]] == ["2027-06-30"]
    offered_to = await world.http.get(f"{story.path}/supporters", headers=triager.headers)
    assert [each["alias"] for each in offered_to.json()["items"]] == ["Ada"]
    ended = await world.http.post(f"{story.path}/contacts/{contact}/end", headers=triager.headers)
    assert ended.status_code == 200, ended.text
    over = await ask(world, story, ada)
    assert over.status_code == 201, over.text
    assert (await answer(world, ada, over.json()["id"], "accept")).status_code == 200

    await until(world, "2027-06-30T13:30+00:00")
    assert (await world.http.get(MINE, headers=wren.headers)).status_code == 200, "the last half hour"
    await until(world, "2027-06-30T14:30+00:00")
    await until(world, "2027-06-30T15:30+00:00")
    assert (await world.http.get(MINE, headers=wren.headers)).status_code == 401
    assert [each["state"] for each in await my_contacts(world, ada)] == ["accepted"]
    found = (await world.http.get("/v1/supporters", headers=lee.headers)).json()["items"]
    assert {each["alias"]: each["status"] for each in found} == {"Ada": "active", "Wren": "alumni"}
    [signed] = [each["agreement"] for each in found if each["alias"] == "Wren"]
    assert signed["signed_version"] == signed["asked_version"] is not None, "it goes on"
