"""Journeys J1, J2, J10, J11, J17 and J18 over HTTP: the right door, now, here (domain, 4.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.vocabulary import Role
from app.worker import start_recurring
from tests.directory.keeping import COUNSELLING
from tests.reports.harbour import one_database
from tests.stories import telling
from tests.support.world import World

HERE, RIDGE = "/v1/schools/harbour", "/v1/schools/ridge"
# A Thursday in summer time, eleven hours ahead of UTC.
TWO_AT_NIGHT = dt.datetime(2027, 3, 10, 15, 0, 5, tzinfo=dt.UTC)


async def read(world: World, path: str, **query: Any) -> dict[str, Any]:
    found = await world.http.get(path, params=query)
    assert found.status_code == 200, found.text
    document: dict[str, Any] = found.json()
    return document


@one_database
async def test_a_worried_student_at_two_in_the_morning(world: World) -> None:
    """J1: help, words to borrow and the whole list without an account; what is closed at two comes after what is open,
    and the copy on the telephone says the same."""
    world.time.set(TWO_AT_NIGHT)
    await world.school()
    await world.entry(COUNSELLING | {"phone_dial": "+61255500199"})
    assert (await read(world, f"{HERE}/help-now"))["emergency"]
    assert (await read(world, f"{HERE}/privacy-statement"))["version"]
    asked = {"purpose": "opener", "channel": "message", "relationship": "same_placement"}
    scripts = (await read(world, f"{HERE}/scripts", **asked))["items"]
    assert scripts
    assert all("message" in each["channels"] and each["why_this_works"] for each in scripts)
    made = await world.report("withdrawn_or_keeping_to_self", "tearful", relationship="same_placement")
    assert made.status_code == 201
    states = [entry["open_state"] for entry in made.json()["help_now"] if entry["tier"] != "emergency"]
    assert states == sorted(states, key=["open", "unknown", "closed"].index)

    listed = (await read(world, f"{HERE}/directory", limit=100))["items"]
    [counselling] = [entry for entry in listed if entry["id"] == COUNSELLING["id"]]
    opens = dt.datetime(2027, 3, 10, 22, tzinfo=dt.UTC).isoformat().replace("+00:00", "Z")
    assert (counselling["open_state"], counselling["opens_at"]) == ("closed", opens)
    now = world.time.now().isoformat()
    for entry in (await read(world, f"{HERE}/directory/snapshot"))["entries"]:
        spans = {"open": entry["open_intervals"], "unknown": entry["unknown_intervals"]}
        there = [state for state, found in spans.items() if any(each["start"] <= now < each["end"] for each in found)]
        [live] = [each["open_state"] for each in listed if each["id"] == entry["id"]]
        assert live == (there[0] if there else "closed"), entry["id"]


async def test_a_friend_who_is_not_safe_and_the_hospital_where_one_is_placed(world: World) -> None:
    """J2, I07: emergency care of the avoided hospital is there, flagged; the first words are those to ask with."""
    await world.school()
    hospital = str(await world.site())
    ward = {"id": "harbour-ed", "tier": "emergency", "channels": ["in_person"], "hours": "24/7", "zone": None}
    own = {k: v for k, v in (COUNSELLING | ward | {"site_ids": [hospital]}).items() if k != "phone_display" and v}
    await world.entry(own | {"independent": True})
    asked = {"signs": ["said_thoughts_of_suicide"], "priority": "now", "avoid_site_ids": [hospital]}
    found = (await world.http.post(f"{HERE}/referral-options", json=asked)).json()["items"]
    emergency = [entry for entry in found if entry["tier"] == "emergency"]
    assert found[: len(emergency)] == emergency
    assert [entry["conflicts_with_avoided_site"] for entry in emergency] == [False, True]
    callable_now = [entry for entry in found if entry["always_open"] and entry["tier"] == "crisis"]
    assert len({entry["phone_dial"] for entry in callable_now}) >= 2
    assert all(entry["why_shown"] for entry in found)
    article = await read(world, f"{HERE}/guidance/asking-about-suicide")
    assert article["needs_help_beside"] is True
    played = await read(world, f"{HERE}/practice-scenarios/practice-thoughts-of-suicide")
    first = played["steps"][0]
    for choice in first["choices"]:
        move = {"step": first["id"], "choice": choice["id"]}
        said = await world.http.post(f"{HERE}/practice-scenarios/{played['id']}/moves", json=move)
        assert (said.status_code, said.json()["feedback"]) == (200, choice["feedback"])


async def test_school_it_brings_in_its_directory_and_learns_nothing_else(world: World) -> None:
    """J10: a dry run with row faults, all or nothing, the ETag, a second time without effect, and no report."""
    await world.school()
    it = await world.person(Role.SCHOOL_IT)
    header = "id,external_id,name,tier,what_it_is,who_for,for,independent,run_by,shares_information_with_school,"
    header += "channels,phone_display,hours_text,hours,zone,cost,verification,source_1,source_1_date"
    good = "north,E1,Ngunnawal house,primary_care,Doctors,Anyone,self,yes,health_service,never,"
    good += "phone,02 5550 0104,Weekdays,Mo-Fr 09:00-17:00,Australia/Sydney,free,verified,Its page,2026-11"
    bad = good.replace("north,E1", "south,E2").replace("09:00-17:00", "9 to 5")
    bad += "\r\n" + good.replace("north,E1", "east,E3").replace("primary_care", "nowhere")
    path, table = f"{HERE}/directory/imports", {"Content-Type": "text/csv"}

    async def bring(rows: str, etag: str = "", **query: str) -> Any:
        headers = it.headers | table | ({"If-Match": etag} if etag else {})
        return await world.http.post(path, params=query, headers=headers, content=f"\ufeff{header}\r\n{rows}".encode())

    dry = (await bring(f"{good}\r\n{bad}", dry_run="true")).json()
    assert (dry["added"], dry["stored"]) == (["north"], False)
    assert {fault["pointer"] for fault in dry["errors"]} == {"#/csv/2/hours", "#/csv/3/tier"}
    assert (await bring(f"{good}\r\n{bad}", dry["etag"])).status_code == 422
    assert (await bring(good)).status_code == 428
    stored = await bring(good, dry["etag"])
    assert (stored.status_code, stored.json()["added"]) == (200, ["north"])
    assert (await bring(good, dry["etag"])).status_code == 412
    again = await bring(good, stored.json()["etag"])
    assert (again.json()["unchanged"], again.json()["changed"]) == (1, [])
    shown = await read(world, f"{HERE}/directory/north")
    assert (shown["name"], shown["phone_dial"]) == ("Ngunnawal house", "+61255500104")
    assert (await world.http.get(f"{HERE}/reports", headers=it.headers)).status_code == 403


@one_database
async def test_two_schools_in_two_states_show_two_directories_and_two_sets_of_rules(world: World) -> None:
    """J11: on Melbourne Cup Day Harbour's counselling is closed and Ridge's is not; neither finds the other's."""
    world.time.set(dt.datetime(2027, 11, 2, 0, 30, tzinfo=dt.UTC))
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    there = COUNSELLING | {"hours": "Mo-Fr 09:00-17:00; PH off", "phone_dial": "+61255500199"}
    await world.entry(there)
    await world.entry(there | {"id": "ridge-counselling", "zone": "Australia/Sydney"}, school="ridge")
    states = {}
    for base, entry in ((HERE, "harbour-counselling"), (RIDGE, "ridge-counselling")):
        states[entry] = (await read(world, f"{base}/directory/{entry}"))["open_state"]
    assert states == {"harbour-counselling": "closed", "ridge-counselling": "open"}
    foreign, nothing = [await world.http.get(f"{RIDGE}/directory/{each}") for each in ("harbour-counselling", "none")]
    assert (foreign.status_code, nothing.status_code) == (404, 404)
    assert foreign.json() | {"instance": ""} == nothing.json() | {"instance": ""}
    cards = {}
    for base in (HERE, RIDGE):
        cards[base] = {card["jurisdiction"] for card in (await read(world, f"{base}/obligations-cards"))["items"]}
    assert cards == {HERE: {"AU", "AU-VIC"}, RIDGE: {"AU", "AU-NSW"}}


async def test_an_author_takes_a_story_back_and_it_is_gone_at_once(world: World) -> None:
    """J17: from the list, from its address, and told as gone to telephones that have it."""
    await world.school()
    one, two = await telling.reviewers(world)
    code, story = await telling.published(world, one, two)
    listed = await read(world, telling.HERE, limit=100)
    assert [each["id"] for each in listed["items"]] == [story]
    assert listed["help"]
    gone = await world.http.post(f"{telling.MINE}/withdraw", json={"code": code})
    assert gone.status_code == 200
    assert (await world.http.get(f"{telling.HERE}/{story}")).status_code == 404
    assert (await read(world, telling.HERE))["items"] == []
    since = await read(world, telling.HERE, sync_token=listed["next_sync_token"])
    assert since["deleted"] == [{"id": story, "deleted": True}]
    assert (await world.http.post(telling.MINE, json={"code": code})).status_code == 404


@one_database
async def test_a_card_whose_review_is_overdue_is_shown_with_a_warning_and_told_of(world: World) -> None:
    """J18: it does not vanish, because an old card that says so helps more than none."""
    world.time.set(dt.datetime(2027, 5, 26, 12, tzinfo=dt.UTC))
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.write(start_recurring)

    async def overdue() -> set[str]:
        cards = (await read(world, f"{HERE}/obligations-cards"))["items"]
        assert all((card["warning"] is not None) == card["review_overdue"] for card in cards)
        return {card["id"] for card in cards if card["review_overdue"]}

    await world.settle()
    assert await overdue() == set()
    world.time.advance(days=2)
    await world.settle()
    late = await overdue()
    assert "obligations-vic-telling" in late
    events = [request.json() for request in world.receiver.requests(coordinator.hook)]
    told = [event["data"] for event in events if event["type"] == "content.review_overdue"]
    assert len(told) == 1
    assert late <= {piece["piece_id"] for piece in told[0]["pieces"]}
