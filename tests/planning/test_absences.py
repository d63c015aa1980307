"""Being away counts at once, needs nobody's leave, and leaves a gap rather than a surprise (STUDY D10, J8)."""

from __future__ import annotations

import pytest

from app.vocabulary import Role
from tests.planning.scene import Scene, one_database
from tests.support.world import World

AWAY = {"kind": "leave", "start": "2027-03-10T00:00Z", "end": "2027-03-12T00:00Z"}


async def test_leave_opens_a_gap_and_moves_no_other_turn(world: World) -> None:
    scene = await Scene.set_up(world)
    made = await scene.post("absences", AWAY, by=scene.b, key=True)
    assert made.status_code == 201, made.text
    [changed] = made.json()["changes"]
    assert changed["roster_id"] == scene.roster
    assert changed["change"]["gaps_opened"] == [
        {"start": "2027-03-10T00:00:00Z", "end": "2027-03-12T00:00:00Z", "cause": "leave"}
    ]
    assert await scene.shifts("2027-03-07T22:00Z", "2027-03-15T00:00Z") == [
        ("2027-03-07T22:00:00Z", "2027-03-10T00:00:00Z", ["Tomas"]),
        ("2027-03-10T00:00:00Z", "2027-03-12T00:00:00Z", []),
        ("2027-03-12T00:00:00Z", "2027-03-14T22:00:00Z", ["Tomas"]),
        ("2027-03-14T22:00:00Z", "2027-03-15T00:00:00Z", ["Noor"]),
    ]
    shown = await scene.get(made.headers["Location"].removeprefix("/v1/schools/harbour/"), by=scene.b)
    assert shown.json() == {name: value for name, value in made.json().items() if name != "changes"}


@one_database
async def test_coming_back_closes_it(world: World) -> None:
    scene = await Scene.set_up(world)
    made = (await scene.post("absences", AWAY, by=scene.b, key=True)).json()
    path = f"absences/{made['id']}"
    etag = (await scene.get(path, by=scene.b)).headers["ETag"]
    assert (await scene.send("DELETE", path, by=scene.b, etag=etag)).status_code == 204
    assert await scene.on_call("2027-03-11T00:00Z") == ["Tomas"]
    [gap] = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    assert gap["state"] == "covered"
    assert (await scene.get(path, by=scene.b)).status_code == 404


async def test_the_time_that_one_was_away_stays_a_fact(world: World) -> None:
    scene = await Scene.set_up(world)
    made = (await scene.post("absences", AWAY, by=scene.b, key=True)).json()
    world.time.advance(days=10)
    path = f"absences/{made['id']}"
    etag = (await scene.get(path, by=scene.b)).headers["ETag"]
    assert (await scene.send("DELETE", path, by=scene.b, etag=etag)).status_code == 204
    assert [await scene.on_call(at) for at in ("2027-03-10T23:00Z", "2027-03-11T01:00Z")] == [[], ["Tomas"]]
    over = await scene.send("DELETE", path, by=scene.b, etag=(await scene.get(path, by=scene.b)).headers["ETag"])
    assert (over.status_code, over.json()["code"]) == (409, "absence_over")


@one_database
async def test_until_further_notice_and_back_later(world: World) -> None:
    scene = await Scene.set_up(world)
    made = (await scene.post("absences", {"kind": "placement", "start": AWAY["start"]}, by=scene.b, key=True)).json()
    assert made["end"] is None
    path = f"absences/{made['id']}"
    etag = (await scene.get(path, by=scene.b)).headers["ETag"]
    patched = await scene.send("PATCH", path, {"end": "2027-03-13T00:00Z"}, by=scene.b, etag=etag)
    assert patched.json()["end"] == "2027-03-13T00:00:00Z"
    [gap] = (await scene.get(f"rosters/{scene.roster}/gaps", state="open")).json()["items"]
    assert (gap["cause"], gap["end"]) == ("placement", "2027-03-13T00:00:00Z")
    early = await scene.send("PATCH", path, {"end": "2027-03-09T00:00Z"}, by=scene.b, etag=patched.headers["ETag"])
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "end_not_after_start")


@one_database
async def test_the_past_is_refused(world: World) -> None:
    scene = await Scene.set_up(world)
    refused = await scene.post("absences", AWAY | {"start": "2027-02-01T00:00Z"}, by=scene.b, key=True)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "in_the_past")


@one_database
async def test_a_pause_or_lapsed_training_is_said_by_a_coordinator(world: World) -> None:
    """T09: lapsed training takes somebody off shifts to come, and raises the gap."""
    scene = await Scene.set_up(world)
    body = {"kind": "training_lapsed", "start": "2027-03-08T00:00Z", "person": str(scene.b.id)}
    assert (await scene.post("absences", body, by=scene.b, key=True)).status_code == 403
    assert (await scene.post("absences", body | {"kind": "leave"}, by=scene.a, key=True)).status_code == 403
    made = await scene.post("absences", body, key=True)
    assert made.status_code == 201
    assert made.json()["changes"][0]["change"]["gaps_opened"][0]["cause"] == "training_lapsed"
    path = f"absences/{made.json()['id']}"
    etag = (await scene.get(path, by=scene.b)).headers["ETag"]
    assert (await scene.send("DELETE", path, by=scene.b, etag=etag)).status_code == 403


@one_database
async def test_why_somebody_is_away_is_for_coordinators_alone(world: World) -> None:
    """J8: others see that nobody is there; a pause is nobody's business."""
    scene = await Scene.set_up(world)
    sponsor = await world.person(Role.SPONSOR, paged=True)
    body = {"kind": "paused", "start": "2027-03-08T00:00Z", "person": str(scene.b.id)}
    made = (await scene.post("absences", body, key=True)).json()
    gaps = f"rosters/{scene.roster}/gaps"
    causes = {
        who.alias: {each["cause"] for each in (await scene.get(gaps, by=who)).json()["items"]}
        for who in (scene.coordinator, sponsor, scene.a)
    }
    assert causes == {"Lee": {"paused"}, sponsor.alias: {"unfilled"}, "Mira": {"unfilled"}}
    window = {"from": "2027-03-08T00:00Z", "to": "2027-03-20T00:00Z"}
    rosters = (await scene.get("coverage", by=sponsor, **window)).json()["rosters"]
    assert {gap["cause"] for each in rosters for gap in each["gaps"]} == {"unfilled"}
    assert (await scene.get("absences", by=scene.a)).json()["items"] == []
    assert (await scene.get(f"absences/{made['id']}", by=scene.a)).status_code == 404
    await world.settle()
    for who in (scene.coordinator, sponsor):
        assert {each["cause"] for each in scene.told(who, "coverage.gap_upcoming")} == {"unfilled"}
    assert scene.told(sponsor, "absence.changed") == []


@pytest.mark.parametrize("combine", ["precedence", "union"])
@one_database
async def test_where_somebody_else_stands_by_there_is_no_gap(world: World, combine: str) -> None:
    scene = await Scene.set_up(world)
    plan = scene.plan(scene.b)
    plan["layers"].append(scene.plan(scene.c)["layers"][0] | {"id": "standing by", "rank": 0})
    await scene.edit("versions", {"effective_from": None, "plan": plan | {"combine": combine}})
    made = await scene.post("absences", AWAY, by=scene.b, key=True)
    assert made.json()["changes"][0]["change"]["gaps_opened"] == []
    assert await scene.on_call("2027-03-11T00:00Z") == ["Noor"]
