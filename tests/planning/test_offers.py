"""Shifts given away and taken: one taker, rules with reasons, handed back, following the shift (roster-semantics)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from app.vocabulary import Role
from tests.planning.scene import Scene, one_database, ref
from tests.support.world import Someone, World

B_WEEK = "2027-03-08T00:00Z"


async def offered(scene: Scene, **more: Any) -> dict[str, Any]:
    """B's week."""
    made = await scene.post("shift-offers", {"roster_id": scene.roster, "shift": ref(), **more}, by=scene.b, key=True)
    assert made.status_code == 201, made.text
    return made.json()


async def take(scene: Scene, offer: dict[str, Any], by: Someone) -> httpx.Response:
    return await scene.post(f"shift-offers/{offer['id']}/take", by=by)


@one_database
async def test_a_shift_stays_its_givers_until_it_is_taken(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene)
    assert (offer["state"], offer["start"], offer["end"]) == (
        "open",
        "2027-03-07T22:00:00Z",
        "2027-03-14T22:00:00Z",
    )
    assert await scene.on_call(B_WEEK) == ["Tomas"]
    taken = await take(scene, offer, scene.a)
    assert (taken.status_code, taken.json()["state"], taken.json()["taken_by"]) == (200, "taken", str(scene.a.id))
    assert await scene.on_call(B_WEEK) == ["Mira"]
    assert (await take(scene, offer, scene.a)).json() == taken.json(), "the same again"
    await world.settle()
    assert [each["state"] for each in scene.told(scene.a, "shift_offer.changed")] == ["open"]
    assert [each["state"] for each in scene.told(scene.b, "shift_offer.changed")] == ["taken"]


async def test_of_two_who_take_at_once_exactly_one_has_it(world: World) -> None:
    scene = await Scene.set_up(world)
    for _ in range(3):
        offer = await offered(scene)
        answers = await asyncio.gather(take(scene, offer, scene.a), take(scene, offer, scene.c))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [won] = [answer for answer in answers if answer.status_code == 200]
        taker = next(each for each in (scene.a, scene.c) if str(each.id) == won.json()["taken_by"])
        assert await scene.on_call(B_WEEK) == [taker.alias]
        lost = next(answer for answer in answers if answer.status_code == 409)
        assert lost.json()["code"] == "offer_not_open"
        await scene.post(f"shift-offers/{offer['id']}/hand-back", by=taker)
        await scene.post(f"shift-offers/{offer['id']}/withdraw", by=scene.b)


async def test_a_shift_that_was_taken_can_be_handed_back(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene)
    await take(scene, offer, scene.a)
    world.time.advance(days=8)
    back = await scene.post(f"shift-offers/{offer['id']}/hand-back", by=scene.a)
    assert (back.status_code, back.json()["state"], back.json()["start"]) == (200, "open", "2027-03-09T00:00:00Z")
    assert [await scene.on_call(at) for at in ("2027-03-08T00:00Z", "2027-03-09T01:00Z")] == [["Mira"], ["Tomas"]]
    again = await take(scene, offer, scene.c)
    assert again.json()["taken_by"] == str(scene.c.id)
    assert await scene.on_call("2027-03-10T00:00Z") == ["Noor"]
    stranger = await scene.post(f"shift-offers/{offer['id']}/hand-back", by=scene.a)
    assert (stranger.status_code, stranger.json()["code"]) == (409, "offer_not_open")


@one_database
async def test_a_part_of_a_shift_is_a_shift(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene, start="2027-03-10T07:00Z", end="2027-03-10T12:00Z")
    await take(scene, offer, scene.c)
    assert await scene.shifts("2027-03-07T22:00Z", "2027-03-14T22:00Z") == [
        ("2027-03-07T22:00:00Z", "2027-03-10T07:00:00Z", ["Tomas"]),
        ("2027-03-10T07:00:00Z", "2027-03-10T12:00:00Z", ["Noor"]),
        ("2027-03-10T12:00:00Z", "2027-03-14T22:00:00Z", ["Tomas"]),
    ]


async def test_the_rest_of_a_shift_is_what_nobody_has_taken(world: World) -> None:
    """A taken part stays taken: whoever has the rest is checked for that, and has that, also when the shift moves."""
    scene = await Scene.set_up(world)
    part = await offered(scene, start="2027-03-10T07:00Z", end="2027-03-10T12:00Z")
    await take(scene, part, scene.c)
    busy = {"kind": "leave", "start": "2027-03-10T08:00Z", "end": "2027-03-10T09:00Z"}
    assert (await scene.post("absences", busy, by=scene.a, key=True)).status_code == 201
    rest = await offered(scene)
    assert (rest["start"], rest["end"]) == ("2027-03-07T22:00:00Z", "2027-03-14T22:00:00Z")
    assert (await take(scene, rest, scene.a)).status_code == 200, "away only in the part that is another's"
    week = [
        ("2027-03-07T22:00:00Z", "2027-03-10T07:00:00Z", ["Mira"]),
        ("2027-03-10T07:00:00Z", "2027-03-10T12:00:00Z", ["Noor"]),
        ("2027-03-10T12:00:00Z", "2027-03-14T22:00:00Z", ["Mira"]),
    ]
    assert await scene.shifts("2027-03-07T22:00Z", "2027-03-14T22:00Z") == week
    back = await scene.post(f"shift-offers/{rest['id']}/hand-back", by=scene.a)
    assert (back.status_code, back.json()["state"]) == (200, "open")
    left = [on for _, _, on in await scene.shifts("2027-03-07T22:00Z", "2027-03-14T22:00Z")]
    assert left == [["Tomas"], ["Noor"], ["Tomas"]]
    assert (await take(scene, rest, scene.a)).status_code == 200
    plan = scene.plan(scene.a, scene.b, scene.c, start="2027-03-01T11:00")
    assert (await scene.edit("versions", {"effective_from": None, "plan": plan})).status_code == 201
    assert await scene.shifts("2027-03-08T00:00Z", "2027-03-15T00:00Z") == [
        ("2027-03-08T00:00:00Z", "2027-03-10T07:00:00Z", ["Mira"]),
        *week[1:],
        ("2027-03-14T22:00:00Z", "2027-03-15T00:00:00Z", ["Tomas"]),
    ]
    assert (await scene.get(f"shift-offers/{part['id']}")).json()["taken_by"] == str(scene.c.id)


@one_database
async def test_the_end_of_a_shift_does_not_grow_over_the_part_before_it(world: World) -> None:
    """What is left is one piece, and yet not the whole of it when the roster is edited."""
    scene = await Scene.set_up(world)
    await take(scene, await offered(scene, start="2027-03-07T22:00Z", end="2027-03-10T12:00Z"), scene.c)
    await take(scene, await offered(scene), scene.a)
    closed = {"person": None, "reason": "Closed", "start": "2027-03-20T00:00Z", "end": "2027-03-21T00:00Z"}
    assert (await scene.edit("overrides", closed)).status_code == 201
    assert await scene.shifts("2027-03-07T22:00Z", "2027-03-14T22:00Z") == [
        ("2027-03-07T22:00:00Z", "2027-03-10T12:00:00Z", ["Noor"]),
        ("2027-03-10T12:00:00Z", "2027-03-14T22:00:00Z", ["Mira"]),
    ]


@one_database
async def test_a_week_of_evenings_is_one_shift_and_leaves_the_days_to_who_has_them(world: World) -> None:
    """In the hours between, the giver has another shift that is not given away."""
    scene = await Scene.set_up(world)
    days = [{"days": ["MO", "TU"], "start": "09:00", "end": "17:00"}]
    evenings = [{"days": ["MO", "TU", "WE"], "start": "18:00", "end": "22:00"}]
    plan = scene.plan(scene.a, scene.b, scene.c, restrictions=evenings)
    plan["layers"].append(scene.plan(scene.b)["layers"][0] | {"id": "days", "rank": 2, "restrictions": days})
    assert (await scene.edit("versions", {"effective_from": None, "plan": plan})).status_code == 201
    await take(scene, await offered(scene), scene.a)
    names = [on for _, _, on in await scene.shifts("2027-03-07T22:00Z", "2027-03-10T11:00Z") if on]
    assert names == [["Tomas"], ["Mira"], ["Tomas"], ["Mira"], ["Mira"]]
    kept = (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"]
    assert [(each["start"], each["end"]) for each in kept] == [
        ("2027-03-08T07:00:00Z", "2027-03-08T11:00:00Z"),
        ("2027-03-09T07:00:00Z", "2027-03-10T11:00:00Z"),
    ]


@one_database
async def test_who_took_a_shift_may_offer_it_on(world: World) -> None:
    scene = await Scene.set_up(world)
    await take(scene, await offered(scene), scene.a)
    window = {"from": "2027-03-07T22:00Z", "to": "2027-03-14T22:00Z"}
    mine = await world.http.get("/v1/me/shifts", headers=scene.a.headers, params=window)
    [shift] = [each["shift"] for each in mine.json()["items"]]
    assert shift["override_id"] is not None
    body = {"roster_id": scene.roster, "shift": {"override_id": shift["override_id"]}}
    on = await scene.post("shift-offers", body, by=scene.a, key=True)
    assert on.status_code == 201, on.text
    assert (await take(scene, on.json(), scene.c)).status_code == 200
    assert await scene.on_call(B_WEEK) == ["Noor"]


@one_database
async def test_what_protects_people_stands_in_the_way_with_every_reason(world: World) -> None:
    """D10, T09: rest, weekly cap, exams, double booking; each is a code with words."""
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    evenings = [{"days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "18:00", "end": "22:00"}]
    plan = scene.plan(scene.a, scene.b, start="2027-03-01T00:00", restrictions=evenings)
    assert (await scene.edit("versions", {"effective_from": None, "plan": plan})).status_code == 201
    exams = {"kind": "exam_window", "start": "2027-03-10T00:00Z", "end": "2027-03-11T00:00Z"}
    await scene.post("absences", exams, by=scene.a, key=True)
    night = {"level": "backup", "roster": scene.definition(scene.a, line="peer_support", unit="day")}
    night["roster"]["layers"][0]["restrictions"] = [
        {"days": ["TU"], "start": "20:00", "end": "23:00"},
        {"days": ["FR"], "start": "06:00", "end": "07:00"},
    ]
    assert (await scene.post("rosters", night, key=True)).status_code == 201
    week = ref(slot="2027-03-07T13:00:00Z")
    made = await scene.post("shift-offers", {"roster_id": scene.roster, "shift": week}, by=scene.b, key=True)
    refused = await take(scene, made.json(), scene.a)
    assert (refused.status_code, refused.json()["code"]) == (409, "rules_broken")
    assert {each["code"] for each in refused.json()["errors"]} == {
        "double_booked",
        "rest_hours",
        "weekly_cap",
        "own_limit",
        "exam_window",
    }
    assert all(each["detail"] for each in refused.json()["errors"])
    assert await scene.on_call("2027-03-09T08:00Z") == ["Tomas"]
    free = await take(scene, made.json(), scene.c)
    too_many = {"weekly_cap", "own_limit"}
    assert {each["code"] for each in free.json()["errors"]} == too_many, "28 hours are too many for anybody"


async def test_a_school_decides_on_rest_and_caps(world: World) -> None:
    scene = await Scene.set_up(world)
    etag = (await scene.get("roster-rules")).headers["ETag"]
    stricter = {"clinical_advice": {"rest_hours": 12, "weekly_hours": 100}}
    changed = await scene.send("PATCH", "roster-rules", stricter, etag=etag)
    assert changed.json()["clinical_advice"] == stricter["clinical_advice"]
    assert changed.json()["peer_support"] == {"rest_hours": 10, "weekly_hours": 20}, "what is absent stays"
    one = {"peer_support": {"weekly_hours": None}}
    of_a_line = await scene.send("PATCH", "roster-rules", one, etag=changed.headers["ETag"])
    assert of_a_line.json()["peer_support"] == {"rest_hours": 10, "weekly_hours": None}
    assert (await scene.send("PATCH", "roster-rules", stricter, etag=etag)).status_code == 412
    refused = await take(scene, await offered(scene), scene.a)
    assert {each["code"] for each in refused.json()["errors"]} == {"rest_hours", "weekly_cap"}


@one_database
async def test_only_who_serves_on_the_line_takes_a_shift(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene)
    supporter = await world.person(Role.SUPPORTER)
    for who in (supporter, scene.coordinator):
        refused = await take(scene, offer, who)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_on_this_line")
    assert (await take(scene, offer, scene.b)).json()["code"] == "offer_not_open", "one's own"


@one_database
async def test_only_ones_own_shift_is_offered_and_only_once(world: World) -> None:
    scene = await Scene.set_up(world)
    body = {"roster_id": scene.roster, "shift": ref()}
    theirs = await scene.post("shift-offers", body, by=scene.a, key=True)
    assert (theirs.status_code, theirs.json()["code"]) == (409, "not_your_shift")
    await offered(scene)
    again = await scene.post("shift-offers", body, by=scene.b, key=True)
    assert (again.status_code, again.json()["code"]) == (409, "already_offered")
    gap = {"roster_id": scene.roster, "start": "2027-03-08T00:00Z", "end": "2027-03-09T00:00Z"}
    assert (await scene.post("shift-offers", gap, by=scene.b, key=True)).status_code == 403
    none = await scene.post("shift-offers", gap, key=True)
    assert (none.status_code, none.json()["code"]) == (409, "no_gap")
    for nothing in ({"roster_id": scene.roster}, body | {"shift": {"layer_id": "week"}}):
        assert (await scene.post("shift-offers", nothing, by=scene.b, key=True)).status_code == 422


@one_database
async def test_a_coordinator_offers_the_time_that_nobody_has(world: World) -> None:
    """J7: the gap is offered, somebody takes it, the gap is closed."""
    scene = await Scene.set_up(world)
    away = {"kind": "leave", "start": "2027-03-10T00:00Z", "end": "2027-03-12T00:00Z"}
    await scene.post("absences", away, by=scene.b, key=True)
    body = {"roster_id": scene.roster, "start": "2027-03-09T00:00Z", "end": "2027-03-12T00:00Z"}
    made = await scene.post("shift-offers", body, key=True)
    assert (made.json()["person"], made.json()["start"]) == (None, "2027-03-10T00:00:00Z"), "where nobody is"
    assert (await take(scene, made.json(), scene.b)).json()["errors"][0]["code"] == "leave"
    assert (await take(scene, made.json(), scene.c)).status_code == 200
    assert await scene.on_call("2027-03-11T00:00Z") == ["Noor"]
    assert await scene.on_call("2027-03-09T12:00Z") == ["Tomas"], "not where somebody was"
    [gap] = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    assert gap["state"] == "covered"


async def test_a_shift_that_moves_takes_along_who_has_it_now(world: World) -> None:
    """The slot keeps its start and grows; then its start moves by two hours."""
    scene = await Scene.set_up(world)
    await take(scene, await offered(scene), scene.a)
    plan = scene.plan(scene.a, scene.b, scene.c, start="2027-03-01T11:00")
    moved = await scene.edit("versions", {"effective_from": None, "plan": plan})
    assert moved.status_code == 201
    assert await scene.shifts("2027-03-07T20:00Z", "2027-03-15T02:00Z") == [
        ("2027-03-07T20:00:00Z", "2027-03-15T00:00:00Z", ["Mira"]),
        ("2027-03-15T00:00:00Z", "2027-03-15T02:00:00Z", ["Noor"]),
    ]
    [override] = (await scene.get(f"rosters/{scene.roster}/overrides")).json()["items"]
    assert (override["start"], override["end"]) == ("2027-03-08T00:00:00Z", "2027-03-15T00:00:00Z")


@one_database
async def test_an_offer_of_a_shift_that_is_gone_is_void(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene)
    await scene.edit("versions", {"effective_from": None, "plan": scene.plan(scene.a, scene.c)})
    shown = (await scene.get(f"shift-offers/{offer['id']}")).json()
    assert shown["state"] == "void"
    assert (await take(scene, offer, scene.c)).json()["code"] == "offer_not_open"
    assert [each["id"] for each in (await scene.get("shift-offers", state="void")).json()["items"]] == [offer["id"]]


@one_database
async def test_an_offer_is_withdrawn_by_its_giver_or_a_coordinator(world: World) -> None:
    scene = await Scene.set_up(world)
    offer = await offered(scene)
    path = f"shift-offers/{offer['id']}/withdraw"
    assert (await scene.post(path, by=scene.a)).json()["code"] == "not_your_offer"
    assert [(await scene.post(path)).json()["state"] for _ in range(2)] == ["withdrawn", "withdrawn"]
    assert (await take(scene, offer, scene.a)).status_code == 409
    taken = await offered(scene)
    await take(scene, taken, scene.a)
    late = await scene.post(f"shift-offers/{taken['id']}/withdraw", by=scene.b)
    assert (late.status_code, late.json()["code"]) == (409, "offer_not_open")
