"""What a school decides for itself counts at once, and what protects reporters is not lowered by whoever plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx

from app.vocabulary import Role
from tests.reports.harbour import one_database
from tests.support.world import Someone, World

HERE = "/v1/schools/harbour"
POLICIES = f"{HERE}/policies"


async def shown(world: World, someone: Someone) -> dict[str, Any]:
    answer = await world.http.get(POLICIES, headers=someone.headers)
    assert answer.status_code == 200, answer.text
    return {name: value for name, value in answer.json().items() if name not in ("time_zone", "partner_agrees")}


async def decide(world: World, someone: Someone, **changes: Any) -> httpx.Response:
    etag = (await world.http.get(POLICIES, headers=someone.headers)).headers["ETag"]
    body = await shown(world, someone) | changes
    return await world.http.put(POLICIES, headers=someone.headers | {"If-Match": etag}, json=body)


def fault(answer: httpx.Response) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


async def test_other_reading_hours_are_promised_at_once(world: World) -> None:
    """The next report says so, although the outlook of the last one is kept."""
    world.time.set(dt.datetime(2027, 3, 10, 7, tzinfo=dt.UTC))  # Wednesday, 18:00 in Melbourne
    await world.school()
    await world.person(Role.TRIAGER)
    coordinator = await world.person(Role.COORDINATOR)
    before = (await world.report()).json()["expect"]
    assert (before["staffed_now"], before["read_by_local"]) == (False, "2027-03-11T09:00:00+11:00")
    changed = {"reading_hours": "Mo-Fr 17:00-20:00", "reading_hours_text": "17:00 to 20:00 on working days"}
    assert (await decide(world, coordinator, **changed)).status_code == 200
    after = (await world.report()).json()["expect"]
    assert (after["staffed_now"], after["read_by_local"]) == (True, "2027-03-10T20:00:00+11:00")
    assert after["basis"] == (
        "Somebody is there to read your report now. Reading hours end on Wed 10 Mar 2027 20:00, by the school's clock."
    )

    free = {"on": "2027-03-11", "name": "Show day", "kept": True}
    off = {"reading_hours": "Mo-Fr 09:00-17:00; PH off", "local_holidays": [free]}
    assert (await decide(world, coordinator, **off)).status_code == 200
    assert (await world.report()).json()["expect"]["read_by_local"] == "2027-03-12T09:00:00+11:00"


async def test_what_a_school_writes_of_its_hours_is_in_no_promise(world: World) -> None:
    """Neither may be changed into what the other does not say: the sentence is computed with the time."""
    world.time.set(dt.datetime(2027, 3, 10, 7, tzinfo=dt.UTC))  # Wednesday, 18:00 in Melbourne
    await world.school()
    await world.person(Role.TRIAGER)
    coordinator = await world.person(Role.COORDINATOR)
    for changed, read_by, said in (
        ({"reading_hours_text": "day and night, within minutes"}, "2027-03-11T09:00:00+11:00", "Thu 11 Mar 2027 09:00"),
        ({"reading_hours": "Mo-We 10:00-12:00; PH off"}, "2027-03-15T10:00:00+11:00", "Mon 15 Mar 2027 10:00"),
        ({"reading_hours": "PH 09:00-10:00"}, "2027-03-26T09:00:00+11:00", "Fri 26 Mar 2027 09:00"),
    ):
        assert (await decide(world, coordinator, **changed)).status_code == 200
        made = (await world.report()).json()
        assert made["expect"]["read_by_local"] == read_by
        basis = f"Somebody is there to read your report from {said}, by the school's clock."
        assert made["expect"]["basis"] == basis
        shown_again = await world.http.get("/v1/me/report", headers=await world.reporter(made["receipt"]))
        assert shown_again.json()["expect"] == made["expect"]
    assert (await shown(world, coordinator))["reading_hours_text"] == "day and night, within minutes"


async def test_nothing_is_promised_on_a_public_holiday_that_the_reading_hours_do_not_name(world: World) -> None:
    """Whoever wrote no word of it has not said that anybody reads then; a directory says as much of such hours."""
    await world.school()
    await world.person(Role.TRIAGER)
    coordinator = await world.person(Role.COORDINATOR)
    free = {"on": "2027-11-29", "name": "Founders Day", "kept": True}
    saturday, monday = dt.datetime(2027, 11, 27, 1, tzinfo=dt.UTC), dt.datetime(2027, 11, 28, 23, tzinfo=dt.UTC)
    next_day, that_day = "2027-11-30T09:00:00+11:00", "2027-11-29T09:00:00+11:00"
    for hours, on_saturday, on_monday in (
        ("Mo-Fr 09:00-17:00", next_day, (False, next_day)),
        ("Mo-Fr 09:00-17:00; PH off", next_day, (False, next_day)),
        ("Mo-Fr,PH 09:00-17:00", that_day, (True, "2027-11-29T17:00:00+11:00")),
    ):
        world.time.set(saturday)
        assert (await decide(world, coordinator, reading_hours=hours, local_holidays=[free])).status_code == 200
        assert (await world.report()).json()["expect"]["read_by_local"] == on_saturday, hours
        world.time.set(monday)
        expect = (await world.report()).json()["expect"]
        assert (expect["staffed_now"], expect["read_by_local"]) == on_monday, hours


@one_database
async def test_what_is_taken_back_is_kept_only_if_the_privacy_officer_says_so(world: World) -> None:
    await world.school()
    await world.school("coast", region="NSW")
    coordinator, officer = await world.person(Role.COORDINATOR), await world.person(Role.PRIVACY_OFFICER)
    for name, value in (("keeps_withdrawn_reports", True), ("assess_incidents_within_days", 300)):
        refused = await decide(world, coordinator, **{name: value})
        assert fault(refused) == (403, [(f"#/{name}", "not_yours")])
        assert (await decide(world, officer, **{name: value})).json()[name] == value
    assert fault(await decide(world, officer, weekly_drill=False)) == (403, [("#/weekly_drill", "not_yours")])

    assert (await decide(world, coordinator, independent_partner="coast")).json()["partner_agrees"] is False
    there = await world.person(Role.COORDINATOR, school="coast")
    path = "/v1/schools/coast/policies"
    theirs = await world.http.get(path, headers=there.headers)
    body = {name: value for name, value in theirs.json().items() if name not in ("time_zone", "partner_agrees")}
    headers = there.headers | {"If-Match": theirs.headers["ETag"]}
    agreed = await world.http.put(path, headers=headers, json=body | {"independent_partner": "harbour"})
    assert agreed.json()["partner_agrees"] is True
    # Nobody here would read what is kept from the programme, if that ended.
    refused = await decide(world, coordinator, independent_partner=None)
    assert fault(refused) == (403, [("#/independent_partner", "not_yours")])
    await world.person(Role.INDEPENDENT_HANDLER)
    assert (await decide(world, coordinator, independent_partner=None)).status_code == 200
    log = (await world.http.get(f"{HERE}/audit-log", headers=officer.headers)).json()["items"]
    changed = [each["subject"] for each in log if each["action"] == "school_policy.changed"]
    assert sorted(changed) == [
        "assess_incidents_within_days",
        "independent_partner",
        "independent_partner",
        "keeps_withdrawn_reports",
    ]


@one_database
async def test_what_could_not_be_kept_is_refused(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    for name, value, code in (
        ("reading_hours", "whenever", "opening_hours"),
        ("reading_hours", "Feb 30 09:00-17:00", "opening_hours"),
        ("reading_hours", "Mo-Su off", "never_open"),
        ("independent_partner", "nowhere", "unknown_school"),
        ("independent_partner", "harbour", "same_school"),
        ("external_advice_entry_id", "there-is-none", "entry_not_always_open"),
        ("external_advice_entry_id", "au-wa-mherl", "entry_not_always_open"),
        ("time_zone", "Australia/Perth", "unknown_field"),
    ):
        assert fault(await decide(world, coordinator, **{name: value})) == (422, [(f"#/{name}", code)])
    body = await shown(world, coordinator)
    headers = coordinator.headers
    assert (await world.http.put(POLICIES, headers=headers, json=body)).status_code == 428
    old = headers | {"If-Match": '"old"'}
    assert (await world.http.put(POLICIES, headers=old, json=body)).status_code == 412


@one_database
async def test_the_statement_is_adopted_as_it_is_shown(world: World) -> None:
    await world.school()
    officer, sponsor = await world.person(Role.PRIVACY_OFFICER, alias="Juno"), await world.person(Role.SPONSOR)
    path = f"{HERE}/privacy-statement/adoption"
    current = (await world.http.get(f"{HERE}/privacy-statement")).json()["version"]
    old = await world.http.put(path, headers=officer.headers, json={"version": "1999-1"})
    assert (old.status_code, old.json()["code"]) == (409, "statement_changed")
    for _ in range(2):
        adopted = await world.http.put(path, headers=officer.headers, json={"version": current})
        assert (adopted.json()["adopted"], adopted.json()["adopted_by"]) == (current, "Juno")
    seen = await world.http.get(path, headers=sponsor.headers)
    assert seen.json() == adopted.json()
    log = (await world.http.get(f"{HERE}/audit-log", headers=officer.headers)).json()["items"]
    assert [each["action"] for each in log].count("privacy_statement.adopted") == 1
