"""A roster says something else from an instant on; what was stays what it was (roster-semantics, rule 8)."""

from __future__ import annotations

import uuid

from app.vocabulary import Role
from tests.planning.scene import Scene, one_database
from tests.support.world import World

THREE_WEEKS = ("2027-03-01T00:00Z", "2027-03-21T22:00Z")


async def test_a_version_rules_from_its_instant_on(world: World) -> None:
    scene = await Scene.set_up(world)
    plan = scene.plan(scene.c, start="2027-03-10T09:00")
    made = await scene.edit("versions", {"effective_from": "2027-03-09T22:00Z", "plan": plan})
    assert made.status_code == 201, made.text
    assert await scene.shifts(*THREE_WEEKS) == [
        ("2027-03-01T00:00:00Z", "2027-03-07T22:00:00Z", ["Mira"]),
        ("2027-03-07T22:00:00Z", "2027-03-09T22:00:00Z", ["Tomas"]),
        ("2027-03-09T22:00:00Z", "2027-03-21T22:00:00Z", ["Noor"]),
    ]
    shown = await scene.get(made.headers["Location"].removeprefix("/v1/schools/harbour/"))
    assert shown.status_code == 200
    assert shown.headers["ETag"] == made.headers["ETag"]
    assert shown.json() == {name: value for name, value in made.json().items() if name != "change"}


@one_database
async def test_what_it_changes_is_told_before_and_after(world: World) -> None:
    """The preview stores nothing, and says what the answer then says."""
    scene = await Scene.set_up(world)
    body = {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.a, scene.b, start="2027-03-15T09:00")}
    etag = await scene.etag()
    preview = await scene.post(f"rosters/{scene.roster}/versions/preview", body)
    assert preview.status_code == 200, preview.text
    assert await scene.etag() == etag
    change = preview.json()
    first = change["shifts"][0]
    assert (first["start"], first["before"], first["after"]) == (
        "2027-03-14T22:00:00Z",
        [str(scene.c.id)],
        [str(scene.a.id)],
    )
    assert change["minutes_per_person"][str(scene.c.id)] < 0
    assert change["gaps_opened"] == change["gaps_closed"] == []
    made = await scene.edit("versions", body)
    assert made.json()["change"] == change


@one_database
async def test_a_preview_shows_the_gap_that_a_version_would_open(world: World) -> None:
    scene = await Scene.set_up(world)
    office = {"restrictions": [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]}
    plan = scene.plan(scene.a, start="2027-03-15T09:00", **office)
    body = {"effective_from": "2027-03-14T22:00Z", "plan": plan}
    opened = (await scene.post(f"rosters/{scene.roster}/versions/preview", body)).json()["gaps_opened"]
    assert opened[0] == {"start": "2027-03-15T06:00:00Z", "end": "2027-03-15T22:00:00Z", "cause": "unfilled"}
    assert opened[4]["end"] == "2027-03-21T22:00:00Z", "the whole weekend"


async def test_the_past_is_never_changed(world: World) -> None:
    scene = await Scene.set_up(world)
    world.time.advance(days=10)
    past = ("2027-03-01T00:00Z", "2027-03-11T00:00Z")
    before = await scene.shifts(*past)
    late = await scene.edit("versions", {"effective_from": "2027-03-10T00:00Z", "plan": scene.plan(scene.c)})
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "in_the_past")
    made = await scene.edit("versions", {"effective_from": None, "plan": scene.plan(scene.c)})
    assert made.json()["effective_from"] == "2027-03-11T00:00:00Z"
    assert await scene.shifts(*past) == before
    assert await scene.on_call("2027-03-10T12:00Z") == ["Tomas"]
    assert await scene.on_call() == ["Noor"]


@one_database
async def test_a_version_between_two_others_leaves_the_later_one(world: World) -> None:
    scene = await Scene.set_up(world)
    await scene.edit("versions", {"effective_from": "2027-03-21T22:00Z", "plan": scene.plan(scene.a)})
    await scene.edit("versions", {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.b)})
    assert [await scene.on_call(at) for at in ("2027-03-02T00:00Z", "2027-03-15T00:00Z", "2027-03-23T00:00Z")] == [
        ["Mira"],
        ["Tomas"],
        ["Mira"],
    ]
    roster = (await scene.get(f"rosters/{scene.roster}")).json()
    assert roster["next_version_from"] == "2027-03-14T22:00:00Z"


async def test_a_version_that_has_not_begun_can_be_called_off(world: World) -> None:
    scene = await Scene.set_up(world)
    made = await scene.edit("versions", {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.a)})
    path = f"rosters/{scene.roster}/versions/{made.json()['id']}"
    assert (await scene.send("DELETE", path, etag=await scene.etag())).status_code == 204
    assert await scene.on_call("2027-03-15T00:00Z") == ["Noor"]
    first = (await scene.get(f"rosters/{scene.roster}/versions")).json()["items"][0]
    begun = await scene.send("DELETE", f"rosters/{scene.roster}/versions/{first['id']}", etag=await scene.etag())
    assert (begun.status_code, begun.json()["code"]) == (409, "version_begun")


@one_database
async def test_a_roster_is_shown_as_it_is_now_whatever_was_planned_first(world: World) -> None:
    """A version that begins next week is put in after one that begins later: next week it is the one that rules."""
    scene = await Scene.set_up(world)
    await scene.edit("versions", {"effective_from": "2027-03-21T22:00Z", "plan": scene.plan(scene.a)})
    await scene.edit("versions", {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.b)})
    world.time.advance(days=15)
    roster = (await scene.get(f"rosters/{scene.roster}")).json()
    assert await scene.on_call() == ["Tomas"]
    assert roster["roster"]["layers"][0]["rotation"]["participants"] == [str(scene.b.id)]
    assert (roster["effective_from"], roster["next_version_from"]) == ("2027-03-14T22:00:00Z", "2027-03-21T22:00:00Z")


@one_database
async def test_a_version_that_was_called_off_ends_no_other(world: World) -> None:
    scene = await Scene.set_up(world)
    made = await scene.edit("versions", {"effective_from": "2027-03-21T22:00Z", "plan": scene.plan(scene.a)})
    path = f"rosters/{scene.roster}/versions/{made.json()['id']}"
    assert (await scene.send("DELETE", path, etag=await scene.etag())).status_code == 204
    body = {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.b)}
    shown = (await scene.post(f"rosters/{scene.roster}/versions/preview", body)).json()
    made = await scene.edit("versions", body)
    for change in (shown, made.json()["change"]):
        assert change["gaps_opened"] == []
    assert await scene.on_call("2027-03-23T00:00Z") == ["Tomas"]


@one_database
async def test_a_stale_or_missing_etag_changes_nothing(world: World) -> None:
    scene = await Scene.set_up(world)
    old = await scene.etag()
    body = {"effective_from": "2027-03-14T22:00Z", "plan": scene.plan(scene.a)}
    assert (await scene.edit("versions", body)).status_code == 201
    path = f"rosters/{scene.roster}/versions"
    assert (await scene.post(path, body, etag=old)).status_code == 412
    assert (await scene.post(path, body)).status_code == 428
    assert len((await scene.get(path)).json()["items"]) == 2


@one_database
async def test_everybody_in_a_version_is_an_active_person_of_the_school(world: World) -> None:
    scene = await Scene.set_up(world)
    plan = scene.plan(scene.a)
    plan["layers"][0]["rotation"]["participants"].append(str(uuid.uuid4()))
    refused = await scene.edit("versions", {"effective_from": None, "plan": plan})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/plan")


@one_database
async def test_a_change_is_in_the_trail_and_told(world: World) -> None:
    scene = await Scene.set_up(world)
    it = await world.person(Role.SCHOOL_IT)
    url = world.receiver.url("school")
    created = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints",
        headers=it.headers,
        json={"url": url, "event_types": ["roster.changed"]},
    )
    assert created.status_code == 201
    await scene.edit("versions", {"effective_from": None, "plan": scene.plan(scene.a)})
    await world.settle()
    [data] = [each.json()["data"] for each in world.receiver.requests("school") if b"roster.changed" in each.body]
    assert data == {
        "school": "harbour",
        "roster_id": scene.roster,
        "line": "clinical_advice",
        "level": "primary",
        "change": "version_added",
    }


@one_database
async def test_name_and_expected_hours_are_patched(world: World) -> None:
    scene = await Scene.set_up(world)
    path = f"rosters/{scene.roster}"
    patched = await scene.send("PATCH", path, {"name": "Nights", "expects": "nothing"}, etag=await scene.etag())
    assert (patched.json()["roster"]["name"], patched.json()["expects"]) == ("Nights", "nothing")
    other = await scene.post("rosters", {"roster": scene.definition(scene.a)}, key=True)
    taken = await scene.send("PATCH", path, {"name": "Weeks"}, etag=await scene.etag())
    assert (other.status_code, taken.status_code, taken.json()["code"]) == (201, 409, "roster_exists")
