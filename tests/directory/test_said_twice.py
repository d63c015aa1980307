"""What stands twice in a list of an entry is said once: readers get no more than there are kinds (J10)."""

from __future__ import annotations

import pytest
from keeping import BASE, COUNSELLING, keeper

from tests.support.world import World

TWICE = {
    "for": ["self", "worried_about_someone"] * 3,
    "channels": ["phone", "in_person"] * 5,
    "culturally_safe_for": ["men", "lgbtiq"] * 4,
}
READ = ("help-now", "directory", "directory/snapshot")


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_readers_get_each_kind_once(world: World) -> None:
    it = await keeper(world)
    made = await it.make(hours="24/7", zone=None, tier="crisis", **TWICE)
    assert made.status_code == 201, made.text
    assert made.json()["entry"]["for"] == ["self", "worried_about_someone"]
    assert {(await world.http.get(f"{BASE}/{path}")).status_code for path in READ} == {200}
    shown = (await world.http.get(f"{BASE}/directory/{COUNSELLING['id']}")).json()
    assert (shown["channels"], shown["culturally_safe_for"]) == (["phone", "in_person"], ["men", "lgbtiq"])
