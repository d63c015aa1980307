"""A school keeps its directory: its own entries, its word on national ones, and what it cannot take away (D15, J10)."""

from __future__ import annotations

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from keeping import BASE, COUNSELLING, ENTRIES, keeper
from sqlmodel import Session, select

from app.models import AuditEntry
from app.vocabulary import Role
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


async def test_an_entry_of_ones_own_is_made_changed_and_done_away_with(world: World) -> None:
    """J10: numbers in one form; 201 with an address that reads the same; every step in the audit trail."""
    it = await keeper(world)
    made = await it.make(external_id="K-1", pinned=True)
    assert made.status_code == 201, made.text
    assert made.json()["entry"]["phone_dial"] == "+61255500199"
    assert (made.json()["origin"], made.json()["served"], made.json()["version"]) == ("own", True, 1)
    again = await world.http.get(made.headers["Location"], headers=it.person.headers)
    assert (again.json(), again.headers["ETag"]) == (made.json(), made.headers["ETag"])
    assert (await it.make()).status_code == 428
    changed = await it.do("PATCH", COUNSELLING["id"], {"cost": "a fee", "pinned": False})
    assert (changed.status_code, changed.json()["entry"]["cost"], changed.json()["pinned"]) == (200, "a fee", False)
    assert changed.json()["external_id"] == "K-1"
    stale = await it.do("PATCH", COUNSELLING["id"], {"cost": "free"}, etag=made.headers["ETag"])
    assert stale.status_code == 412
    assert (await it.do("DELETE", COUNSELLING["id"])).status_code == 204
    assert (await it.entry(COUNSELLING["id"])).status_code == 404

    def actions(session: Session) -> list[str]:
        rows = session.exec(select(AuditEntry.action).where(AuditEntry.subject == COUNSELLING["id"]))
        return sorted(rows)

    kept = [f"directory.entry_{what}" for what in ("changed", "created", "removed")]
    assert await world.db.read(actions) == kept


async def test_ten_who_change_one_version_at_once_change_it_once(world: World) -> None:
    it = await keeper(world)
    etag = (await it.make()).headers["ETag"]
    answers = await asyncio.gather(
        *(it.do("PATCH", COUNSELLING["id"], {"cost": f"{n} dollars"}, etag=etag) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9


async def test_those_who_hide_all_lines_at_once_leave_two(world: World) -> None:
    """J10: each alone would be allowed; the directory is held for one change at a time."""
    it = await keeper(world)
    listed = await it.served()
    lines = [name for name in ("au-lifeline", "au-scbs", "au-beyondblue", "au-vic-suicideline") if name in listed]
    answers = await asyncio.gather(*(it.do("POST", line, {"reason": "Try"}, action="hide") for line in lines))
    refused = [answer for answer in answers if answer.status_code == 409]
    assert (len(lines), len(refused)) == (4, 2)
    assert {answer.json()["code"] for answer in refused} == {"too_few_at_any_hour"}
    assert "help" not in refused[0].json()


@ON_SQLITE
async def test_the_last_emergency_entry_cannot_be_hidden_patched_away_or_moved(world: World) -> None:
    """D15: whichever way it is tried, with a code that says why, and nothing is changed."""
    it = await keeper(world)
    before = await it.served()
    tries = [
        await it.do("POST", "au-000", {"reason": "No"}, action="hide"),
        await it.do("PATCH", "au-000", {"tier": "crisis"}),
        await it.do("PATCH", "au-000", {"regions": ["NSW"]}),
        await it.do("PATCH", "au-000", {"hours": None}),
        await it.do("PATCH", "au-000", {"verification": "conflict"}),
        await it.do("PATCH", "au-000", {"topics": ["tearful"]}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in tries} == {(409, "last_emergency_entry")}
    assert await it.served() == before


@ON_SQLITE
async def test_a_word_over_a_national_entry_is_kept_field_by_field(world: World) -> None:
    """D15: what the school does not change goes on to come from the country; DELETE goes back to it."""
    it = await keeper(world)
    national = (await it.entry("au-beyondblue")).json()
    assert (national["origin"], national["version"], national["base_state"]) == ("national", 0, None)
    patched = (await it.do("PATCH", "au-beyondblue", {"name": "Beyond", "community": None, "sms": None})).json()
    assert (patched["origin"], patched["changed_fields"], patched["base_state"]) == ("patched", ["name"], "same")
    assert patched["base_version"] == national["national_version"] == patched["national_version"]
    assert patched["entry"] == national["entry"] | {"name": "Beyond"}
    assert (await it.served())["au-beyondblue"]["name"] == "Beyond"
    back = await it.do("PATCH", "au-beyondblue", {"name": national["entry"]["name"]})
    assert (back.json()["origin"], back.json()["changed_fields"]) == ("national", [])
    put = await it.do("PUT", "au-beyondblue", patched["entry"] | {"position": 1})
    assert (put.json()["changed_fields"], put.json()["position"]) == (["name"], 1)
    assert (await it.do("DELETE", "au-beyondblue")).status_code == 204
    assert (await it.entry("au-beyondblue")).json() == national
    assert (await it.do("DELETE", "au-beyondblue")).status_code == 404


@ON_SQLITE
async def test_what_is_hidden_for_a_time_is_shown_when_that_is_over(world: World) -> None:
    """D15: without anybody doing anything, and the answer in memory knows."""
    it = await keeper(world)
    until = (world.time.now() + dt.timedelta(days=2)).isoformat()
    hidden = await it.do("POST", "au-beyondblue", {"reason": "They move", "until": until}, action="hide")
    assert (hidden.status_code, hidden.json()["served"], hidden.json()["hidden_reason"]) == (200, False, "They move")
    assert "au-beyondblue" not in await it.served()
    world.time.advance(days=3)
    shown = (await it.entry("au-beyondblue")).json()
    assert (shown["served"], shown["hidden"]) == (True, False)
    past = await it.do("POST", "au-beyondblue", {"reason": "They move", "until": until}, action="hide")
    assert (past.status_code, past.json()["errors"][0]["code"]) == (422, "in_the_past")


@ON_SQLITE
async def test_a_check_is_a_record_of_its_own_and_a_new_number_is_unchecked(world: World) -> None:
    """Domain 2.3: who, when, how, what was seen and until when; a change is no check."""
    it = await keeper(world)
    assert (await it.make()).json()["overdue"] is True
    checked = await it.do("POST", COUNSELLING["id"], {"method": "called", "evidence": "They said so"}, action="verify")
    today = world.time.now().astimezone(ZoneInfo("Australia/Melbourne")).date()
    assert checked.json()["check_due_on"] == str(today + dt.timedelta(days=180))
    assert (checked.json()["overdue"], checked.json()["last_check"]["verified_by"]) == (False, str(it.person.id))
    renamed = await it.do("PATCH", COUNSELLING["id"], {"name": "Counselling"})
    assert renamed.json()["overdue"] is False
    moved = await it.do("PATCH", COUNSELLING["id"], {"phone_display": "02 5550 0123"})
    assert (moved.json()["overdue"], moved.json()["entry"]["phone_dial"]) == (True, "+61255500123")
    crisis = await it.do("POST", "au-lifeline", {"method": "website", "evidence": "Read it"}, action="verify")
    assert crisis.json()["check_due_on"] == str(today + dt.timedelta(days=90))
    listed = await world.http.get(f"{ENTRIES}/{COUNSELLING['id']}/verifications", headers=it.person.headers)
    assert [each["evidence"] for each in listed.json()["items"]] == ["They said so"]


@ON_SQLITE
async def test_what_cannot_be_used_is_refused_with_its_place(world: World) -> None:
    """J10: malformed numbers and hours, strange sites, unknown fields, two faults at once."""
    it = await keeper(world)
    site = await world.site()
    faults = {}
    for name, value in {
        "phone_display": "02 5550",
        "hours": "sometimes",
        "site_ids": ["00000000-0000-4000-8000-000000000000"],
        "colour": "red",
        "zone": "Australia/Nowhere",
        "tier": None,
    }.items():
        answer = await it.make(**{name: value})
        assert answer.status_code == 422, name
        faults[name] = {(each["pointer"], each["code"]) for each in answer.json()["errors"]}
    assert faults["phone_display"] == {("#/phone_dial", "invalid_number")}
    assert ("#/hours", "invalid_hours") in faults["hours"]
    assert faults["site_ids"] == {("#/site_ids/0", "unknown_site")}
    assert faults["colour"] == {("#/colour", "unknown_field")}
    assert faults["zone"] == {("#/zone", "invalid_zone")}
    assert faults["tier"] == {("#/side_list", "invalid_side_list")}
    assert (await it.make(site_ids=[str(site)], name="Ngā tāngata o Wurundjeri")).status_code == 201


@ON_SQLITE
async def test_a_sponsor_reads_and_changes_nothing(world: World) -> None:
    it = await keeper(world, Role.SPONSOR)
    assert (await it.entry("au-000")).status_code == 200
    assert (await it.do("POST", "au-000", {"reason": "No"}, action="hide")).status_code == 403
    assert (await world.http.get(f"{BASE}/directory/entries?limit=2&origin=own", headers=it.person.headers)).json() == {
        "items": [],
        "next_cursor": None,
    }


@ON_SQLITE
async def test_the_lists_of_keepers_are_walked_page_by_page(world: World) -> None:
    """P2, P4: every entry, whoever may see it, by its id; every task once."""
    world.time.set(dt.datetime(2027, 8, 1, tzinfo=dt.UTC))
    it = await keeper(world)
    await it.make()
    for path, name in ((ENTRIES, "id"), (f"{BASE}/directory/review-tasks", "entry_id")):
        whole = (await world.http.get(f"{path}?limit=100", headers=it.person.headers)).json()
        found, cursor = [], ""
        while cursor is not None:
            query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
            answer = (await world.http.get(path, headers=it.person.headers, params=query)).json()
            found += answer["items"]
            cursor = answer["next_cursor"]
        assert found == whole["items"]
        assert len({each[name] for each in found}) == len(found) > 20
