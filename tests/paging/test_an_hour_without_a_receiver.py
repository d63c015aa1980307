"""A receiver is down for an hour: nobody waits for it, it is told what is still wanted, and of nothing that is over."""

from __future__ import annotations

import itertools

from story import ack, later, on_sqlite, pages, reply, team, urgent

from app.webhooks.delivery import JITTER, SCHEDULE_SECONDS
from tests.support.receiver import Received
from tests.support.world import Someone, World


async def minutes(world: World, number: int) -> None:
    for _ in range(number):
        await later(world, minutes=1)


def requested(world: World, someone: Someone) -> dict[str, list[Received]]:
    """Every attempt to deliver a page to someone, by page."""
    found: dict[str, list[Received]] = {}
    for request in world.receiver.requests(someone.hook):
        event = request.json()
        if event["type"] == "page.requested":
            found.setdefault(event["data"]["page_id"], []).append(request)
    return found


def waits(attempts: list[Received]) -> list[int]:
    """Seconds between attempts, by the clock that signed them."""
    at = [int(request.headers["webhook-timestamp"]) for request in attempts]
    return [later - before for before, later in itertools.pairwise(at)]


@on_sqlite
async def test_down_for_an_hour(world: World) -> None:
    people = await team(world)
    world.receiver.behave(people.primary.hook, {"close": True})
    await urgent(world)
    # The next level is asked at once, not when the hour is over, nor after the ten minutes that a person gets.
    assert [page["level"] for page in pages(world, people.backup)] == ["backup"]
    [wanted] = requested(world, people.primary)

    await minutes(world, 4)
    await urgent(world)
    [over] = set(requested(world, people.primary)) - {wanted}
    answered = pages(world, people.backup)[-1]
    assert (await ack(world, people.backup, answered))["first"] is True
    await reply(world, people.backup)
    tried_until_answered = len(requested(world, people.primary)[over])

    await minutes(world, 56)
    down = requested(world, people.primary)[wanted]
    assert len(down) == 4
    for wait, published in zip(waits(down), SCHEDULE_SECONDS, strict=False):
        # This clock moves by the minute.
        assert published * (1 - JITTER) - 1 <= wait <= published * (1 + JITTER) + 61

    world.receiver.behave(people.primary.hook, 200)
    await later(world, hours=2.3)
    attempts = requested(world, people.primary)[wanted]
    assert len(attempts) == 5
    assert {request.headers["webhook-id"] for request in attempts} == {attempts[0].headers["webhook-id"]}
    assert {request.body for request in attempts} == {attempts[0].body}
    assert len(requested(world, people.primary)[over]) == tried_until_answered == 1

    # It is a pager again: the next report reaches it first.
    await urgent(world)
    # By night they are told of relief as well.
    newest = [*requested(world, people.primary)][-1]
    assert newest not in (wanted, over)
