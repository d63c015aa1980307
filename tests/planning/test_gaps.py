"""Gaps are facts: found on every write, told once for each nearness, closed when filled (J6, J7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
from sqlmodel import Session, select

from app.directory import words
from app.models import LocalEntry, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.schools import service as schools
from app.vocabulary import Role
from tests.planning.scene import Scene, one_database, service
from tests.support.world import Someone, World

CLOSED = {"person": None, "reason": "Closed", "start": "2027-04-10T00:00Z", "end": "2027-04-11T00:00Z"}


async def rows(scene: Scene, **params: str) -> list[dict[str, Any]]:
    return (await scene.get(f"rosters/{scene.roster}/gaps", **params)).json()["items"]


async def until(world: World, text: str) -> None:
    """Time passes, and what is due meanwhile is done when it is due."""
    target = dt.datetime.fromisoformat(text)
    while (now := world.time.now()) < target:
        world.time.set(min(now + dt.timedelta(hours=11), target))
        await world.settle()


async def test_a_gap_is_told_once_for_each_nearness_and_then_live(world: World) -> None:
    """28, 14, 7 and 2 days ahead, and when it begins; the coordinator and the sponsor; nobody twice."""
    scene = await Scene.set_up(world)
    sponsor = await world.person(Role.SPONSOR, paged=True)
    await scene.edit("overrides", CLOSED)
    await world.settle()
    assert scene.told(scene.coordinator, "coverage.gap_upcoming") == [], "40 days are far"
    heard = []
    for day in ("03-13", "03-14", "03-27", "03-28", "04-03", "04-04", "04-08", "04-09", "04-10"):
        await until(world, f"2027-{day}T00:30+00:00")
        heard.append(len(scene.told(scene.coordinator, "coverage.gap_upcoming")))
    assert heard == [1, 1, 2, 2, 3, 3, 4, 4, 4]
    upcoming = scene.told(scene.coordinator, "coverage.gap_upcoming")
    assert [each["notice"] for each in upcoming] == ["days_28", "days_14", "days_7", "days_2"]
    assert {each["gap_id"] for each in upcoming} == {(await rows(scene))[0]["id"]}
    [live] = scene.told(scene.coordinator, "coverage.gap_live")
    assert (live["gap_id"], live["since"]) == (upcoming[0]["gap_id"], "2027-04-10T00:00:00Z")
    assert scene.told(sponsor, "coverage.gap_upcoming") == upcoming
    await until(world, "2027-04-11T01:00+00:00")
    [closed] = scene.told(scene.coordinator, "coverage.gap_closed")
    assert closed["state"] == "passed"
    [row] = await rows(scene)
    assert (row["state"], row["notice"]) == ("passed", "live")


@one_database
async def test_a_gap_begins_on_the_minute_however_far_the_sweep(world: World) -> None:
    scene = await Scene.set_up(world)
    await scene.edit("overrides", CLOSED | {"start": "2027-03-01T00:20Z", "end": "2027-03-01T00:40Z"})
    await world.settle()
    assert [each["notice"] for each in scene.told(scene.coordinator, "coverage.gap_upcoming")] == ["days_2"]
    world.time.advance(minutes=21)
    await world.settle()
    assert len(scene.told(scene.coordinator, "coverage.gap_live")) == 1


async def test_a_gap_that_is_filled_is_closed_and_told(world: World) -> None:
    scene = await Scene.set_up(world)
    near = CLOSED | {"start": "2027-03-03T00:00Z", "end": "2027-03-04T00:00Z"}
    made = (await scene.edit("overrides", near)).json()
    path = f"rosters/{scene.roster}/overrides/{made['id']}"
    await scene.send("DELETE", path, etag=await scene.etag())
    await world.settle()
    assert [each["state"] for each in scene.told(scene.coordinator, "coverage.gap_closed")] == ["covered"]
    assert [each["state"] for each in await rows(scene)] == ["covered"]
    assert await rows(scene, state="open") == []


@one_database
async def test_a_gap_that_is_half_filled_stays_the_same_gap(world: World) -> None:
    """What was told of the whole is not told again of its parts."""
    scene = await Scene.set_up(world)
    await scene.edit("overrides", CLOSED | {"start": "2027-03-03T00:00Z", "end": "2027-03-04T00:00Z"})
    [whole] = await rows(scene)
    middle = {"person": str(scene.c.id), "start": "2027-03-03T08:00Z", "end": "2027-03-03T12:00Z"}
    assert (await scene.edit("overrides", middle)).status_code == 201
    parts = await rows(scene, state="open")
    assert [(each["start"], each["end"]) for each in parts] == [
        ("2027-03-03T00:00:00Z", "2027-03-03T08:00:00Z"),
        ("2027-03-03T12:00:00Z", "2027-03-04T00:00:00Z"),
    ]
    assert whole["id"] in {each["id"] for each in parts}
    await world.settle()
    assert len(scene.told(scene.coordinator, "coverage.gap_upcoming")) == 1


async def test_somebody_without_a_working_contact_is_a_gap_of_its_own_kind(world: World) -> None:
    scene = await Scene.set_up(world)
    assert await rows(scene) == []
    scene.world.receiver.behave(scene.b.hook, 500, 500)
    url = f"/v1/me/webhook-endpoints/{scene.b.endpoint_id}"
    await world.http.post(f"{url}/ping", headers=scene.b.headers)
    await world.settle()
    found = await rows(scene, state="open")
    assert {each["cause"] for each in found} == {"no_working_contact"}
    assert found[0]["start"] == "2027-03-07T22:00:00Z", "B's weeks, not A's"
    told = {each["gap_id"]: each["notice"] for each in scene.told(scene.coordinator, "coverage.gap_upcoming")}
    assert told == {found[0]["id"]: "days_7", found[1]["id"]: "days_28"}, "the others are far"
    scene.world.receiver.behave(scene.b.hook, 200)
    await world.http.post(f"{url}/ping", headers=scene.b.headers)
    await world.settle()
    assert await rows(scene, state="open") == []


@one_database
async def test_a_page_that_fails_shows_as_a_gap_only_at_the_end_of_the_hour(world: World) -> None:
    """Who plans rosters may be the one whom the page must not tell of."""
    scene = await Scene.set_up(world)
    scene.world.receiver.behave(scene.a.hook, *[500] * 9)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    assert await rows(scene, state="open") == []
    world.time.set(world.time.now().replace(minute=0, second=1) + dt.timedelta(hours=1))
    await world.settle()
    assert "no_working_contact" in {each["cause"] for each in await rows(scene, state="open")}


@one_database
async def test_the_second_level_is_no_second_person_when_it_is_the_first(world: World) -> None:
    scene = await Scene.set_up(world)
    backup = scene.definition(scene.a) | {"name": "Backup"}
    made = await scene.post("rosters", {"level": "backup", "roster": backup}, key=True)
    found = (await scene.get(f"rosters/{made.json()['id']}/gaps")).json()["items"]
    assert {each["cause"] for each in found} == {"double_booked"}
    assert (found[0]["start"], found[0]["end"]) == ("2027-03-01T00:00:00Z", "2027-03-07T22:00:00Z"), "A's weeks"
    await scene.edit("versions", {"effective_from": None, "plan": scene.plan(scene.b)})
    await world.settle()
    left = (await scene.get(f"rosters/{made.json()['id']}/gaps", state="open")).json()["items"]
    assert left == [], "the first level has changed, and the second is looked at again"


@one_database
async def test_a_rotation_that_ends_leaves_a_gap_with_that_cause(world: World) -> None:
    scene = await Scene.set_up(world)
    plan = scene.plan(scene.a)
    plan["layers"][0]["rotation"]["until_local"] = "2027-04-01T00:00"
    await scene.edit("versions", {"effective_from": None, "plan": plan})
    [gap] = await rows(scene, state="open")
    assert (gap["cause"], gap["start"]) == ("ended", "2027-03-31T13:00:00Z")
    assert gap["start_local"] == "2027-04-01T00:00:00+11:00"


@one_database
async def test_hours_that_nobody_is_expected_in_are_no_gap(world: World) -> None:
    scene = await Scene.set_up(world)
    office = {"restrictions": [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]}
    readers = scene.definition(await world.person(Role.TRIAGER, paged=True), line="triage", **office)
    made = (await scene.post("rosters", {"roster": readers}, key=True)).json()
    assert made["expects"] == "planned_hours"
    assert (await scene.get(f"rosters/{made['id']}/gaps")).json()["items"] == []
    advice = scene.definition(scene.b, line="academic_advice", **office)
    made = (await scene.post("rosters", {"roster": advice}, key=True)).json()
    assert made["expects"] == "always"
    found = (await scene.get(f"rosters/{made['id']}/gaps", limit="2")).json()["items"]
    assert [(each["start"], each["end"]) for each in found] == [
        ("2027-03-01T06:00:00Z", "2027-03-01T22:00:00Z"),
        ("2027-03-02T06:00:00Z", "2027-03-02T22:00:00Z"),
    ]


async def declare(scene: Scene, gap: dict[str, Any], entry_id: str, by: Someone | None = None) -> httpx.Response:
    path = f"coverage/gaps/{gap['id']}"
    etag = (await scene.get(path)).headers["ETag"]
    return await scene.send("PUT", f"{path}/external-cover", {"entry_id": entry_id}, by=by, etag=etag)


async def moved(world: World, entry_id: str, *regions: str) -> None:
    def move(session: Session) -> None:
        row = session.exec(select(LocalEntry).where(LocalEntry.entry_id == entry_id)).one()
        row.entry = row.entry | {"regions": list(regions)}
        session.add(row)
        words.touch(session, schools.find(session, "harbour"))

    await world.write(move)


async def test_a_service_outside_stands_in_and_is_labelled_so(world: World) -> None:
    scene = await Scene.set_up(world)
    await world.entry(service("example-line", hours="24/7"))
    await world.entry(service("office-line", hours="Mo-Fr 09:00-17:00"))
    await scene.edit("overrides", CLOSED)
    [gap] = await rows(scene)
    for other in ("office-line", "no-such-line", "au-wa-mherl"):
        refused = await declare(scene, gap, other)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "entry_not_always_open")
    declared = await declare(scene, gap, "example-line")
    assert declared.json()["external_cover"]["entry_id"] == "example-line"
    window = {"from": "2027-04-01T00:00Z", "to": "2027-05-01T00:00Z"}
    [roster] = (await scene.get("coverage", **window)).json()["rosters"]
    assert [each["external_cover"]["entry_id"] for each in roster["gaps"]] == ["example-line"]
    assert roster["gap_minutes"] == 1440, "a gap all the same"
    await until(world, "2027-04-10T00:30+00:00")
    assert scene.told(scene.coordinator, "coverage.gap_upcoming") == []
    assert scene.told(scene.coordinator, "coverage.gap_live") == []
    path = f"coverage/gaps/{gap['id']}"
    etag = (await scene.get(path)).headers["ETag"]
    assert (await scene.send("DELETE", f"{path}/external-cover", etag=etag)).status_code == 204
    await world.settle()
    assert len(scene.told(scene.coordinator, "coverage.gap_live")) == 1


@one_database
async def test_a_service_that_nobody_here_finds_any_more_covers_nothing(world: World) -> None:
    scene = await Scene.set_up(world)
    await world.entry(service("example-line", hours="24/7"))
    await scene.edit("overrides", CLOSED)
    [gap] = await rows(scene)
    await declare(scene, gap, "example-line")
    await until(world, "2027-04-02T00:30+00:00")
    await moved(world, "example-line", "WA")
    [gap] = await rows(scene)
    assert gap["external_cover"] is None
    assert scene.told(scene.coordinator, "coverage.gap_upcoming") == []
    await until(world, "2027-04-10T00:30+00:00")
    told = scene.told(scene.coordinator, "coverage.gap_upcoming")
    assert [each["notice"] for each in told] == ["days_7", "days_2"]
    assert len(scene.told(scene.coordinator, "coverage.gap_live")) == 1


@one_database
async def test_what_a_service_was_declared_for_is_all_that_it_covers(world: World) -> None:
    """An evening is declared external; then it becomes a fortnight: that is told."""
    scene = await Scene.set_up(world)
    await world.entry(service("example-line", hours="24/7"))
    await scene.edit("overrides", CLOSED | {"start": "2027-03-09T07:00Z", "end": "2027-03-09T12:00Z"})
    [gap] = await rows(scene, state="open")
    await declare(scene, gap, "example-line")
    middle = {"person": str(scene.c.id), "start": "2027-03-09T08:00Z", "end": "2027-03-09T10:00Z"}
    await scene.edit("overrides", middle)
    parts = await rows(scene, state="open")
    assert [each["external_cover"] is not None for each in parts] == [True, True], "each part of it"
    await world.settle()
    heard = len(scene.told(scene.coordinator, "coverage.gap_upcoming"))
    away = {"kind": "leave", "start": "2027-03-08T00:00Z", "end": "2027-03-14T22:00Z"}
    await scene.post("absences", away, by=scene.b, key=True)
    await world.settle()
    found = {(each["cause"], each["external_cover"] is not None) for each in await rows(scene, state="open")}
    assert found == {("unfilled", True), ("leave", False)}
    await until(world, "2027-03-08T01:00+00:00")
    assert len(scene.told(scene.coordinator, "coverage.gap_live")) == 1
    assert len(scene.told(scene.coordinator, "coverage.gap_upcoming")) > heard


@one_database
async def test_coverage_shows_every_line_and_those_without_a_roster(world: World) -> None:
    scene = await Scene.set_up(world)
    await scene.edit("overrides", CLOSED)
    window = {"from": "2027-04-01T00:00Z", "to": "2027-05-01T00:00Z"}
    found = (await scene.get("coverage", **window)).json()
    [roster] = found["rosters"]
    assert (roster["line"], roster["level"], roster["expected_minutes"]) == ("clinical_advice", "primary", 43_200)
    [gap] = roster["gaps"]
    assert gap | {"id": None} == {
        "id": None,
        "cause": "unfilled",
        "start": "2027-04-10T00:00:00Z",
        "start_local": "2027-04-10T10:00:00+10:00",
        "end": "2027-04-11T00:00:00Z",
        "end_local": "2027-04-11T10:00:00+10:00",
        "external_cover": None,
    }
    assert found["lines_without_roster"] == ["academic_advice", "independent_advice", "peer_support", "triage"]


@one_database
async def test_coverage_of_the_past_is_what_was_found_then(world: World) -> None:
    scene = await Scene.set_up(world)
    await scene.edit("overrides", CLOSED | {"start": "2027-03-02T00:00Z", "end": "2027-03-03T00:00Z"})
    await until(world, "2027-03-05T00:00+00:00")
    window = {"from": "2027-03-01T00:00Z", "to": "2027-03-10T00:00Z"}
    [roster] = (await scene.get("coverage", **window)).json()["rosters"]
    assert [(each["start"], each["end"]) for each in roster["gaps"]] == [
        ("2027-03-02T00:00:00Z", "2027-03-03T00:00:00Z")
    ]


async def test_a_school_is_ready_with_advice_at_every_minute_and_contacts_that_work(world: World) -> None:
    scene = await Scene.set_up(world)
    sponsor = {"sponsors": [{"kind": "academic", "title": "Dean of Students"}]}
    assert (await scene.send("PUT", "profile", sponsor, etag="*")).status_code == 200
    ready = (await scene.get("readiness")).json()
    assert (ready["cover"]["ok"], ready["contacts"]["ok"]) == (True, True)
    assert ready["to"] == "2027-03-29T00:00:00Z"
    await scene.edit("overrides", CLOSED | {"start": "2027-03-10T00:00Z", "end": "2027-03-10T08:00Z"})
    holed = (await scene.get("readiness")).json()
    assert holed["cover"]["uncovered"] == [{"start": "2027-03-10T00:00:00Z", "end": "2027-03-10T08:00:00Z"}]
    await world.entry(service("example-line", hours="24/7"))
    [gap] = await rows(scene, state="open")
    await declare(scene, gap, "example-line")
    assert (await scene.get("readiness")).json()["cover"]["ok"], "declared external cover counts"
    await moved(world, "example-line", "WA")
    assert not (await scene.get("readiness")).json()["cover"]["ok"], "and not by a service that nobody here finds"
    await moved(world, "example-line")

    def silence(session: Any) -> None:
        endpoint = session.get_one(WebhookEndpoint, scene.c.endpoint_id)
        endpoint.health = EndpointHealth.FAILING
        session.add(endpoint)

    await world.write(silence)
    unready = (await scene.get("readiness")).json()
    assert unready["contacts"]["people"] == [{"id": str(scene.c.id), "alias": "Noor"}]
    assert (unready["ready"], unready["cover"]["ok"]) == (False, False), "nobody can reach who is on call"


@one_database
async def test_the_christmas_week_gap_is_found_and_closed(world: World) -> None:
    """J7, whole: seen weeks ahead, offered, taken, closed; what is left is declared external."""
    scene = await Scene.set_up(world)
    await world.entry(service("example-line", hours="24/7"))
    await until(world, "2027-11-15T00:00+00:00")
    on_call_at_christmas = (await scene.get(f"rosters/{scene.roster}/on-call", at="2027-12-25T00:00Z")).json()
    [somebody] = on_call_at_christmas["on_call"]
    person = next(each for each in (scene.a, scene.b, scene.c) if str(each.id) == somebody["id"])
    away = {"kind": "leave", "start": "2027-12-24T00:00Z", "end": "2027-12-26T12:00Z"}
    assert (await scene.post("absences", away, by=person, key=True)).status_code == 201
    await until(world, "2027-11-26T01:00+00:00")
    told = scene.told(scene.coordinator, "coverage.gap_upcoming")
    assert [each["notice"] for each in told] == ["days_28"]
    window = {"from": "2027-12-19T00:00Z", "to": "2028-01-04T00:00Z"}
    [roster] = (await scene.get("coverage", **window)).json()["rosters"]
    [gap] = roster["gaps"]
    assert (gap["cause"], gap["start"], gap["end"]) == ("leave", "2027-12-24T00:00:00Z", "2027-12-26T12:00:00Z")
    part = {"roster_id": scene.roster, "start": "2027-12-24T00:00Z", "end": "2027-12-25T12:00Z"}
    offer = (await scene.post("shift-offers", part, key=True)).json()
    other = next(each for each in (scene.a, scene.b, scene.c) if each is not person)
    assert (await scene.post(f"shift-offers/{offer['id']}/take", by=other)).status_code == 200
    [left] = await rows(scene, state="open")
    assert (left["start"], left["end"]) == ("2027-12-25T12:00:00Z", "2027-12-26T12:00:00Z")
    assert (await declare(scene, left, "example-line")).status_code == 200
    assert (await scene.get("readiness")).json()["cover"]["ok"]
