"""Who acknowledges, first, second and late; what that is worth; how an answer ends it (J5, contract 1.5).

By the link of a page: test_one_tap.py.
"""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import col, select
from story import ack, decline, kinds, later, page_states, pages, reply, team, the_escalation, told, urgent, work

from app.models import AuditEntry
from app.paging.deadlines import DELIVERY_DUE, REPLY_DUE, STEP_DUE
from app.vocabulary import EscalationState, Role
from tests.support.world import World

OUT_OF_TIME = {"minutes": 10, "seconds": 1}
FIRST = {"state": "acknowledged", "by_role": "primary", "first": True}


async def test_an_acknowledgement_stops_the_clock(world: World) -> None:
    people = await team(world)
    await urgent(world)
    assert await ack(world, people.primary) == FIRST
    await later(world, minutes=9)
    assert kinds(world, people.backup) == []
    assert (await the_escalation(world)).state is EscalationState.ACKNOWLEDGED


async def test_acknowledging_twice_changes_nothing(world: World) -> None:
    people = await team(world)
    await urgent(world)
    assert await ack(world, people.primary) == FIRST
    before = await the_escalation(world)
    await later(world, minutes=5)
    assert await ack(world, people.primary) == FIRST
    after = await the_escalation(world)
    assert (after.fence, after.acknowledged_at, after.next_due_at) == (
        before.fence,
        before.acknowledged_at,
        before.next_due_at,
    )


async def test_the_second_person_learns_that_it_is_taken_and_by_which_role(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    assert await ack(world, people.backup) == {"state": "acknowledged", "by_role": "backup", "first": True}
    assert await ack(world, people.primary) == {"state": "already_acknowledged", "by_role": "backup", "first": False}
    # The newer owner keeps it.
    assert (await the_escalation(world)).acknowledged_by == people.backup.id


async def test_a_late_acknowledgement_is_better_than_none(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    assert await ack(world, people.primary) == FIRST
    await world.settle()
    assert kinds(world, people.backup) == ["page.requested", "page.cancelled"]
    await later(world, minutes=9)
    assert kinds(world, people.coordinator) == []


@pytest.mark.parametrize("how", ["lapses", "is declined", "loses its holder"])
async def test_whoever_was_cancelled_for_a_late_acknowledgement_that_comes_to_nothing_is_asked_again(
    world: World, how: str
) -> None:
    """They had a part of their time, and were told that they need do nothing: their level is not behind."""
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    await later(world, seconds=2)
    assert await ack(world, people.primary) == FIRST
    await world.settle()
    if how == "lapses":
        await later(world, **OUT_OF_TIME)
    elif how == "is declined":
        assert (await decline(world, people.primary)).status_code == 200
    else:
        path = f"/v1/schools/harbour/people/{people.primary.id}/leave"
        assert (await world.http.post(path, headers=people.coordinator.headers)).status_code == 200
    await world.settle()
    assert kinds(world, people.backup) == ["page.requested", "page.cancelled", "page.requested"]
    assert pages(world, people.coordinator) == []
    first, again = pages(world, people.backup)
    assert first["page_id"] != again["page_id"]
    # The whole of their time, as of any page.
    await later(world, minutes=9)
    assert pages(world, people.coordinator) == []
    assert await ack(world, people.backup) == {"state": "acknowledged", "by_role": "backup", "first": True}


async def test_no_late_acknowledgement_takes_the_last_level_its_time(world: World) -> None:
    people = await team(world)
    await urgent(world)
    for _ in range(2):
        await later(world, **OUT_OF_TIME)
    for asked in (1, 2, 3):
        assert len(pages(world, people.coordinator)) == asked
        await later(world, seconds=2)
        assert await ack(world, people.primary) == FIRST
        await later(world, **OUT_OF_TIME)
        assert kinds(world, people.coordinator).count("page.exhausted") == 0
    assert (len(pages(world, people.primary)), len(pages(world, people.backup))) == (1, 1)
    # In vain after all: told once, when their time is over.
    await later(world, **OUT_OF_TIME)
    assert kinds(world, people.coordinator).count("page.exhausted") == 1
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED


async def test_whoever_stood_down_for_somebody_of_their_own_level_is_asked_again_too(world: World) -> None:
    await world.school()
    one, two = [await world.person(Role.ADVISER, paged=True) for _ in range(2)]
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(one, two)
    await urgent(world)
    assert await ack(world, one) == FIRST
    assert (await decline(world, one)).status_code == 200
    await world.settle()
    assert [len(pages(world, each)) for each in (one, two, coordinator)] == [1, 2, 0]


async def test_two_who_take_it_in_turn_and_are_silent_do_not_keep_it_from_the_next_level(
    world: World,
) -> None:
    """As pagers do that acknowledge by themselves: each what they are sent, once."""
    await world.school()
    one, two, third = [await world.person(Role.ADVISER, paged=True) for _ in range(3)]
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(one, two, third)
    await urgent(world)
    for silent in (one, two):
        assert await ack(world, silent) == FIRST
        await later(world, **OUT_OF_TIME)
    assert [len(pages(world, each)) for each in (one, two, third, coordinator)] == [1, 2, 3, 0]
    await later(world, **OUT_OF_TIME)
    assert [len(pages(world, each)) for each in (one, two, third, coordinator)] == [1, 2, 3, 1]


async def test_whose_time_was_over_when_a_late_acknowledgement_came_is_not_asked_again(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    # No worker was there when the time of the backup was over.
    world.time.advance(minutes=11)
    assert await ack(world, people.primary) == FIRST
    await later(world, **OUT_OF_TIME)
    assert (len(pages(world, people.backup)), len(pages(world, people.coordinator))) == (1, 1)


async def test_a_late_acknowledgement_after_another_one_is_recorded(world: World) -> None:
    """J5: late ack after escalation recorded, does not stop a newer owner."""
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    await ack(world, people.backup)
    await ack(world, people.primary)
    recorded = await world.db.read(
        lambda session: session.exec(
            select(AuditEntry.person_id, AuditEntry.action).where(col(AuditEntry.action).like("page.%"))
        ).all()
    )
    assert (people.backup.id, "page.acknowledged") in recorded
    assert people.primary.id in {person for person, _ in recorded}


@pytest.mark.parametrize("people_on_call", [1, 2])
async def test_of_many_acknowledgements_at_once_exactly_one_person_is_first(world: World, people_on_call: int) -> None:
    await world.school()
    people = [await world.person(Role.ADVISER, paged=True) for _ in range(people_on_call)]
    await world.on_call(*people)
    await urgent(world)
    paths = [(f"/v1/pages/{pages(world, one)[0]['page_id']}/ack", one) for one in people]
    answers = await asyncio.gather(
        *(world.http.post(path, headers=one.headers) for _ in range(12 // people_on_call) for path, one in paths)
    )
    assert {answer.status_code for answer in answers} == {200}
    held_by = (await the_escalation(world)).acknowledged_by
    for answer, (_, one) in zip(answers, paths * (12 // people_on_call), strict=True):
        assert answer.json()["first"] is (one.id == held_by)
        assert answer.json()["state"] == ("acknowledged" if one.id == held_by else "already_acknowledged")
    await world.settle()
    # One timer for the answer, and each other person told once.
    assert len(await work(world, REPLY_DUE)) == 1
    for one in people:
        assert kinds(world, one).count("page.cancelled") == (one.id != held_by)


async def test_an_acknowledgement_without_an_answer_lapses_after_ten_minutes(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, minutes=3)
    await ack(world, people.primary)
    await later(world, minutes=9, seconds=58)
    assert pages(world, people.backup) == []
    await later(world, seconds=3)
    assert len(pages(world, people.backup)) == 1
    escalation = await the_escalation(world)
    assert (escalation.state, escalation.acknowledged_by) == (EscalationState.OPEN, None)


async def test_whose_acknowledgement_lapsed_may_take_it_again(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await later(world, **OUT_OF_TIME)
    assert await ack(world, people.primary) == FIRST
    await world.settle()
    assert kinds(world, people.backup) == ["page.requested", "page.cancelled"]
    assert await ack(world, people.backup) == {"state": "already_acknowledged", "by_role": "primary", "first": False}


async def test_an_answer_ends_it(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await reply(world, people.primary)
    escalation = await the_escalation(world)
    assert (escalation.state, escalation.next_due_at) == (EscalationState.CLOSED, None)
    assert await work(world, STEP_DUE, REPLY_DUE, DELIVERY_DUE) == []
    await later(world, hours=2)
    assert kinds(world, people.backup) == []


async def test_an_answer_without_an_acknowledgement_ends_it_too(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    await reply(world, people.backup)
    await world.settle()
    await later(world, hours=2)
    assert kinds(world, people.coordinator) == []
    assert await page_states(world) == {"Primary": "timed_out", "Backup": "acknowledged"}


async def test_an_answer_stops_the_retries(world: World) -> None:
    people = await team(world)
    world.receiver.behave(people.primary.hook, 500)
    await urgent(world)
    assert len(world.receiver.requests(people.primary.hook)) == 1
    await ack(world, people.backup)
    await reply(world, people.backup)
    await later(world, hours=1)
    page = [r for r in world.receiver.requests(people.primary.hook) if r.json()["type"] == "page.requested"]
    assert len(page) == 1


async def test_who_declines_after_acknowledging_gives_it_back(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    assert (await decline(world, people.primary)).json()["state"] == "declined"
    await world.settle()
    assert len(pages(world, people.backup)) == 1
    assert await ack(world, people.backup) == {"state": "acknowledged", "by_role": "backup", "first": True}


async def test_a_page_that_is_over_cannot_be_declined(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    refused = await decline(world, people.primary)
    assert (refused.status_code, refused.json()["code"]) == (409, "page_over")
    await world.settle()
    assert pages(world, people.coordinator) == []


async def test_nobody_else_can_acknowledge_decline_or_read_a_page(world: World) -> None:
    people = await team(world)
    await world.school("ridge")
    stranger = await world.person(Role.ADVISER, school="ridge")
    await urgent(world)
    page = f"/v1/pages/{pages(world, people.primary)[0]['page_id']}"
    for someone in (people.backup, people.coordinator, stranger):
        for answer in (
            await world.http.post(f"{page}/ack", headers=someone.headers),
            await world.http.post(f"{page}/decline", headers=someone.headers),
            await world.http.get(page, headers=someone.headers),
        ):
            assert answer.status_code == 404
    assert (await world.http.post(f"{page}/ack")).status_code == 401
    assert (await the_escalation(world)).acknowledged_by is None


async def test_a_late_acknowledgement_does_not_hide_that_nobody_had_answered(world: World) -> None:
    """Design, 4: `exhausted` is closed only by a person with a note; an answer is good, and the fact stays a fact."""
    people = await team(world)
    await urgent(world)
    for _ in range(3):
        await later(world, **OUT_OF_TIME)
    assert len(told(world, people.coordinator, "page.exhausted")) == 1
    await ack(world, people.primary)
    await reply(world, people.primary)
    escalation = await the_escalation(world)
    assert escalation.exhausted_at is not None
    assert escalation.answered_at is not None
