"""What anyone reads of a school's directory: the list and its filters, one entry, what fits a worry, copies."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, delete, select

from app.core import clock
from app.directory import publishing, reading
from app.directory.pack import load_pack
from app.models import LocalEntry, PublishedState, Site
from app.schools import service as schools
from tests.support.world import World

BASE = "/v1/schools/harbour"
DIRECTORY = f"{BASE}/directory"
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
NUMBER = {"phone_dial": "+61255504445", "phone_display": "+61 2 5550 4445"}
# A Wednesday, 12:00 in Melbourne.
NOON = dt.datetime(2027, 3, 10, 1, 0, 30, tzinfo=dt.UTC)


def own(name: str, **changes: Any) -> dict[str, Any]:
    """An entry of the school, in its own words. Nobody answers at its number."""
    return {
        "id": name,
        "name": name.replace("-", " ").capitalize(),
        "tier": "school_support",
        "what_it_is": "A made-up service",
        "who_for": "Students here",
        "for": ["self", "worried_about_someone"],
        "independent": False,
        "run_by": "school",
        "shares_information_with_school": "with_consent",
        "channels": ["phone"],
        "phone_display": "+61 2 5550 4444",
        "phone_dial": "+61255504444",
        "hours_text": "By day",
        "hours": "Mo-Fr 09:00-17:00",
        "zone": "Australia/Melbourne",
        "cost": "free",
        "verification": "verified",
        "sources": [{"url_or_text": "The school", "date": "2027-01"}],
        **changes,
    }


async def harbour(world: World, *entries: dict[str, Any], at: dt.datetime = NOON) -> str:
    """The school with entries of its own; the id of its hospital."""
    world.time.set(at)
    await world.school()
    for entry in entries:
        await world.entry(entry)

    def hospital(session: Session) -> str:
        site = Site(
            school_id=schools.find(session, "harbour").id,
            name="Harbour Hospital",
            kind="hospital",
            region="VIC",
            is_teaching_site=True,
            latitude=-37.8,
            longitude=144.9,
        )
        session.add(site)
        session.flush()
        return str(site.id)

    return await world.write(hospital)


async def asked(world: World, path: str = DIRECTORY, **query: Any) -> Any:
    answer = await world.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(world: World, **query: Any) -> list[str]:
    """The ids of all pages, less the national ones."""
    national = {entry.id for entry in load_pack()}
    page = await asked(world, limit=100, **query)
    return [entry["id"] for entry in page["items"] if entry["id"] not in national]


async def test_the_list_is_walked_in_pages_each_entry_once(world: World) -> None:
    """By kind of help, which is no ladder; the same in pages of any size, and bound to what was asked."""
    await harbour(world, own("campus-desk"))
    whole = await asked(world, limit=100)
    assert "not a ladder" in whole["note"]
    order = [entry["id"] for entry in whole["items"]]
    assert len(set(order)) == len(order) > 20
    tiers = [entry["tier"] for entry in whole["items"]]
    assert tiers.index("emergency") < tiers.index("crisis") < tiers.index("school_support")
    for limit in (1, 7):
        walked: list[str] = []
        answer = await world.http.get(DIRECTORY, params={"limit": limit})
        while True:
            walked += [entry["id"] for entry in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                break
            answer = await world.http.get(answer.links["next"]["url"])
        assert walked == order
    first = await asked(world, limit=1)
    refused = await world.http.get(DIRECTORY, params={"cursor": first["next_cursor"], "tier": "crisis"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_cursor")


@ON_SQLITE
async def test_filters_find_what_they_name_and_never_hide_an_emergency_entry(world: World) -> None:
    site = await harbour(
        world,
        own("campus-desk", languages=["en", "zh-Hant"], latitude=-37.81, longitude=144.91),
        own("far-clinic", tier="primary_care", latitude=-38.2, longitude=144.3, cost="a fee", cost_kind="fee"),
        own("night-line", tier="crisis", independent=True, run_by="independent", hours="Mo-Su 20:00-02:00"),
        own("mens-group", tier="peer", community="men", hours=None, zone=None, **{"for": ["supporter"]}),
        own("safe-place", culturally_safe_for=["men"], who_for="Élèves of the school"),
    )
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"tier": "peer"}, ["mens-group"]),
        ({"open_now": True}, ["far-clinic", "campus-desk", "safe-place"]),
        ({"independent": True}, ["night-line"]),
        ({"for": "supporter"}, ["mens-group"]),
        ({"channel": "sms"}, []),
        ({"language": "zh"}, ["campus-desk"]),
        ({"community": "men"}, ["safe-place", "mens-group"]),
        ({"cost": "fee"}, ["far-clinic"]),
        ({"run_by": "independent"}, ["night-line"]),
        ({"q": "eleves SCHOOL"}, ["safe-place"]),
        ({"near_site_id": site, "within_km": 10}, ["campus-desk"]),
        ({"open_now": True, "zone": "Europe/London", "tier": "crisis"}, []),
    ]
    emergencies = [entry["id"] for entry in (await asked(world, tier="emergency"))["items"]]
    assert emergencies
    for query, names in expected:
        assert (query, await found(world, **query)) == (query, names)
        if not {"tier", "q"} & query.keys():
            shown = [entry["id"] for entry in (await asked(world, limit=100, **query))["items"]]
            assert set(emergencies) <= set(shown), query
    near = await asked(world, near_site_id=site, q="campus-desk made-up")
    assert near["items"] == []
    [desk] = (await asked(world, near_site_id=site, q="desk"))["items"]
    # A hundredth of a degree each way: 1.11 km north, 0.88 km east.
    assert desk["distance_km"] == 1.4
    assert (await asked(world, q="mens"))["items"][0]["distance_km"] is None
    for query, wrong in (
        ({"within_km": 1}, "within_km"),
        ({"near_site_id": str(uuid.uuid4())}, "near_site_id"),
        ({"zone": "Nowhere/Here"}, "zone"),
    ):
        refused = await world.http.get(DIRECTORY, params=query)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, wrong)


@ON_SQLITE
async def test_a_placement_hospital_that_is_avoided_comes_last_and_says_so(world: World) -> None:
    """Its emergency entry keeps its place, and says so too (I07)."""
    site = await harbour(world)
    for entry in (
        own("staff-clinic", tier="primary_care", site_ids=[site]),
        own(
            "hospital-entrance",
            tier="emergency",
            site_ids=[site],
            phone_dial="+61255504445",
            phone_display="+61 2 5550 4445",
        ),
        own("campus-desk", tier="peer"),
    ):
        await world.entry(entry)
    world.app.state.runtime.readings.forget("harbour")
    page = await asked(world, limit=100, avoid_site_ids=[site, "another"])
    order = {entry["id"]: place for place, entry in enumerate(page["items"])}
    assert order["staff-clinic"] == len(order) - 1 > order["campus-desk"]
    assert page["items"][order["hospital-entrance"]]["tier"] == "emergency"
    assert order["hospital-entrance"] < 3
    flagged = {entry["id"] for entry in page["items"] if entry["conflicts_with_avoided_site"]}
    assert flagged == {"staff-clinic", "hospital-entrance"}
    # As many as the document says, each as long as it may be, beside the longest words.
    most = {"avoid_site_ids": ["x" * 80] * 50, "q": "y" * 100}
    assert (await asked(world, **most))["items"] == []
    more = await world.http.get(DIRECTORY, params=most | {"avoid_site_ids": ["x"] * 51})
    assert (more.status_code, more.json()["code"]) == (422, "validation_failed")
    body = {"avoid_site_ids": [site], "signs": ["unsafe_right_now"]}
    options = (await world.http.post(f"{BASE}/referral-options", json=body)).json()["items"]
    assert options[0]["tier"] == "emergency"
    assert {entry["id"] for entry in options if entry["conflicts_with_avoided_site"]} <= flagged


@ON_SQLITE
async def test_it_says_until_when_it_is_open_and_who_has_not_checked_it(world: World) -> None:
    await harbour(
        world, own("late-desk", verify_by="2027-03-09"), own("other-desk"), own("z-desk", verify_by="2027-03-10")
    )
    page = await asked(world, tier="school_support")
    names = [entry["id"] for entry in page["items"]]
    assert names == ["other-desk", "z-desk", "late-desk"]
    desk = page["items"][-1]
    told = {name: desk[name] for name in ("open_state", "opens_at", "closes_at", "as_of", "zone_used")}
    assert told == {
        "open_state": "open",
        "opens_at": None,
        "closes_at": "2027-03-10T06:00:00Z",
        "as_of": "2027-03-10T01:00:00Z",
        "zone_used": "Australia/Melbourne",
    }
    assert [entry["verification_overdue"] for entry in page["items"]] == [False, False, True]
    # The 8th was Labour Day in Victoria, of which these hours say nothing.
    world.time.set(NOON - dt.timedelta(days=2))
    [desk, *_] = (await asked(world, tier="school_support"))["items"]
    assert (desk["open_state"], desk["opens_at"], desk["closes_at"]) == ("unknown", None, None)
    one = await world.http.get(f"{DIRECTORY}/late-desk")
    assert (one.json()["hours"], one.json()["sources"]) == (
        "Mo-Fr 09:00-17:00",
        [{"url_or_text": "The school", "date": "2027-01"}],
    )
    bodies = []
    for name in ("there-is-none", "unlisted-number"):
        gone = await world.http.get(f"{DIRECTORY}/{name}")
        assert gone.status_code == 404
        bodies.append(gone.json() | {"instance": None})
    assert bodies[0] == bodies[1]


@ON_SQLITE
async def test_what_is_said_of_this_minute_has_one_tag_in_it(world: World) -> None:
    await harbour(world, own("campus-desk"))
    first = await world.http.get(DIRECTORY, params={"open_now": True})
    assert first.headers["cache-control"] == "public, max-age=60"
    tag = first.headers["etag"]
    for seconds, status in ((20, 304), (15, 200)):
        world.time.advance(seconds=seconds)
        answer = await world.http.get(DIRECTORY, params={"open_now": True}, headers={"If-None-Match": tag})
        assert answer.status_code == status


@ON_SQLITE
async def test_a_worry_is_answered_with_reasons_and_two_lines_for_any_hour(world: World) -> None:
    """Whatever else is asked; and nothing of it is kept by anybody on the way (J1, J17)."""
    site = await harbour(world, own("campus-desk", languages=["en", "vi"]))
    for body in (
        {},
        {"signs": ["unsafe_right_now"], "priority": "now"},
        {"signs": ["said_thoughts_of_suicide"], "about_whom": "me", "for": "bereaved"},
        {"concern_types": ["sexual_or_gender_based_harm"], "prefers_independent": True, "for": "supporter"},
        {"avoid_site_ids": [site], "language": "vi", "zone": "Australia/Perth", "about_whom": "me"},
    ):
        answer = await world.http.post(f"{BASE}/referral-options", json=body)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
        items = answer.json()["items"]
        at_any_hour = [entry for entry in items if entry["always_open"] and entry["tier"] != "emergency"]
        assert len([entry for entry in at_any_hour if entry["phone_dial"] or entry["sms"]]) >= 2, body
        assert any(entry["tier"] == "emergency" for entry in items)
        assert all(entry["why_shown"] for entry in items)
        if "signs" in body:
            assert items[0]["tier"] == "emergency"
    spoken = (await world.http.post(f"{BASE}/referral-options", json={"language": "vi"})).json()["items"]
    assert next(entry["id"] for entry in spoken if entry["tier"] != "emergency") == "campus-desk"
    at_night = {"at": "2027-03-10T23:30:00+11:00"}
    shown = (await world.http.post(f"{BASE}/referral-options", json=at_night)).json()["items"]
    [desk] = [entry for entry in shown if entry["id"] == "campus-desk"]
    assert (desk["open_state"], desk["as_of"]) == ("closed", "2027-03-10T12:30:00Z")
    refused = await world.http.post(f"{BASE}/referral-options", json={"zone": "Nowhere/Here"})
    assert refused.json()["errors"][0]["pointer"] == "#/zone"


@ON_SQLITE
async def test_the_snapshot_is_the_same_all_day_and_tells_what_is_open_by_itself(world: World) -> None:
    await harbour(world, own("campus-desk"))
    path = f"{DIRECTORY}/snapshot"
    first = await world.http.get(path)
    assert first.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=86400"
    tag, snapshot = first.headers["etag"], first.json()
    listed = await asked(world, limit=100)
    assert {entry["id"] for entry in snapshot["entries"]} == {entry["id"] for entry in listed["items"]}
    assert snapshot["tiers"][0]["tier"] == "emergency"
    assert [site["name"] for site in snapshot["sites"]] == ["Harbour Hospital"]
    assert snapshot["sites"] == (await asked(world, f"{BASE}/sites"))["items"]
    assert (snapshot["valid_from"], snapshot["valid_until"]) == ("2027-03-09T13:00:00Z", "2027-03-23T13:00:00Z")
    by_id = {entry["id"]: entry for entry in snapshot["entries"]}
    # What the list says now, the intervals say too; nothing else in it is of this minute.
    for entry in listed["items"]:
        now = entry["as_of"]
        held = {
            state: any(each["start"] <= now < each["end"] for each in by_id[entry["id"]][f"{state}_intervals"])
            for state in ("open", "unknown")
        }
        state = "open" if held["open"] else "unknown" if held["unknown"] else "closed"
        assert (entry["id"], entry["open_state"]) == (entry["id"], state)
    assert "open_state" not in by_id["campus-desk"]

    async def again() -> httpx.Response:
        return await world.http.get(path, headers={"If-None-Match": tag})

    world.time.set(NOON + dt.timedelta(hours=11, minutes=59))
    assert (await again()).status_code == 304
    world.time.set(NOON + dt.timedelta(hours=12))
    tomorrow = await again()
    assert (tomorrow.status_code, tomorrow.json()["version"]) == (200, snapshot["version"])
    world.time.set(NOON)
    await world.entry(own("other-desk"))
    world.time.passed += reading.FRESH_SECONDS
    changed = await again()
    assert changed.status_code == 200
    assert changed.json()["version"] != snapshot["version"]


async def test_a_telephone_that_follows_the_changes_has_what_there_is(world: World) -> None:
    """What is otherwise, and what is gone; 410 for a token that stands for nothing (M3)."""
    await harbour(world, own("campus-desk"), own("other-desk"))
    has: dict[str, Any] = {}
    tokens: list[str] = []

    async def follow() -> int:
        """Bring it up to date; how many items came."""
        query, came = {"limit": 50} | ({"sync_token": tokens[-1]} if tokens else {}), 0
        while True:
            page = await asked(world, f"{DIRECTORY}/changes", **query)
            came += len(page["items"])
            for item in page["items"]:
                if item.get("deleted"):
                    assert item == {"id": item["id"], "deleted": True}
                    del has[item["id"]]
                else:
                    has[item["id"]] = item
            if page["next_sync_token"] is not None:
                tokens.append(page["next_sync_token"])
                return came
            query["cursor"] = page["next_cursor"]

    async def change(entry: dict[str, Any] | None, name: str) -> None:
        def work(session: Session) -> None:
            session.exec(delete(LocalEntry).where(col(LocalEntry.entry_id) == name))

        await world.write(work)
        if entry is not None:
            await world.entry(entry)
        else:
            await world.entry(own(f"spare-{name}"))
        world.time.passed += reading.FRESH_SECONDS
        await world.settle()
        await world.write(
            lambda session: publishing.publish_state(session, schools.find(session, "harbour"), clock.now())
        )

    everything = await follow()
    assert everything == len(has) > 20
    await world.write(lambda session: publishing.publish_state(session, schools.find(session, "harbour"), clock.now()))
    assert await follow() == 0
    assert tokens[0] == tokens[1]
    await change(own("campus-desk", who_for="Everyone here"), "campus-desk")
    assert await follow() == 1
    assert has["campus-desk"]["who_for"] == "Everyone here"
    await change(None, "other-desk")
    assert await follow() == 2
    assert "other-desk" not in has
    snapshot = await asked(world, f"{DIRECTORY}/snapshot")
    of_a_day = ("open_intervals", "unknown_intervals", "verification_overdue")
    facts = {
        entry["id"]: {name: value for name, value in entry.items() if name not in of_a_day}
        for entry in snapshot["entries"]
    }
    assert has == facts
    await world.write(lambda session: session.exec(delete(PublishedState)) and None)
    expired = await world.http.get(f"{DIRECTORY}/changes", params={"sync_token": tokens[-1]})
    assert (expired.status_code, expired.json()["code"]) == (410, "sync_token_expired")
    assert expired.json()["help"]


@ON_SQLITE
async def test_the_sweep_keeps_the_state_of_every_school(world: World) -> None:
    await harbour(world)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    for _ in range(2):
        await world.write(lambda session: publishing.sweep(session, _item(), clock.now()))
        await world.settle()
    kept = await world.db.read(lambda session: [row.collection for row in session.exec(select(PublishedState))])
    assert kept == ["directory", "directory"]


def _item() -> Any:
    class Item:
        subject = uuid.UUID(int=0)

    return Item()


@ON_SQLITE
async def test_another_schools_words_are_not_in_it_and_readers_leave_no_trace(world: World) -> None:
    await harbour(world, own("campus-desk"))
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    for path in ("directory", "directory/snapshot", "directory/changes"):
        theirs = await world.http.get(
            f"/v1/schools/ridge/{path}", params={"limit": 100} if "snap" not in path else None
        )
        assert "campus-desk" not in json.dumps(theirs.json())
    assert (await world.http.get("/v1/schools/ridge/directory/campus-desk")).status_code == 404
    assert (await world.http.get("/v1/schools/nowhere/directory")).status_code == 404


@ON_SQLITE
async def test_help_that_another_process_has_changed_is_looked_for_beside_the_answers(world: World) -> None:
    """No answer waits for it, and a number that was wrong does not stay."""
    await harbour(world)
    path = f"{BASE}/help-now"
    runtime = world.app.state.runtime
    before = await world.http.get(path)
    # The first one has looked already.
    await runtime.close()
    await world.entry(own("ward-line", tier="crisis", hours="24/7", zone=None, **NUMBER))
    assert (await world.http.get(path)).headers["etag"] == before.headers["etag"]
    world.time.passed += 11
    assert (await world.http.get(path)).headers["etag"] == before.headers["etag"]
    await runtime.close()
    after = await world.http.get(path)
    assert "ward-line" in [entry["id"] for entry in after.json()["always_open"]]
    # The intervals of the day, and of the next when it has come.
    assert after.json()["valid_from"] == "2027-03-09T13:00:00Z"
    world.time.set(NOON + dt.timedelta(hours=12))
    assert (await world.http.get(path)).json()["valid_from"] == "2027-03-10T13:00:00Z"
