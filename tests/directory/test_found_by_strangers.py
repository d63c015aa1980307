"""What somebody found who set out to break a school's directory, and what comes of it now."""

from __future__ import annotations

import datetime as dt

import pytest

from app.directory import phones
from tests.directory.keeping import BASE, COUNSELLING, ENTRIES, keeper
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_more_emergency_entries_than_a_telephone_shows_take_nothing_away(world: World) -> None:
    it = await keeper(world)
    own = {k: v for k, v in COUNSELLING.items() if k not in ("id", "zone", "phone_display")}
    doors = [
        own | {"id": f"door-{n}", "name": f"Door {n}", "tier": "emergency", "hours": "24/7", "pinned": True}
        for n in range(120)
    ]
    dry = await world.http.post(
        f"{BASE}/directory/imports?dry_run=true", headers=it.person.headers, json={"entries": doors}
    )
    headers = it.person.headers | {"If-Match": dry.json()["etag"]}
    stored = await world.http.post(f"{BASE}/directory/imports", headers=headers, json={"entries": doors})
    assert stored.status_code == 200, stored.text
    shown = (await world.http.get(f"{BASE}/help-now")).json()
    assert len(shown["emergency"]) == 20
    assert "au-000" in {entry["id"] for entry in shown["emergency"]}
    for body in ({}, {"signs": ["unsafe_right_now"], "priority": "now"}):
        found = await world.http.post(f"{BASE}/referral-options", json=body)
        assert found.status_code == 200
        ids = {entry["id"] for entry in found.json()["items"]}
        assert "au-000" in ids
        assert len([each for each in found.json()["items"] if each["always_open"] and each["tier"] == "crisis"]) >= 2


@ON_SQLITE
async def test_the_countrys_emergency_number_is_nobodys_to_change_and_no_crisis_line(world: World) -> None:
    it = await keeper(world)
    number = {"phone_display": "0491 570 006", "phone_dial": "0491 570 006"}
    changed = await it.do("PATCH", "au-000", number)
    assert (changed.status_code, changed.json()["code"]) == (409, "last_emergency_entry")
    assert (await it.do("PATCH", "au-000", {"pinned": True})).status_code == 200
    one_line = {"tier": "crisis", "hours": "24/7", "zone": None, "for": ["self", "worried_about_someone"]}
    assert (await it.make(id="zeros", phone_display="000", **one_line)).status_code == 201
    national = [entry["id"] for entry in (await world.http.get(f"{BASE}/directory?limit=100")).json()["items"]]
    codes = set()
    for name in national:
        if name.startswith("au-") and name != "au-000":
            hidden = await it.do("POST", name, {"reason": "A test"}, action="hide")
            codes.add(hidden.json().get("code"))
    assert codes & {"last_crisis_entry", "too_few_at_any_hour"}


def test_a_line_has_one_form_however_it_is_written() -> None:
    assert phones.dialled("+61 1300 975 711", country="AU") == phones.dialled("1300 975 711", country="AU")
    assert phones.dialled("+61 2 5550 0199", country="AU") == "+61255500199"


@ON_SQLITE
async def test_an_entry_that_is_deleted_is_gone_although_somebody_had_checked_it(world: World) -> None:
    it = await keeper(world)
    await it.make()
    checked = await it.do("POST", COUNSELLING["id"], {"method": "called", "evidence": "Yes"}, action="verify")
    assert checked.status_code == 200
    assert (await it.do("DELETE", COUNSELLING["id"])).status_code == 204
    assert (await world.http.get(f"{ENTRIES}/{COUNSELLING['id']}", headers=it.person.headers)).status_code == 404
    assert (await it.make()).status_code == 201


@ON_SQLITE
async def test_a_moment_beyond_every_calendar_is_refused(world: World) -> None:
    await world.school()
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert (await world.http.post(f"{BASE}/referral-options", json={"at": at})).status_code == 422


@ON_SQLITE
async def test_when_a_time_to_hide_is_over_somebody_can_go_on_from_there(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 10, 1, tzinfo=dt.UTC))
    it = await keeper(world)
    until = "2027-03-10T02:00:00Z"
    assert (await it.do("POST", "au-sane", {"reason": "Moving", "until": until}, action="hide")).status_code == 200
    world.time.advance(hours=2)
    await world.settle()
    token = (await world.http.get(f"{BASE}/directory/changes?limit=100")).json()["next_sync_token"]
    since = await world.http.get(f"{BASE}/directory/changes", params={"sync_token": token})
    assert (since.status_code, since.json()["items"]) == (200, [])


@ON_SQLITE
async def test_no_entry_is_left_unchecked_for_years(world: World) -> None:
    world.time.set(dt.datetime(2027, 3, 10, 1, tzinfo=dt.UTC))
    it = await keeper(world)
    late = await it.do("PATCH", "au-lifeline", {"verify_by": "2099-01-01"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "#/verify_by")
    assert (await it.do("PATCH", "au-lifeline", {"verify_by": "2028-04-13"})).status_code == 200
