"""A search finds what somebody means, also by the quotation marks that a telephone puts in by itself."""

from __future__ import annotations

import pytest
from keeping import BASE, keeper

from tests.support.world import World


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_marks_of_quotation_are_no_part_of_a_word(world: World) -> None:
    it = await keeper(world)
    assert (await it.make(id="by-the-sea", name="Sailors' rest", who_for="Ma\u2019ohi students")).status_code == 201
    sailors = ("sailors' rest", "sailors\u2019 rest", '"sailors rest"', "\u201csailors\u201d")
    for typed in (*sailors, "ma'ohi", "ma\u02bbohi"):
        found = (await world.http.get(f"{BASE}/directory", params={"q": typed})).json()["items"]
        assert [each["id"] for each in found] == ["by-the-sea"], typed
