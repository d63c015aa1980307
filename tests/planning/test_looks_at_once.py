"""A look at a roster that comes while somebody is changing it: whoever is first goes on, the other comes after them."""

from __future__ import annotations

import asyncio

import pytest

from tests.planning.scene import Scene
from tests.support.holding import held_at
from tests.support.world import World

CLOSED = {"person": None, "reason": "Closed", "start": "2027-03-01T00:20Z", "end": "2027-03-01T00:40Z"}
# Longer than PostgreSQL waits before it looks for a ring, so that it is the later one that it would break off.
BEHIND = 1.3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_changes_a_roster_as_its_gap_begins_is_not_sent_away(world: World) -> None:
    scene = await Scene.set_up(world)
    assert (await scene.edit("overrides", CLOSED)).status_code == 201
    await world.settle()
    evening = {"person": str(scene.c.id), "start": "2027-03-02T07:00Z", "end": "2027-03-02T12:00Z"}
    async with held_at(world, "UPDATE rosters ") as (is_there, go_on):
        changed = asyncio.ensure_future(scene.edit("overrides", evening))
        assert await is_there()
        world.time.advance(minutes=21)
        due = asyncio.ensure_future(world.settle())
        await asyncio.sleep(BEHIND)
        go_on()
        answer = await changed
        await due
    assert answer.status_code == 201, answer.text
    await world.settle()
    [live] = scene.told(scene.coordinator, "coverage.gap_live")
    assert live["since"] == "2027-03-01T00:20:00Z"
