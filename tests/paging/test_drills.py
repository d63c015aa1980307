"""Drills: test pages each week, who answered in what time, and a dead pager that shows (J20; domain, 2.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlmodel import select
from story import Team, kinds, later, on_sqlite, pages, team, told

from app.core import clock
from app.models import CoverageGap, Escalation
from app.paging import drills
from app.vocabulary import EscalationState, GapCause, Role
from app.worker import start_recurring
from tests.support.world import Someone, World

DRILLS = "/v1/schools/harbour/drills"
MELBOURNE = ZoneInfo("Australia/Melbourne")


async def start(world: World, by: Someone) -> httpx.Response:
    made = await world.http.post(DRILLS, headers=by.headers | world.once())
    await world.settle()
    return made


async def result(world: World, people: Team, drill_id: str) -> dict[str, Any]:
    shown = await world.http.get(f"{DRILLS}/{drill_id}", headers=people.sponsor.headers)
    assert shown.status_code == 200, shown.text
    body: dict[str, Any] = shown.json()
    return body


async def test_everybody_who_may_be_needed_gets_a_page_that_says_it_is_a_drill(world: World) -> None:
    people = await team(world)
    made = await start(world, people.coordinator)
    assert (made.status_code, made.json()["asked"], made.json()["weekly"]) == (201, 3, False)
    for someone in (people.primary, people.backup, people.coordinator):
        assert [page["drill"] for page in pages(world, someone)] == [True]
    assert kinds(world, people.sponsor) == []
    again = await start(world, people.coordinator)
    assert (again.status_code, again.json()["code"]) == (409, "drill_running")

    world.time.advance(seconds=74)
    acked = await world.http.post(
        f"/v1/pages/{pages(world, people.primary)[0]['page_id']}/ack", headers=people.primary.headers
    )
    assert acked.json() == {"state": "acknowledged", "by_role": "primary", "first": True}
    link = pages(world, people.backup)[0]["ack_url"].removeprefix(world.settings.base_url)
    assert (await world.http.post(link)).status_code == 200
    brief = await world.http.get(
        f"/v1/pages/{pages(world, people.primary)[0]['page_id']}", headers=people.primary.headers
    )
    assert (brief.json()["text"], brief.json()["page"]["drill"]) == (None, True)
    await later(world, hours=2, minutes=2)
    done = await result(world, people, made.json()["id"])
    answers = {each["alias"]: each["answer"] for each in done["people"]}
    assert answers == {"Primary": "answered", "Backup": "answered", "Coordinator": "unanswered"}
    [first] = [each["seconds_to_answer"] for each in done["people"] if each["alias"] == "Primary"]
    assert 74 <= first < 120
    [finished] = told(world, people.coordinator, "drill.finished")
    numbers = {name: finished["data"][name] for name in ("asked", "answered", "unreached")}
    assert numbers == {"asked": 3, "answered": 2, "unreached": 0}
    # Nobody else was ever asked about it, and nothing is left of it.
    assert [len(pages(world, each)) for each in (people.primary, people.backup, people.coordinator)] == [1, 1, 1]
    left = await world.db.read(lambda s: {each.state for each in s.exec(select(Escalation))})
    assert left == {EscalationState.CLOSED}
    assert "page.exhausted" not in kinds(world, people.sponsor)


async def test_a_dead_pager_is_seen_at_once_and_shows_as_a_gap(world: World) -> None:
    people = await team(world)
    world.receiver.behave(people.primary.hook, 500)
    made = await start(world, people.coordinator)
    done = await result(world, people, made.json()["id"])
    assert (done["people"][0]["alias"], done["people"][0]["answer"]) == ("Primary", "unreached")
    assert done["unreached"] == 1
    # It is over with that: nothing is sent again for hours to come.
    tried = len(world.receiver.requests(people.primary.hook))
    await later(world, hours=3)
    assert len(world.receiver.requests(people.primary.hook)) == tried
    gaps = await world.db.read(lambda s: [each.cause for each in s.exec(select(CoverageGap))])
    assert GapCause.NO_WORKING_CONTACT in gaps


@on_sqlite
async def test_whoever_is_paused_is_asked_nothing_and_has_no_dead_pager(world: World) -> None:
    people = await team(world)
    sent = clock.now().replace(second=0, microsecond=0)
    for someone, until in ((people.coordinator, None), (people.backup, sent + dt.timedelta(days=2))):
        pause = {"kind": "paused", "start": sent.isoformat(), "end": until and until.isoformat()}
        away = await world.http.post("/v1/schools/harbour/absences", headers=someone.headers | world.once(), json=pause)
        assert away.status_code == 201, away.text
    made = await start(world, people.coordinator)
    assert (made.status_code, made.json()["asked"], made.json()["unreached"]) == (201, 1, 0)
    assert [each["alias"] for each in (await result(world, people, made.json()["id"]))["people"]] == ["Primary"]


@on_sqlite
async def test_each_tuesday_morning_of_the_school_and_never_at_night(world: World) -> None:
    people = await team(world)
    monday = dt.datetime(2027, 3, 8, 9, tzinfo=MELBOURNE)
    world.time.set(monday)
    await world.write(start_recurring)
    await world.settle()
    began = []
    for hour in range(0, 24 * 9, 4):
        world.time.set(monday + dt.timedelta(hours=hour))
        await world.settle()
        listed = await world.http.get(DRILLS, headers=people.coordinator.headers)
        began = [dt.datetime.fromisoformat(each["started_at"]) for each in listed.json()["items"]]
    local = [each.astimezone(MELBOURNE) for each in began]
    assert [(each.date().isoformat(), 10 <= each.hour < 15) for each in local] == [
        ("2027-03-16", True),
        ("2027-03-09", True),
    ]


@on_sqlite
async def test_a_school_may_want_none_and_one_without_rosters_has_none(world: World) -> None:
    await world.school("ridge", region="NSW", zone="Australia/Sydney", weekly_drill=False)
    await world.school()
    tuesday = dt.datetime(2027, 3, 9, 11, tzinfo=MELBOURNE)
    world.time.set(tuesday)
    adviser = await world.person(Role.ADVISER, school="ridge", paged=True)
    await world.on_call(adviser)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.write(start_recurring)
    world.time.advance(hours=1)
    await world.settle()
    assert (pages(world, adviser), pages(world, coordinator)) == ([], [])
    assert (await start(world, coordinator)).json()["code"] == "nobody_to_drill"
    assert clock.now() > tuesday
    assert dt.timedelta(hours=2) == drills.TO_ANSWER


@on_sqlite
async def test_a_drill_is_not_answered_with_words(world: World) -> None:
    people = await team(world)
    await start(world, people.coordinator)
    page = f"/v1/pages/{pages(world, people.primary)[0]['page_id']}"
    for what, body in (("reply", {"text": "Hello?"}), ("hand-over", {"note": None}), ("notes", {"text": "Hm."})):
        refused = await world.http.post(f"{page}/{what}", headers=people.primary.headers | world.once(), json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "drill_page")


@on_sqlite
async def test_a_page_that_is_answered_after_weeks_without_a_worker_leaves_the_drill_readable(world: World) -> None:
    people = await team(world)
    made = await start(world, people.coordinator)
    page_id = pages(world, people.backup)[0]["page_id"]
    world.time.advance(days=12)
    acked = await world.http.post(f"/v1/pages/{page_id}/ack", headers=people.backup.headers)
    assert acked.status_code == 200, acked.text
    await world.settle()
    shown = await result(world, people, made.json()["id"])
    [late] = [each["seconds_to_answer"] for each in shown["people"] if each["alias"] == "Backup"]
    assert late >= 12 * 86_400
    assert len(told(world, people.coordinator, "drill.finished")) == 1
