"""What somebody has to look at in a directory, who is told of it, and what readers say (domain 2.3, D15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from keeping import BASE, COUNSELLING, Keeper, keeper
from sqlmodel import Session, col, select

from app.directory import review, words
from app.models import EntryCorrection, Event, LocalEntry
from app.schools import service as schools
from app.vocabulary import Role
from app.work import queue
from app.worker import NOTHING
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
BEFORE_ANY_CHECK_IS_DUE = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
TASKS, CORRECTIONS = f"{BASE}/directory/review-tasks", f"{BASE}/directory/corrections"


async def tasks(it: Keeper) -> set[tuple[str, str]]:
    found = await it.world.http.get(f"{TASKS}?limit=100", headers=it.person.headers)
    return {(task["code"], task["entry_id"]) for task in found.json()["items"]}


async def told(world: World, kind: str) -> list[dict[str, Any]]:
    """After the hourly look."""

    def again(session: Session) -> None:
        queue.enqueue(session, review.SWEEP, NOTHING, due_at=world.time.now(), now=world.time.now(), key=review.SWEEP)

    await world.write(again)
    world.time.advance(minutes=61)
    await world.settle()
    statement = select(Event.data).where(Event.type == kind).order_by(col(Event.occurred_at))
    return await world.db.read(lambda session: list(session.exec(statement)))


@ON_SQLITE
async def test_an_overdue_check_is_told_once_for_each_day_that_it_was_due(world: World) -> None:
    """Domain 2.3: to school IT and coordinators; the country's day counts until the school has checked by itself."""
    world.time.set(BEFORE_ANY_CHECK_IS_DUE)
    it = await keeper(world)
    kind = "directory.verification_overdue"
    assert await told(world, kind) == []
    await it.make()
    first = {"school": "harbour", "overdue": 1, "entry_ids": [COUNSELLING["id"]]}
    assert await told(world, kind) == [first]
    assert await tasks(it) == {("verification_overdue", COUNSELLING["id"])}
    assert await told(world, kind) == [first]
    await it.do("POST", COUNSELLING["id"], {"method": "called", "evidence": "Yes"}, action="verify")
    assert await tasks(it) == set()
    world.time.advance(days=182)
    [_, together] = await told(world, kind)
    assert together["overdue"] == len(together["entry_ids"]) > 10
    assert {COUNSELLING["id"], "au-000"} <= set(together["entry_ids"])
    assert len(await told(world, kind)) == 2
    assert ("verification_overdue", "au-000") in await tasks(it)


@pytest.mark.parametrize(
    ("zone", "now", "here"),
    [
        ("Australia/Melbourne", "2026-12-01T20:00+00:00", "2026-12-02"),
        ("America/St_Johns", "2026-12-02T00:30+00:00", "2026-12-01"),
    ],
)
async def test_a_check_is_overdue_by_the_schools_clock_for_keepers_as_for_readers(
    world: World, zone: str, now: str, here: str
) -> None:
    """In the hours in which its day is another than that of UTC: entries, tasks, readiness, events, the next check."""
    world.time.set(dt.datetime.fromisoformat(now))
    await world.school(zone=zone)
    it = await keeper(world, Role.SCHOOL_IT, Role.COORDINATOR, school=False)
    today = dt.date.fromisoformat(here)
    days = {"due-yesterday": today - dt.timedelta(days=1), "due-today": today}
    for entry_id, day in days.items():
        assert (await it.make(id=entry_id, verify_by=str(day))).status_code == 201
    # What nobody has checked yet was due the day before.
    assert (await it.make()).json()["check_due_on"] == str(days["due-yesterday"])

    read = (await world.http.get(f"{BASE}/directory", params={"tier": "school_support"})).json()["items"]
    kept = (await world.http.get(f"{BASE}/directory/entries?origin=own", headers=it.person.headers)).json()["items"]
    one_by_one = [(await it.entry(entry_id)).json() for entry_id in (*days, COUNSELLING["id"])]
    expected = {"due-yesterday": True, "due-today": False, COUNSELLING["id"]: True}
    assert {each["id"]: each["verification_overdue"] for each in read} == expected
    assert {each["id"]: each["overdue"] for each in kept} == expected
    assert {each["id"]: each["overdue"] for each in one_by_one} == expected
    late = sorted(entry_id for entry_id, overdue in expected.items() if overdue)
    assert await tasks(it) == {("verification_overdue", entry_id) for entry_id in late}
    ready = (await world.http.get(f"{BASE}/readiness", headers=it.person.headers)).json()
    assert ready["directory_checks"]["overdue"] == len(late)
    for _ in range(2):
        [event] = await told(world, "directory.verification_overdue")
        assert sorted(event["entry_ids"]) == late

    check = {"method": "called", "evidence": "Yes"}
    first, last = today + dt.timedelta(days=1), today + dt.timedelta(days=400)
    for day in (first - dt.timedelta(days=1), last + dt.timedelta(days=1)):
        refused = await it.do("POST", "due-today", check | {"due_on": str(day)}, action="verify")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "due_out_of_range")
    for day in (first, last):
        checked = await it.do("POST", "due-today", check | {"due_on": str(day)}, action="verify")
        assert checked.json()["check_due_on"] == str(day)
    checked = await it.do("POST", "due-yesterday", check, action="verify")
    assert (checked.json()["overdue"], checked.json()["check_due_on"]) == (False, str(today + dt.timedelta(days=180)))


@ON_SQLITE
async def test_a_base_that_has_changed_under_a_patch_is_told_once_and_settled_by_looking(world: World) -> None:
    """D15: the version that was patched is kept; another one raises a task, which an empty patch settles."""
    world.time.set(BEFORE_ANY_CHECK_IS_DUE)
    it = await keeper(world)
    await it.do("PATCH", "au-qlife", {"name": "Ours"})
    gone = {"name": "Was national"}
    await world.entry({"id": "au-once-there"}, base_version="of long ago")

    def of_another_release(session: Session) -> None:
        for row in session.exec(select(LocalEntry)):
            row.base_version = "of another release"
            row.entry = dict(row.entry) or gone
            session.add(row)
        words.touch(session, schools.find(session, "harbour"))

    await world.write(of_another_release)
    assert await tasks(it) == {("base_changed", "au-qlife"), ("base_gone", "au-once-there")}
    said = sorted((each["entry_id"], each["state"]) for each in await told(world, "directory.base_changed"))
    assert said == [("au-once-there", "gone"), ("au-qlife", "changed")]
    assert len(await told(world, "directory.base_changed")) == 2
    seen = await it.do("PATCH", "au-qlife", {})
    assert (seen.json()["base_state"], seen.json()["changed_fields"]) == ("same", ["name"])
    assert (await it.do("DELETE", "au-once-there")).status_code == 204
    assert await tasks(it) == set()


@ON_SQLITE
async def test_broken_rows_and_what_is_kept_for_safety_are_tasks_and_stop_nobody(world: World) -> None:
    """D15: however the rows came there; everything else is served."""
    world.time.set(BEFORE_ANY_CHECK_IS_DUE)
    it = await keeper(world)
    before = await it.served()
    await world.entry({"id": "nonsense"})
    for line in ("au-000", "au-lifeline", "au-scbs", "au-beyondblue", "au-vic-suicideline"):
        await world.entry({"id": line, "name": "x" * 900}, base_version="of nobody", hidden_reason="Away with it")
    found = await tasks(it)
    assert {("broken_row", "nonsense"), ("kept_for_safety", "au-000"), ("kept_for_safety", "au-lifeline")} <= found
    assert (await it.entry("au-000")).json()["served"] is True
    await world.app.state.runtime.renew_help("harbour")
    after = await it.served()
    assert after["au-000"] == before["au-000"]
    assert len(set(after) & {"au-lifeline", "au-scbs", "au-beyondblue"}) >= 2
    ready = await world.http.get(f"{BASE}/readiness", headers=(await world.person(Role.COORDINATOR)).headers)
    assert set(ready.json()["directory"]["missing"]) >= {"last_emergency_entry"}
    assert (ready.json()["directory_checks"]["ok"], ready.json()["directory_checks"]["overdue"]) == (True, 0)
    report = await world.report("hurt_themselves")
    assert "au-000" in {each["id"] for each in report.json()["help_now"]}


async def test_a_reader_says_that_a_number_is_wrong_and_somebody_looks_into_it(world: World) -> None:
    """Anonymous: an hour, a kind, a sealed note; one event a day; the note goes when it has served its purpose."""
    world.time.set(BEFORE_ANY_CHECK_IS_DUE + dt.timedelta(minutes=17))
    it = await keeper(world)
    path = f"{BASE}/directory/au-lifeline/corrections"
    wrong = {"kind": "number_wrong", "note": "It rings out."}
    for _ in range(3):
        sent = await world.http.post(path, json=wrong)
        assert (sent.status_code, sent.json()) == (201, {"received": True})
        assert "Location" not in sent.headers
    assert (await world.http.post(f"{BASE}/directory/nobody/corrections", json=wrong)).status_code == 404
    events = await told(world, "directory.correction_received")
    assert events == [{"school": "harbour", "entry_id": "au-lifeline"}]
    rows = await world.db.read(lambda session: list(session.exec(select(EntryCorrection))))
    assert {row.received_hour for row in rows} == {BEFORE_ANY_CHECK_IS_DUE}
    assert {row.id.version for row in rows} == {4}
    assert not any(b"rings" in (row.note_sealed or b"") for row in rows)
    assert await tasks(it) == {("correction_open", "au-lifeline")}
    listed = (await world.http.get(f"{CORRECTIONS}?open_only=true", headers=it.person.headers)).json()["items"]
    assert [each["note"] for each in listed] == ["It rings out."] * 3
    for each in listed:
        settle = f"{CORRECTIONS}/{each['id']}/settle"
        for _ in range(2):
            done = await world.http.post(settle, headers=it.person.headers, json={"outcome": "was_right"})
            assert (done.status_code, done.json()["state"], done.json()["note"]) == (200, "was_right", None)
        other = await world.http.post(settle, headers=it.person.headers, json={"outcome": "corrected"})
        assert (other.status_code, other.json()["code"]) == (409, "correction_settled")
    assert await tasks(it) == set()


@ON_SQLITE
async def test_what_serves_another_state_is_served_to_nobody_here_and_nobodys_to_check(world: World) -> None:
    """The country's and the school's own: kept, and no reader's, so that nobody is asked to look after it."""
    world.time.set(BEFORE_ANY_CHECK_IS_DUE)
    it = await keeper(world)
    made = await it.make(id="harbour-in-sydney", regions=["NSW"])
    assert (made.status_code, made.json()["served"]) == (201, False)
    assert (await it.entry("au-nsw-mhl")).json()["served"] is False
    assert (await it.entry("au-vic-triage")).json()["served"] is True
    world.time.advance(days=240)
    for entry_id in ("harbour-in-sydney", "au-nsw-mhl"):
        assert (await world.http.get(f"{BASE}/directory/{entry_id}")).status_code == 404
        said = await world.http.post(f"{BASE}/directory/{entry_id}/corrections", json={"kind": "number_wrong"})
        assert said.status_code == 404
    due = {entry_id for code, entry_id in await tasks(it) if code == "verification_overdue"}
    assert "au-vic-triage" in due
    assert due.isdisjoint({"harbour-in-sydney", "au-nsw-mhl", "au-wa-mherl"})
    coordinator = await world.person(Role.COORDINATOR)
    ready = (await world.http.get(f"{BASE}/readiness", headers=coordinator.headers)).json()
    assert ready["directory_checks"]["overdue"] == len(due)


@ON_SQLITE
async def test_a_flood_of_corrections_of_one_entry_is_held_back_without_a_word(world: World) -> None:
    it = await keeper(world)
    path = f"{BASE}/directory/au-000/corrections"
    answers = [await world.http.post(path, json={"kind": "other"}) for _ in range(23)]
    assert {(each.status_code, each.text) for each in answers} == {(201, '{"received":true}')}
    found = await world.http.get(f"{CORRECTIONS}?limit=100", headers=it.person.headers)
    assert len(found.json()["items"]) == 20


@ON_SQLITE
async def test_a_site_is_made_changed_and_retired_where_something_names_it(world: World) -> None:
    """I07: what names a place goes on to do so."""
    it = await keeper(world)
    sites = f"{BASE}/sites"
    body = {"name": "Pier Hospital", "kind": "hospital", "region": "VIC", "is_teaching_site": True}
    made = await world.http.post(sites, headers=it.person.headers | world.once(), json=body)
    where, headers = made.headers["Location"], it.person.headers
    assert (made.status_code, (await world.http.get(where, headers=headers)).json()) == (201, made.json())
    half = await world.http.patch(where, headers=headers | {"If-Match": made.headers["ETag"]}, json={"latitude": -37.8})
    assert (half.status_code, half.json()["errors"][0]["code"]) == (422, "place_has_both")
    placed = await world.http.patch(
        where, headers=headers | {"If-Match": made.headers["ETag"]}, json={"latitude": -37.8, "longitude": 144.9}
    )
    assert (placed.json()["version"], placed.json()["latitude"]) == (2, -37.8)
    assert (await it.make(site_ids=[made.json()["id"]])).status_code == 201
    removed = await world.http.delete(where, headers=headers | {"If-Match": placed.headers["ETag"]})
    assert removed.status_code == 204
    assert (await world.http.get(where, headers=headers)).status_code == 404
    assert (await it.do("PATCH", COUNSELLING["id"], {"cost": "a fee"})).status_code == 200
