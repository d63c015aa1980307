"""The real service under made-up histories, crashes between any two writes included (design, 4)."""

from __future__ import annotations

from collections import Counter

import pytest
from generated import a_school, write_down_ends
from happenings import EVENTS
from story import on_sqlite

from tests.support.thorough import LONG
from tests.support.world import World

# Each world is dear and each history cheap: one world for six schools, one after the other.
HISTORIES, LENGTH = 6, 12


@on_sqlite
@pytest.mark.parametrize("group", range(4 if LONG else 1))
async def test_whatever_happens_everything_is_in_order_after_it(world: World, group: int) -> None:
    await write_down_ends(world)
    seen = Counter[str]()
    for seed in range(HISTORIES * group, HISTORIES * (group + 1)):
        history = await a_school(world, seed)
        try:
            await history.run(EVENTS, LENGTH)
        except AssertionError as exc:
            exc.add_note(f"seed {seed}: {', '.join(history.story)}")
            raise
        seen.update(history.seen)
    assert set(seen) >= {"died", "ack 200", "decline 200", "exhausted", "closed"}, seen
