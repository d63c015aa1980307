"""A timer that comes while somebody is at its escalation: whoever is first goes on, and the other comes after them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from app.vocabulary import Role
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
    at_it, go_on = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE pages ") and not at_it.is_set():
            at_it.set()
            go_on.wait(20)

    sa.event.listen(world.db.engine, "before_cursor_execute", hold)
    try:
        declined = asyncio.ensure_future(world.http.post(f"/v1/pages/{page['id']}/decline", headers=one.headers))
        assert await asyncio.to_thread(at_it.wait, 20)
        world.time.advance(minutes=9)
        due = asyncio.ensure_future(world.settle())
        await asyncio.sleep(BEHIND)
        go_on.set()
        answer = await declined
        await due
    finally:
        sa.event.remove(world.db.engine, "before_cursor_execute", hold)
    assert answer.status_code == 200, answer.text
    await world.settle()
    [last] = (await world.http.get("/v1/me/pages", headers=other.headers)).json()["items"]
    assert (last["state"], last["escalation_state"]) == ("timed_out", "exhausted")
