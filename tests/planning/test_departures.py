"""Somebody leaves: their cover is listed, and goes to somebody in the same transaction, or nothing is done."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.models import Person
from tests.planning.scene import Scene, one_database, ref
from tests.support.world import World


@one_database
async def test_somebody_with_cover_does_not_just_go(world: World) -> None:
    scene = await Scene.set_up(world)
    path = f"people/{scene.b.id}/departures"
    refused = await scene.post(path, {}, key=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_cover")
    assert refused.json()["errors"][0] == {
        "code": "has_cover",
        "detail": "Weeks: 2027-03-07T22:00Z to 2027-03-14T22:00Z",
    }
    assert await scene.on_call("2027-03-08T00:00Z") == ["Tomas"]


async def test_their_turns_go_to_somebody_and_no_other_turn_moves(world: World) -> None:
    scene = await Scene.set_up(world)
    window = ("2027-03-01T00:00Z", "2027-05-31T00:00Z")
    before = await scene.shifts(*window)
    done = await scene.post(f"people/{scene.b.id}/departures", {"reassign_to": str(scene.c.id)}, key=True)
    assert done.status_code == 201, done.text
    assert done.json()["cover"][0]["start"] == "2027-03-07T22:00:00Z"
    after = await scene.shifts(*window)
    handed_over = [(start, [name.replace("Tomas", "Noor") for name in people]) for start, _, people in before]
    assert {start: people for start, _, people in after}.items() <= dict(handed_over).items()
    listed = await scene.get(f"people/{scene.b.id}/shifts", **{"from": window[0], "to": window[1]})
    assert listed.json()["items"] == []


@one_database
async def test_each_turn_may_fall_to_the_next(world: World) -> None:
    scene = await Scene.set_up(world)
    body = {"effective_from": "2027-03-10T00:00Z", "next_in_turn": True}
    assert (await scene.post(f"people/{scene.b.id}/departures", body, key=True)).status_code == 201
    assert await scene.shifts("2027-03-01T00:00Z", "2027-04-04T23:00Z") == [
        ("2027-03-01T00:00:00Z", "2027-03-07T22:00:00Z", ["Mira"]),
        ("2027-03-07T22:00:00Z", "2027-03-10T00:00:00Z", ["Tomas"]),
        ("2027-03-10T00:00:00Z", "2027-03-21T22:00:00Z", ["Noor"]),
        ("2027-03-21T22:00:00Z", "2027-03-28T22:00:00Z", ["Mira"]),
        ("2027-03-28T22:00:00Z", "2027-04-04T23:00:00Z", ["Noor"]),
    ]


@one_database
async def test_past_shifts_stay(world: World) -> None:
    scene = await Scene.set_up(world)
    world.time.advance(days=10)
    body = {"reassign_to": str(scene.a.id)}
    assert (await scene.post(f"people/{scene.b.id}/departures", body, key=True)).status_code == 201
    assert [await scene.on_call(at) for at in ("2027-03-09T00:00Z", "2027-03-11T00:01Z")] == [["Tomas"], ["Mira"]]
    window = {"from": "2027-03-01T00:00Z", "to": "2027-03-15T00:00Z"}
    mine = await world.http.get("/v1/me/shifts", headers=scene.b.headers, params=window)
    assert [each["end"] for each in mine.json()["items"]] == ["2027-03-11T00:00:00Z"]


async def test_what_they_took_or_gave_away_is_settled_too(world: World) -> None:
    """B has given a week to A, has taken one of C's, and has one on offer."""
    scene = await Scene.set_up(world)
    given = {"roster_id": scene.roster, "shift": ref()}
    offer = (await scene.post("shift-offers", given, by=scene.b, key=True)).json()
    await scene.post(f"shift-offers/{offer['id']}/take", by=scene.a)
    got = {"roster_id": scene.roster, "shift": ref(slot="2027-03-14T22:00:00Z")}
    offer = (await scene.post("shift-offers", got, by=scene.c, key=True)).json()
    await scene.post(f"shift-offers/{offer['id']}/take", by=scene.b)
    on_offer = {"roster_id": scene.roster, "shift": ref(slot="2027-03-28T22:00:00Z")}
    offer = (await scene.post("shift-offers", on_offer, by=scene.b, key=True)).json()
    done = await scene.post(f"people/{scene.b.id}/departures", {"reassign_to": str(scene.c.id)}, key=True)
    assert done.status_code == 201, done.text
    weeks = ("2027-03-08T00:00Z", "2027-03-15T00:00Z", "2027-03-29T00:00Z")
    assert [await scene.on_call(at) for at in weeks] == [["Mira"], ["Noor"], ["Noor"]]
    assert (await scene.get(f"shift-offers/{offer['id']}")).json()["state"] == "void"


@one_database
async def test_whoever_would_have_it_is_protected(world: World) -> None:
    scene = await Scene.set_up(world)
    exams = {"kind": "exam_window", "start": "2027-03-10T00:00Z", "end": "2027-03-11T00:00Z"}
    await scene.post("absences", exams, by=scene.c, key=True)
    body = {"reassign_to": str(scene.c.id)}
    refused = await scene.post(f"people/{scene.b.id}/departures", body, key=True)
    assert (refused.status_code, [each["code"] for each in refused.json()["errors"]]) == (409, ["exam_window"])
    assert await scene.on_call("2027-03-08T00:00Z") == ["Tomas"]
    despite = body | {"despite": ["exam_window"]}
    assert (await scene.post(f"people/{scene.b.id}/departures", despite, key=True)).status_code == 201


@one_database
async def test_only_people_of_the_school_and_only_from_now_on(world: World) -> None:
    scene = await Scene.set_up(world)
    assert (await scene.post(f"people/{uuid.uuid4()}/departures", {}, key=True)).status_code == 404
    past = {"effective_from": "2027-02-01T00:00Z", "next_in_turn": True}
    refused = await scene.post(f"people/{scene.b.id}/departures", past, key=True)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "in_the_past")
    both = {"reassign_to": str(scene.c.id), "next_in_turn": True}
    assert (await scene.post(f"people/{scene.b.id}/departures", both, key=True)).status_code == 422
    nothing = await scene.post(f"people/{scene.coordinator.id}/departures", {}, key=True)
    assert (nothing.status_code, nothing.json()["cover"]) == (201, [])


@one_database
async def test_somebody_who_has_left_is_on_call_nowhere(world: World) -> None:
    """Whatever a roster says: the gap is there, and has its cause."""
    scene = await Scene.set_up(world)

    def leave(session: Session) -> None:
        row = session.get_one(Person, scene.b.id)
        row.active = False
        session.add(row)

    await world.write(leave)
    assert await scene.on_call("2027-03-08T00:00Z") == []
    window = {"from": "2027-03-01T00:00Z", "to": "2027-03-16T00:00Z"}
    [roster] = (await scene.get("coverage", **window)).json()["rosters"]
    assert [(gap["start"], gap["cause"]) for gap in roster["gaps"]] == [("2027-03-07T22:00:00Z", "ended")]


@one_database
async def test_whoever_leaves_once_more_is_paused_once(world: World) -> None:
    """A program that says each night who has left fills no plan with more pauses than one may have."""
    scene = await Scene.set_up(world)
    path, body = f"people/{scene.b.id}/departures", {"next_in_turn": True}
    for _ in range(3):
        assert (await scene.post(path, body, key=True)).status_code == 201
        world.time.advance(days=1)
    plan = (await scene.get(f"rosters/{scene.roster}")).json()["roster"]
    assert [each["person"] for each in plan["layers"][0]["rotation"]["paused"]] == [str(scene.b.id)]
    versions = (await scene.get(f"rosters/{scene.roster}/versions")).json()["items"]
    assert len(versions) == 2
