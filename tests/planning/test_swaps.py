"""Two shifts change hands together, or neither does (roster-semantics, rule 9)."""

from __future__ import annotations

import asyncio
from typing import Any

from app.vocabulary import Role
from tests.planning.scene import Scene, one_database, ref
from tests.support.world import World

A_LATER = ref(slot="2027-03-21T22:00:00Z")
AT_B, AT_A = "2027-03-09T00:00Z", "2027-03-23T00:00Z"


async def proposed(scene: Scene) -> dict[str, Any]:
    """B gives the week of 8 March to A, and would have that of 22 March."""
    body = {
        "other": str(scene.a.id),
        "give": {"roster_id": scene.roster, "shift": ref()},
        "get": {"roster_id": scene.roster, "shift": A_LATER},
    }
    made = await scene.post("swaps", body, by=scene.b, key=True)
    assert made.status_code == 201, made.text
    return made.json()


async def test_nothing_changes_until_the_other_accepts_then_both_do(world: World) -> None:
    scene = await Scene.set_up(world)
    swap = await proposed(scene)
    assert [await scene.on_call(at) for at in (AT_B, AT_A)] == [["Tomas"], ["Mira"]]
    await world.settle()
    assert [each["state"] for each in scene.told(scene.a, "shift_swap.changed")] == ["proposed"]
    done = await scene.post(f"swaps/{swap['id']}/accept", by=scene.a)
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert [await scene.on_call(at) for at in (AT_B, AT_A)] == [["Mira"], ["Tomas"]]
    overrides = (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"]
    assert [each["origin"] for each in overrides] == ["swap", "swap"]
    assert (await scene.post(f"swaps/{swap['id']}/accept", by=scene.a)).json() == done.json()
    shown = await scene.get(f"swaps/{swap['id']}", by=scene.b)
    assert shown.json() == done.json()


async def test_it_is_accepted_once_whoever_hurries(world: World) -> None:
    scene = await Scene.set_up(world)
    swap = await proposed(scene)
    answers = await asyncio.gather(*(scene.post(f"swaps/{swap['id']}/accept", by=scene.a) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len((await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"]) == 2


@one_database
async def test_when_one_half_has_gone_neither_is_done(world: World) -> None:
    scene = await Scene.set_up(world)
    swap = await proposed(scene)
    offer = {"roster_id": scene.roster, "shift": A_LATER}
    made = (await scene.post("shift-offers", offer, by=scene.a, key=True)).json()
    assert (await scene.post(f"shift-offers/{made['id']}/take", by=scene.c)).status_code == 200
    refused = await scene.post(f"swaps/{swap['id']}/accept", by=scene.a)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_their_shift")
    assert await scene.on_call(AT_B) == ["Tomas"]


@one_database
async def test_what_protects_either_stands_in_the_way_of_both(world: World) -> None:
    scene = await Scene.set_up(world)
    swap = await proposed(scene)
    exams = {"kind": "exam_window", "start": "2027-03-23T00:00Z", "end": "2027-03-24T00:00Z"}
    await scene.post("absences", exams, by=scene.b, key=True)
    refused = await scene.post(f"swaps/{swap['id']}/accept", by=scene.a)
    assert (refused.status_code, refused.json()["code"]) == (409, "rules_broken")
    assert [each["code"] for each in refused.json()["errors"]] == ["exam_window"]
    assert [await scene.on_call(at) for at in (AT_B, AT_A)] == [["Tomas"], ["Mira"]]


@one_database
async def test_either_may_say_no(world: World) -> None:
    scene = await Scene.set_up(world)
    for who, state in ((scene.a, "declined"), (scene.b, "withdrawn")):
        swap = await proposed(scene)
        path = f"swaps/{swap['id']}"
        assert [(await scene.post(f"{path}/decline", by=who)).json()["state"] for _ in range(2)] == [state, state]
        late = await scene.post(f"{path}/accept", by=scene.a)
        assert (late.status_code, late.json()["code"]) == (409, "swap_not_open")


async def test_who_stands_in_for_an_hour_stays_when_the_shift_is_exchanged(world: World) -> None:
    """A coordinator has put somebody in for a part of it: that part is nobody's to exchange."""
    scene = await Scene.set_up(world)
    hour = {"start": "2027-03-09T00:00Z", "end": "2027-03-09T01:00Z"}
    assert (await scene.edit("overrides", {"person": str(scene.c.id), **hour})).status_code == 201
    swap = await proposed(scene)
    assert (await scene.post(f"swaps/{swap['id']}/accept", by=scene.a)).status_code == 200
    assert await scene.shifts("2027-03-07T22:00Z", "2027-03-14T22:00Z") == [
        ("2027-03-07T22:00:00Z", "2027-03-09T00:00:00Z", ["Mira"]),
        ("2027-03-09T00:00:00Z", "2027-03-09T01:00:00Z", ["Noor"]),
        ("2027-03-09T01:00:00Z", "2027-03-14T22:00:00Z", ["Mira"]),
    ]
    assert await scene.on_call(AT_A) == ["Tomas"]


@one_database
async def test_a_swap_is_between_the_two_of_them(world: World) -> None:
    scene = await Scene.set_up(world)
    swap = await proposed(scene)
    for who in (scene.c, scene.coordinator):
        assert (await scene.get(f"swaps/{swap['id']}", by=who)).status_code == 404
        assert (await scene.post(f"swaps/{swap['id']}/accept", by=who)).status_code == 404
    assert (await scene.post(f"swaps/{swap['id']}/accept", by=scene.b)).status_code == 403
    with_oneself = {
        "other": str(scene.b.id),
        "give": {"roster_id": scene.roster, "shift": ref()},
        "get": {"roster_id": scene.roster, "shift": A_LATER},
    }
    refused = await scene.post("swaps", with_oneself, by=scene.b, key=True)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "with_oneself")


@one_database
async def test_a_swap_reaches_across_rosters(world: World) -> None:
    scene = await Scene.set_up(world)
    academic = await world.person(Role.ADVISER, alias="Ruth", paged=True)
    body = {"roster": scene.definition(academic, line="academic_advice", start="2027-03-08T09:00")}
    other = (await scene.post("rosters", body, key=True)).json()["id"]
    swap = {
        "other": str(academic.id),
        "give": {"roster_id": scene.roster, "shift": ref()},
        "get": {"roster_id": other, "shift": ref()},
    }
    made = await scene.post("swaps", swap, by=scene.b, key=True)
    assert made.status_code == 201, made.text
    assert (await scene.post(f"swaps/{made.json()['id']}/accept", by=academic)).status_code == 200
    assert await scene.on_call(AT_B, roster=other) == ["Tomas"]
    assert await scene.on_call(AT_B) == ["Ruth"]
