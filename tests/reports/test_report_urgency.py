"""A red flag pages, whatever was said about the time there is; nothing afterwards makes less of it (J2)."""

from __future__ import annotations

import itertools

from harbour import (
    SCHOOL_HOOK,
    act,
    cast,
    listed,
    my_pages,
    nobody_answers,
    one_database,
    rows,
    told,
    write_to_reporter,
)

from app.guidance.signs import RED_FLAG_SIGNS, Priority, Sign
from app.models import Escalation, Report
from tests.support.world import World


@one_database
async def test_every_red_flag_pages_the_adviser_at_every_stated_priority(world: World) -> None:
    people = await cast(world)
    asked = list(itertools.product(sorted(RED_FLAG_SIGNS), Priority))
    for count, (sign, priority) in enumerate(asked, start=1):
        made = await world.report("just_a_feeling", sign, priority=priority)
        assert made.status_code == 201, made.text
        assert made.json()["help_now"][0]["tier"] == "emergency", (sign, priority)
        pages = await my_pages(world, people.adviser)
        assert (len(pages), {page["priority"] for page in pages}) == (count, {"now"}), (sign, priority)

    reports = await listed(world, people.triager, limit=100)
    assert sorted((report["signs"][1], report["priority_stated"]) for report in reports) == sorted(asked)
    assert {report["needs_person_check"] for report in reports} == {True}


@one_database
async def test_what_is_no_red_flag_pages_only_when_the_reporter_says_now(world: World) -> None:
    people = await cast(world)
    quiet = sorted(set(Sign) - RED_FLAG_SIGNS)
    for priority in (Priority.TODAY, Priority.SOON, Priority.WHEN_YOU_CAN):
        # Whoever wants advice, today, is a supporter's case (test_unread.py).
        assert (await world.report(*quiet, priority=priority, wants="just_letting_you_know")).status_code == 201
    assert await my_pages(world, people.adviser) == []

    assert (await world.report(*quiet, priority="now")).status_code == 201
    assert [page["priority"] for page in await my_pages(world, people.adviser)] == ["now"]
    checks = {(report.priority_stated, report.needs_person_check) for report in await rows(world, Report)}
    assert checks == {(priority, False) for priority in Priority}


async def test_the_page_goes_out_in_the_transaction_of_the_report(world: World) -> None:
    """A 201 means that the page is on its way, whatever becomes of this process afterwards."""
    people = await cast(world)
    await world.report("hurt_themselves", priority="when_you_can")
    await world.settle()
    assert told(world) == {people.adviser.hook: ["page.requested"], SCHOOL_HOOK: ["page.requested"]}


@one_database
async def test_nothing_that_happens_later_lowers_a_red_flag(world: World) -> None:
    people = await cast(world)
    made = await world.report("sounds_hopeless_or_trapped", priority="when_you_can")
    reporter = await world.reporter(made.json()["receipt"])
    [report] = await listed(world, people.triager)
    url = f"/v1/schools/harbour/reports/{report['id']}"

    async def still_raised() -> bool:
        seen = (await world.http.get(url, headers=people.triager.headers)).json()
        assert seen["priority_stated"] == "when_you_can"
        return bool(seen["needs_person_check"])

    await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "She is fine again."})
    assert await still_raised()
    await act(world, people.triager, report["id"], "claim")
    assert await still_raised()
    await write_to_reporter(world, people.triager, report["id"])
    assert await still_raised()
    await act(world, people.triager, report["id"], "close")
    assert await still_raised()


@one_database
async def test_a_red_flag_that_nobody_answers_goes_from_person_to_person_on_the_clock_for_now(world: World) -> None:
    people = await cast(world)
    made = await world.report("said_thoughts_of_suicide", priority="when_you_can")
    assert made.status_code == 201
    await nobody_answers(world)
    [escalation] = await rows(world, Escalation)
    assert (escalation.state, escalation.priority) == ("exhausted", "now")
    for person in (people.adviser, people.backup, people.coordinator):
        assert [page["state"] for page in await my_pages(world, person)] == ["timed_out"]
