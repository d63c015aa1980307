"""Who comes next: the plan, the shifts at which they look on, what is handed over (J9, STUDY D09); and suggestions."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.programme import plan_rules
from app.programme import suggestions as suggesting
from app.vocabulary import Role
from app.work import queue
from app.worker import NOTHING
from tests.planning.scene import Scene, ref
from tests.support.world import Someone, World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PLANS = "/v1/succession-plans"
MELBOURNE = ZoneInfo("Australia/Melbourne")


async def plan(world: World, by: Someone, **body: Any) -> httpx.Response:
    return await world.http.post(PLANS, headers=by.headers | world.once(), json=body)


async def go_on(world: World, by: Someone, plan_id: str, **body: Any) -> httpx.Response:
    path = f"{PLANS}/{plan_id}"
    etag = (await world.http.get(path, headers=by.headers)).headers["etag"]
    return await world.http.patch(path, headers=by.headers | {"If-Match": etag}, json=body)


async def shifts_of(world: World, who: Someone) -> dict[str, Any]:
    window = {"from": "2027-03-01T00:00Z", "to": "2027-03-20T00:00Z"}
    found: dict[str, Any] = (await world.http.get("/v1/me/shifts", headers=who.headers, params=window)).json()
    return found


async def test_a_successor_looks_on_and_is_nobodys_cover(world: World) -> None:
    """They see the shift, are not on call, and see it no more when it is somebody else's."""
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    newcomer = await world.person(Role.SUPPORTER, alias="Ada", paged=True)
    made = await plan(world, scene.coordinator, person=str(scene.b.id), successor=str(newcomer.id))
    assert made.status_code == 201, made.text
    assert (made.json()["missing"], made.json()["goes"]["alias"]) == ([], "Tomas")
    named = [{"roster_id": scene.roster, "shift": ref()}]
    looking = await go_on(world, scene.coordinator, made.json()["id"], shadow_shifts=named)
    assert looking.status_code == 200, looking.text
    [shadow] = looking.json()["shadow_shifts"]
    assert (shadow["start"], shadow["still_theirs"]) == ("2027-03-07T22:00:00Z", True)
    seen = await shifts_of(world, newcomer)
    assert ([each["start"] for each in seen["shadows"]], seen["items"]) == (["2027-03-07T22:00:00Z"], [])
    assert await scene.on_call("2027-03-09T00:00Z") == ["Tomas"]
    feed = await scene.post("calendar-feeds", {}, newcomer)
    calendar = await world.http.get(httpx.URL(feed.json()["url"]).path)
    assert "SUMMARY:Looking on: peer support (primary)" in calendar.text

    other = [{"roster_id": scene.roster, "shift": ref(slot="2027-03-14T22:00:00Z")}]
    refused = await go_on(world, scene.coordinator, made.json()["id"], shadow_shifts=other)
    assert refused.json()["errors"][0]["code"] == "not_their_shift", "that one is C's"

    gone = await scene.post(f"people/{scene.b.id}/departures", {"next_in_turn": True}, key=True)
    assert gone.status_code == 201, gone.text
    assert (await shifts_of(world, newcomer))["shadows"] == []
    shown = await world.http.get(f"{PLANS}/{made.json()['id']}", headers=scene.coordinator.headers)
    assert [each["still_theirs"] for each in shown.json()["shadow_shifts"]] == [False]


@one_database
async def test_one_open_plan_for_each_with_a_list_that_says_who_did_what(world: World) -> None:
    """A sponsor reads and writes nothing; another school's is not there; training that a successor lacks is shown."""
    await world.school()
    world.time.set(dt.datetime(2027, 3, 1, tzinfo=dt.UTC))
    lee, bell = await world.person(Role.COORDINATOR, alias="Lee"), await world.person(Role.SPONSOR)
    wren, adviser = await world.person(Role.SUPPORTER, alias="Wren"), await world.person(Role.ADVISER)
    first = await plan(world, lee, person=str(wren.id), successor=str(adviser.id))
    assert first.json()["missing"] == ["not_in_programme"]
    assert (await plan(world, lee, person=str(wren.id))).json()["code"] == "plan_exists"
    assert (await plan(world, lee, person=str(wren.id), post="lead")).status_code == 422
    assert (await plan(world, bell, person=str(wren.id))).status_code == 403
    at = first.json()["id"]
    assert (await go_on(world, lee, at, successor=str(wren.id))).json()["errors"][0]["code"] == "two_people"
    assert (await go_on(world, lee, at, add=["Tell them who failed."])).json()["errors"][0]["code"] == "wording"
    done = await go_on(world, lee, at, add=["Show where the key is."], done=["peers_asked", "own_1"])
    ticked = {each["code"]: (each["done_by"], each["done_on"]) for each in done.json()["checklist"]}
    assert ticked["own_1"] == ticked["peers_asked"] == (str(lee.id), "2027-03-01")
    assert ticked["contacts"] == (None, None)
    assert (await world.http.get(f"{PLANS}/{at}", headers=bell.headers)).status_code == 200
    assert (await go_on(world, lee, at, state="done")).status_code == 200
    assert (await plan(world, lee, person=str(wren.id))).status_code == 201, "the other one is done"
    assert (await go_on(world, lee, at, state="open")).json()["code"] == "plan_exists"


@one_database
async def test_shifts_are_named_week_after_week_however_many_were_looked_on_at(world: World) -> None:
    """As many may lie ahead as can be named at once. Of those that are past the latest are shown beside them."""
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    newcomer = await world.person(Role.SUPPORTER, alias="Ada", paged=True)
    daily = {"level": "backup", "roster": scene.definition(scene.b, line="peer_support", unit="day")}
    roster = (await scene.post("rosters", daily, key=True)).json()["id"]
    made = (await plan(world, scene.coordinator, person=str(scene.b.id), successor=str(newcomer.id))).json()["id"]

    def days(first: int, number: int) -> list[dict[str, Any]]:
        nine = [dt.datetime(2027, 3, 1, 9, tzinfo=MELBOURNE) + dt.timedelta(days=first + n) for n in range(number)]
        slots = [each.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") for each in nine]
        return [{"roster_id": roster, "shift": ref(slot=slot)} for slot in slots]

    first = await go_on(world, scene.coordinator, made, shadow_shifts=days(1, 10))
    assert first.status_code == 200, first.text
    world.time.advance(days=12)
    then = await go_on(world, scene.coordinator, made, shadow_shifts=days(13, 40))
    assert then.status_code == 200, then.text
    named = [each["shift"]["slot_start"] for each in then.json()["shadow_shifts"]]
    assert named == [each["shift"]["slot_start"] for each in days(13, 40)]
    fewer = await go_on(world, scene.coordinator, made, shadow_shifts=days(13, 38))
    assert len(fewer.json()["shadow_shifts"]) == 40, "and the last two that are past"
    assert (await world.http.get(f"{PLANS}/{made}", headers=scene.coordinator.headers)).status_code == 200


def test_an_own_line_keeps_its_code_and_a_tick_its_first_hand() -> None:
    items = plan_rules.with_own(plan_rules.standard(of_post=True), ["One", "Two"])
    assert [each["code"] for each in items[-2:]] == ["own_1", "own_2"]
    once = plan_rules.ticked(items, done=["own_1"], not_done=[], by="a", on=dt.date(2027, 3, 1))
    again = plan_rules.ticked(once, done=["own_1"], not_done=[], by="b", on=dt.date(2027, 3, 2))
    assert again[-2]["done_by"] == "a"
    assert plan_rules.with_own(again, ["Three"])[-1]["code"] == "own_3"
    assert plan_rules.unknown(items, ["own_9"]) == ["own_9"]


@one_database
async def test_a_suggestion_says_nothing_of_who_made_it_and_goes_after_a_year(world: World) -> None:
    """At a school without a programme, too: the hour, no order, no way back, and for nobody but those who keep it."""
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    path = "/v1/schools/ridge/suggestions"
    world.time.set(dt.datetime(2027, 3, 1, 0, 7, 31, tzinfo=dt.UTC))
    said = {}
    for text in ("Tea on Fridays.", "A bench.", "Quiet rooms.", "Somebody to ask.", "Later bus."):
        said = (await world.http.post(path, json={"text": text})).json()
    assert set(said) == {"received", "help"}
    assert said["help"]
    dana = await world.person(Role.COORDINATOR, school="ridge")
    items = (await world.http.get(path, headers=dana.headers)).json()["items"]
    assert {each["received_hour"] for each in items} == {"2027-03-01T00:00:00Z"}
    assert [each["id"] for each in items] == sorted((each["id"] for each in items), reverse=True), "by lot"
    one = f"{path}/{items[0]['id']}/settle"
    assert (await world.http.post(one, headers=dana.headers, json={"state": "answered"})).json()["state"] == "answered"
    other = await world.person(Role.TRIAGER, Role.ADVISER, school="ridge")
    assert (await world.http.get(path, headers=other.headers)).status_code == 403
    assert (await world.http.post(path, json={"text": ""})).json()["help"]

    world.time.set(dt.datetime(2028, 3, 1, 2, tzinfo=dt.UTC))
    now = world.time.now()
    await world.write(lambda s: queue.enqueue(s, suggesting.SWEEP, NOTHING, due_at=now, now=now))
    await world.settle()
    assert (await world.http.get(path, headers=dana.headers)).json()["items"] == []
