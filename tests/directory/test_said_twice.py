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


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_note_that_is_too_long_once_it_is_composed_is_refused(world: World) -> None:
    """Some letters are two signs in composed form: what fits as it was typed would not fit as it is kept."""
    it = await keeper(world)
    made = await it.make(notes="\N{DEVANAGARI LETTER QA}" * 1500)
    assert made.status_code == 422, made.text
    assert [(each["pointer"], each["code"]) for each in made.json()["errors"]] == [("#/notes", "string_too_long")]
    assert (await it.make(notes="\N{DEVANAGARI LETTER QA}" * 1000)).status_code == 201
