"""Who hears that a reporter has written: whoever has it in hand, and when nobody has, the others who may know (J2)."""

from __future__ import annotations

import pytest
from harbour import (
    SCHOOL_HOOK,
    Cast,
    act,
    cast,
    give,
    leave,
    listed,
    my_pages,
    nobody_answers,
    one_database,
    take,
    told,
    write_to_reporter,
)

from app.vocabulary import Role
from tests.support.world import Someone, World

ADDED = ["conversation.message_added"]


async def writes(world: World, receipt: str) -> dict[str, list[str]]:
    """The reporter adds a message; gives who is told of it."""
    await world.settle()
    world.receiver.reset()
    sent = await world.http.post(
        "/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Help."}
    )
    assert sent.status_code == 201
    await world.settle()
    return told(world)


async def on_page(world: World, person: Someone, action: str) -> None:
    """`ack`, `decline` or `reply` on the person's latest page."""
    page = (await my_pages(world, person))[0]
    body = {"text": "I am here."} if action == "reply" else None
    done = await world.http.post(f"/v1/pages/{page['id']}/{action}", headers=person.headers | world.once(), json=body)
    assert done.is_success, done.text


def triagers(people: Cast) -> dict[str, list[str]]:
    return {people.triager.hook or "": ADDED, people.second_triager.hook or "": ADDED}


async def test_before_an_acknowledgement_whoever_is_asked_and_after_it_whoever_has_it(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    assert await writes(world, receipt) == {people.adviser.hook: ADDED}
    await on_page(world, people.adviser, "decline")
    assert await writes(world, receipt) == {people.backup.hook: ADDED}
    await on_page(world, people.backup, "ack")
    assert await writes(world, receipt) == {people.backup.hook: ADDED}
    await on_page(world, people.backup, "reply")
    assert await writes(world, receipt) == {people.backup.hook: ADDED}


@one_database
async def test_when_everybody_was_asked_in_vain_those_who_read_reports(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    await nobody_answers(world)
    assert await writes(world, receipt) == triagers(people)


@one_database
async def test_whoever_has_answered_from_a_page_until_they_can_no_longer_read_it(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    await on_page(world, people.adviser, "reply")
    world.time.advance(hours=23)
    assert await writes(world, receipt) == {people.adviser.hook: ADDED}
    world.time.advance(hours=2)
    assert await writes(world, receipt) == triagers(people)


@pytest.mark.parametrize("left", [True, False])
async def test_when_whoever_held_it_is_gone_the_other_triagers(world: World, left: bool) -> None:
    """Gone from the school, or no triager any more."""
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    await write_to_reporter(world, people.triager, report["id"])
    await (leave(world, people.triager) if left else take(world, people.triager, Role.TRIAGER))
    assert await writes(world, receipt) == {people.second_triager.hook: ADDED}


async def test_with_nobody_left_who_reads_reports_whoever_is_on_call_is_asked(world: World) -> None:
    """Those who read it have left, or read no more: what its reporter writes then waits for nobody who comes later."""
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    await write_to_reporter(world, people.triager, report["id"])
    await take(world, people.second_triager, Role.TRIAGER)
    await leave(world, people.triager)
    asked = {people.adviser.hook: ["page.requested"], SCHOOL_HOOK: ["page.requested"]}
    assert await writes(world, receipt) == asked
    # From then on whoever is asked, or has answered, hears of it; once they can read it no more, those on call then.
    assert await writes(world, receipt) == {people.adviser.hook: ADDED}
    await on_page(world, people.adviser, "reply")
    world.time.advance(hours=23)
    assert await writes(world, receipt) == {people.adviser.hook: ADDED}
    world.time.advance(hours=2)
    assert await writes(world, receipt) == asked


@one_database
async def test_nobody_whom_it_is_kept_from_even_when_nobody_else_is_left(world: World) -> None:
    people = await cast(world)
    third = await world.person(Role.TRIAGER, paged=True)
    receipt = (await world.report("hurt_themselves", keep_from=["Eli", "coordinator"])).json()["receipt"]
    await give(world, third, Role.COORDINATOR)
    await give(world, people.adviser, Role.COORDINATOR)
    assert await writes(world, receipt) == {people.triager.hook: ADDED}
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    await leave(world, people.triager)
    found = await writes(world, receipt)
    assert (found, SCHOOL_HOOK in found) == ({}, False)


@one_database
async def test_of_an_independent_report_only_those_who_were_asked(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful", about_role="staff", priority="now")).json()["receipt"]
    assert await writes(world, receipt) == {people.handler.hook: ADDED}
    await nobody_answers(world)
    assert await writes(world, receipt) == {people.handler.hook: ADDED}
    await on_page(world, people.handler, "reply")
    world.time.advance(hours=48)
    assert await writes(world, receipt) == {people.handler.hook: ADDED}
    await leave(world, people.handler)
    assert await writes(world, receipt) == {}


@one_database
async def test_who_leaves_between_the_message_and_its_telling_is_not_told(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    await world.settle()
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Help."})
    await leave(world, people.adviser)
    await world.settle()
    assert told(world) == {}
