"""How much a reporter may write to their report, and who hears of it (J13)."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from harbour import act, cast, listed, one_database, rows, told, write_to_reporter

from app.models import ReportMessage
from tests.support.late_commits import uncommitted
from tests.support.world import World

MESSAGES = "/v1/me/report/messages"
SAID = "conversation.message_added"


async def write(world: World, reporter: dict[str, str], text: str = "And one more thing.") -> httpx.Response:
    return await world.http.post(MESSAGES, headers=reporter, json={"text": text})


async def test_the_eleventh_message_in_ten_minutes_has_to_wait(world: World) -> None:
    """429 with the time to wait and help; for this report alone, whoever else writes from the same address."""
    await world.school()
    receipt = (await world.report("tearful")).json()["receipt"]
    reporter = await world.reporter(receipt)
    other = await world.reporter((await world.report("tearful")).json()["receipt"])
    # However many at once: the report's own row is what they wait for.
    answers = await asyncio.gather(*(write(world, reporter) for _ in range(14)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 429: 4}
    key = world.once()
    refused = await world.http.post(MESSAGES, headers=reporter | key, json={"text": "Later."})
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["report-messages"])
    assert refused.json()["help"][0]["phone_dial"] == "000"
    assert refused.headers["RateLimit-Policy"] == '"report-messages";q=10;w=600'
    wait = int(refused.headers["Retry-After"])
    assert 590 < wait <= 600
    assert (await write(world, other)).status_code == 201
    assert len(await rows(world, ReportMessage)) == 11
    # It was not kept: the same key is good when it is time.
    world.time.advance(seconds=wait)
    again = await world.http.post(MESSAGES, headers=reporter | key, json={"text": "Later."})
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)


@one_database
async def test_sixty_a_day_are_enough(world: World) -> None:
    await world.school()
    receipt = (await world.report("tearful")).json()["receipt"]
    for _ in range(6):
        reporter = await world.reporter(receipt)
        assert {(await write(world, reporter)).status_code for _ in range(10)} == {201}
        world.time.advance(minutes=11)
    reporter = await world.reporter(receipt)
    refused = await write(world, reporter)
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["report-messages-day"])
    assert 82_000 < int(refused.headers["Retry-After"]) < 86_400


@one_database
async def test_who_cannot_wait_is_never_refused_and_those_who_answer_hear_of_several_together(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("said_thoughts_of_suicide")).json()["receipt"]
    await world.settle()
    reporter = await world.reporter(receipt)
    assert {(await write(world, reporter)).status_code for _ in range(25)} == {201}
    await world.settle()
    assert told(world)[people.adviser.hook or ""].count(SAID) == 10
    world.time.advance(seconds=10)
    await world.settle()
    assert told(world)[people.adviser.hook or ""].count(SAID) == 11
    assert (await write(world, reporter, "He is on his way home.")).status_code == 201
    world.time.advance(seconds=10)
    await world.settle()
    assert told(world)[people.adviser.hook or ""].count(SAID) == 12


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_writes_while_the_word_of_what_came_before_goes_out_is_heard_too(world: World) -> None:
    """Decision 25: a row that is shared is begun after all who count on it. SQLite has one writer."""
    people = await cast(world)
    receipt = (await world.report("said_thoughts_of_suicide")).json()["receipt"]
    reporter = await world.reporter(receipt)
    assert {(await write(world, reporter)).status_code for _ in range(11)} == {201}
    async with uncommitted(world, write(world, reporter, "He is on his way home."), table="report_messages"):
        world.time.advance(seconds=11)
        await world.settle()
        world.receiver.reset()
    await world.settle()
    assert told(world)[people.adviser.hook or ""] == [SAID]


@one_database
async def test_a_question_that_somebody_is_paged_for_can_be_added_to_without_end(world: World) -> None:
    """No red flag, and paging that is not over; once it is answered, the limit is that of any conversation."""
    people = await cast(world)
    receipt = (await world.report("tearful", priority="today")).json()["receipt"]
    reporter = await world.reporter(receipt)
    assert {(await write(world, reporter)).status_code for _ in range(12)} == {201}
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    assert (await write_to_reporter(world, people.triager, report["id"])).status_code == 201
    assert (await write(world, reporter)).status_code == 429
    # Whoever answers is not counted.
    for _ in range(12):
        assert (await write_to_reporter(world, people.triager, report["id"])).status_code == 201
