"""A look at a roster that comes while somebody is changing it: whoever is first goes on, the other comes after them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from tests.planning.scene import Scene
from tests.support.world import World

CLOSED = {"person": None, "reason": "Closed", "start": "2027-03-01T00:20Z", "end": "2027-03-01T00:40Z"}
# Longer than PostgreSQL waits before it looks for a ring, so that it is the later one that it would break off.
BEHIND = 1.3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_changes_a_roster_as_its_gap_begins_is_not_sent_away(world: World) -> None:
    scene = await Scene.set_up(world)
    assert (await scene.edit("overrides", CLOSED)).status_code == 201
    await world.settle()
    at_it, go_on = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE rosters ") and not at_it.is_set():
            at_it.set()
            go_on.wait(20)

    evening = {"person": str(scene.c.id), "start": "2027-03-02T07:00Z", "end": "2027-03-02T12:00Z"}
    sa.event.listen(world.db.engine, "before_cursor_execute", hold)
    try:
        changed = asyncio.ensure_future(scene.edit("overrides", evening))
        assert await asyncio.to_thread(at_it.wait, 20)
        world.time.advance(minutes=21)
        due = asyncio.ensure_future(world.settle())
        await asyncio.sleep(BEHIND)
        go_on.set()
        answer = await changed
        await due
    finally:
        sa.event.remove(world.db.engine, "before_cursor_execute", hold)
    assert answer.status_code == 201, answer.text
    await world.settle()
    [live] = scene.told(scene.coordinator, "coverage.gap_live")
    assert live["since"] == "2027-03-01T00:20:00Z"
