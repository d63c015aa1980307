"""Help where somebody is placed: the services of the state of a site, beside those of the school's (T01, E15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from keeping import BASE, Keeper, keeper

from app.guidance.pack import load_guidance
from app.vocabulary import Role
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WHY = load_guidance().why_shown
SITES, DIRECTORY = f"{BASE}/sites", f"{BASE}/directory"
NSW, VIC = ["au-dh-nsw", "au-nsw-mhl"], ["au-vic-suicideline", "au-vic-triage"]
IN_NSW, IN_VIC = {name: ["NSW"] for name in NSW}, {name: ["VIC"] for name in VIC}
OF_THE_SITE, OF_THE_SCHOOL = {name: {WHY.region_of_site} for name in NSW}, {name: {WHY.region} for name in VIC}
# Melbourne Cup Day, a Tuesday, at half past eleven in Melbourne and in Sydney.
CUP_DAY = dt.datetime(2027, 11, 2, 0, 30, tzinfo=dt.UTC)
# A Monday, and a holiday in Canberra and not in Sydney, at half past eleven in both.
CANBERRA_DAY = dt.datetime(2027, 3, 8, 0, 30, tzinfo=dt.UTC)
HOSPITAL = {"name": "Broken Hill Hospital", "kind": "hospital", "region": "NSW", "is_teaching_site": True}


async def site(it: Keeper, **changes: Any) -> str:
    made = await it.world.http.post(SITES, headers=it.person.headers | it.world.once(), json=HOSPITAL | changes)
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    return found


async def read(world: World, path: str, **query: Any) -> Any:
    answer = await world.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_regions(items: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in items if each["id"] in (*NSW, *VIC)]


def reasons(items: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Which of the two reasons of a region each entry gives."""
    found = {each["id"]: {WHY.region, WHY.region_of_site}.intersection(each["why_shown"]) for each in items}
    return {name: said for name, said in found.items() if said}


@pytest.mark.parametrize("signs", [["said_thoughts_of_suicide"], ["tearful"]])
async def test_a_report_from_a_placement_gets_the_lines_of_that_state(world: World, signs: list[str]) -> None:
    """J2: one that pages and one that waits. Without a site, and at one at home, it is as it was."""
    it = await keeper(world)
    away, home = await site(it), await site(it, name="Pier Hospital", region="VIC")
    there = (await world.report(*signs, site_id=away)).json()["help_now"]
    assert sorted(of_regions(there)) == NSW
    assert reasons(there) == OF_THE_SITE
    here = (await world.report(*signs)).json()["help_now"]
    assert set(reasons(here)) <= set(VIC)
    assert reasons(here)["au-vic-triage"] == {WHY.region}
    assert (await world.report(*signs, site_id=home)).json()["help_now"] == here
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    foreign = str(await world.site(school="ridge"))
    assert (await world.report(*signs, site_id=foreign)).json()["help_now"] == here


@ON_SQLITE
async def test_the_list_and_what_fits_a_worry_go_by_the_site_that_is_named(world: World) -> None:
    it = await keeper(world)
    away = await site(it)
    near = (await read(world, DIRECTORY, near_site_id=away, limit=100))["items"]
    assert [name for name in of_regions(near) if name in ("au-nsw-mhl", "au-vic-triage")] == [
        "au-nsw-mhl",
        "au-vic-triage",
    ]
    assert reasons(near) == OF_THE_SITE | OF_THE_SCHOOL
    walked: list[str] = []
    answer = await world.http.get(DIRECTORY, params={"near_site_id": away, "limit": 5})
    while answer.links:
        walked += [each["id"] for each in answer.json()["items"]]
        answer = await world.http.get(answer.links["next"]["url"])
    walked += [each["id"] for each in answer.json()["items"]]
    assert walked == [each["id"] for each in near]
    assert sorted(of_regions((await read(world, DIRECTORY, limit=100))["items"])) == VIC
    refused = await world.http.get(DIRECTORY, params={"near_site_id": away, "within_km": 10})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "site_without_place")

    async def fitting(**asked: Any) -> list[dict[str, Any]]:
        answer = await world.http.post(f"{BASE}/referral-options", json={"signs": ["tearful"]} | asked)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    there = await fitting(near_site_id=away)
    assert sorted(of_regions(there)) == NSW
    assert reasons(there) == OF_THE_SITE
    assert set(of_regions(await fitting())) <= set(VIC)
    unknown = await world.http.post(f"{BASE}/referral-options", json={"near_site_id": "nowhere"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_site")


async def test_copies_carry_what_serves_each_site_and_say_where(world: World) -> None:
    """A telephone on placement without a signal chooses by itself; help-now is the same for everybody."""
    it = await keeper(world)
    assert (await it.make()).status_code == 201
    before = (await world.http.get(f"{BASE}/help-now")).content
    first = await read(world, f"{DIRECTORY}/changes", limit=100)
    assert of_regions(first["items"]) == VIC
    away = await site(it)
    since = await read(world, f"{DIRECTORY}/changes", sync_token=first["next_sync_token"], limit=100)
    assert {each["id"]: each["regions"] for each in since["items"]} == IN_NSW
    snapshot = await read(world, f"{DIRECTORY}/snapshot")
    assert {each["region"] for each in snapshot["sites"]} == {"NSW"}
    carried = {each["id"]: each["regions"] for each in snapshot["entries"]}
    assert carried["au-lifeline"] == []
    assert {name: carried[name] for name in of_regions(snapshot["entries"])} == (IN_NSW | IN_VIC)
    one = await read(world, f"{DIRECTORY}/au-nsw-mhl")
    assert (one["regions"], reasons([one])) == (["NSW"], {})
    assert (await world.http.get(f"{BASE}/help-now")).content == before
    kept = await world.http.get(f"{SITES}/{away}", headers=it.person.headers)
    headers = it.person.headers | {"If-Match": kept.headers["ETag"]}
    assert (await world.http.delete(f"{SITES}/{away}", headers=headers)).status_code == 204
    gone = await read(world, f"{DIRECTORY}/changes", sync_token=since["next_sync_token"])
    assert {each["id"]: each.get("deleted") for each in gone["items"]} == dict.fromkeys(NSW, True)
    assert (await world.http.get(f"{DIRECTORY}/au-nsw-mhl")).status_code == 404


@ON_SQLITE
async def test_hours_of_another_state_are_read_by_its_public_holidays(world: World) -> None:
    world.time.set(CUP_DAY)
    it = await keeper(world)
    away = await site(it)
    by_day = {"hours": "Mo-Fr 09:00-17:00; PH off", "zone": "Australia/Sydney", "phone_display": None}
    by_day |= {"phone_dial": None, "channels": ["in_person"]}
    for name, regions in (("there", ["NSW"]), ("here", ["VIC"]), ("both", ["NSW", "VIC"])):
        assert (await it.make(id=name, regions=regions, **by_day)).status_code == 201
    expected = {"there": "open", "here": "closed", "both": "closed"}
    near = (await read(world, DIRECTORY, near_site_id=away, limit=100))["items"]
    assert {each["id"]: each["open_state"] for each in near if each["id"] in expected} == expected
    fitting = (await world.http.post(f"{BASE}/referral-options", json={"near_site_id": away})).json()["items"]
    assert {each["id"]: each["open_state"] for each in fitting if each["id"] == "there"} == {"there": "open"}
    snapshot = (await read(world, f"{DIRECTORY}/snapshot"))["entries"]
    today = {each["id"]: each["open_intervals"][0]["start"][:10] for each in snapshot if each["id"] in expected}
    assert today == {"there": "2027-11-01", "here": "2027-11-02", "both": "2027-11-02"}


@ON_SQLITE
async def test_what_serves_several_other_states_is_read_by_the_holidays_of_the_one_that_is_named(world: World) -> None:
    """Whichever of them it names first, and whoever asked before."""
    world.time.set(CANBERRA_DAY)
    it = await keeper(world)
    away, capital = await site(it), await site(it, name="Canberra Hospital", region="ACT")
    by_day = {"hours": "Mo-Fr 09:00-17:00; PH off", "zone": "Australia/Sydney", "phone_display": None}
    by_day |= {"phone_dial": None, "channels": ["in_person"], "regions": ["ACT", "NSW"]}
    assert (await it.make(id="several", **by_day)).status_code == 201
    for named, expected in ((capital, "closed"), (away, "open")):
        near = (await read(world, DIRECTORY, near_site_id=named, limit=100))["items"]
        fitting = (await world.http.post(f"{BASE}/referral-options", json={"near_site_id": named})).json()["items"]
        for shown in (near, fitting):
            assert [each["open_state"] for each in shown if each["id"] == "several"] == [expected]


@ON_SQLITE
async def test_what_serves_a_site_is_looked_after_and_stands_in_for_nobody(world: World) -> None:
    """Some readers get it: they may say that it is wrong. It is not there for all, as cover has to be."""
    it = await keeper(world)
    await site(it)
    assert (await it.entry("au-nsw-mhl")).json()["served"] is True
    said = await world.http.post(f"{DIRECTORY}/au-nsw-mhl/corrections", json={"kind": "other"})
    assert said.status_code == 201
    headers = (await world.person(Role.COORDINATOR)).headers
    shown = await world.http.get(f"{BASE}/policies", headers=headers)
    body = {name: value for name, value in shown.json().items() if name not in ("time_zone", "partner_agrees")}
    refused = await world.http.put(
        f"{BASE}/policies",
        headers=headers | {"If-Match": shown.headers["ETag"]},
        json=body | {"external_advice_entry_id": "au-nsw-mhl"},
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "entry_not_always_open")


@ON_SQLITE
async def test_a_site_is_in_a_region_of_the_schools_country(world: World) -> None:
    """What was stored before may stay until somebody changes it."""
    it = await keeper(world)
    headers = it.person.headers
    refused = await world.http.post(SITES, headers=headers | world.once(), json=HOSPITAL | {"region": "XX"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/region")
    assert refused.json()["errors"][0]["code"] == "unknown_region"
    path = f"{SITES}/{await site(it)}"
    for change, status in (({"region": "XX"}, 422), ({"region": "SA"}, 200), ({"name": "Another"}, 200)):
        etag = (await world.http.get(path, headers=headers)).headers["ETag"]
        answer = await world.http.patch(path, headers=headers | {"If-Match": etag}, json=change)
        assert answer.status_code == status, answer.text
    assert (await world.http.get(f"{DIRECTORY}/au-sa-triage")).status_code == 200
    assert (await world.http.get(f"{DIRECTORY}/au-nsw-mhl")).status_code == 404
