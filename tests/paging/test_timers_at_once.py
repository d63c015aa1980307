"""A timer that comes while somebody is at its escalation: whoever is first goes on, and the other comes after them."""

from __future__ import annotations

import asyncio

import pytest

from app.vocabulary import Role
from tests.support.holding import held_at
from tests.support.world import World

# Longer than PostgreSQL waits before it looks for a ring, so that it is the later one that it would break off.
BEHIND = 1.3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_says_no_just_before_the_deadline_is_not_sent_away(world: World) -> None:
    """The timer is in hand already and waits for them; the step still waits for the other who is asked."""
    await world.school()
    one, other = [await world.person(Role.ADVISER, paged=True) for _ in range(2)]
    await world.on_call(one, other)
    await world.report("said_thoughts_of_suicide", priority="now")
    await world.settle()
    world.time.advance(minutes=2)
    await world.settle()
    [page] = (await world.http.get("/v1/me/pages", headers=one.headers)).json()["items"]
    async with held_at(world, "UPDATE pages ") as (is_there, go_on):
        declined = asyncio.ensure_future(world.http.post(f"/v1/pages/{page['id']}/decline", headers=one.headers))
        assert await is_there()
        world.time.advance(minutes=9)
        due = asyncio.ensure_future(world.settle())
        await asyncio.sleep(BEHIND)
        go_on()
        answer = await declined
        await due
    assert answer.status_code == 200, answer.text
    await world.settle()
    [last] = (await world.http.get("/v1/me/pages", headers=other.headers)).json()["items"]
    assert (last["state"], last["escalation_state"]) == ("timed_out", "exhausted")
