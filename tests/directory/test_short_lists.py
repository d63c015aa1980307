"""The few lines of help that stand in every problem and beside every report: somebody answers there (contract, 1.4)."""

from __future__ import annotations

from typing import Any

import pytest
from keeping import BASE, Keeper, keeper

from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
# Of such a list more than this is not shown.
FEW = 6
DOOR: dict[str, Any] = {"tier": "emergency", "hours": "24/7", "zone": None, "pinned": True}
NO_NUMBER: dict[str, Any] = {"channels": ["in_person"], "phone_display": None, "address": "1 Sea Road"}


async def doors(it: Keeper, **more: Any) -> None:
    """As many emergency departments as the short list has lines, each where the school wants it: first."""
    for number in range(FEW):
        made = await it.make(id=f"door-{number}", name=f"Door {number}", **(DOOR | more))
        assert made.status_code == 201, made.text


@ON_SQLITE
@pytest.mark.parametrize("more", [NO_NUMBER, {}], ids=["without a number", "with one"])
async def test_a_schools_own_doors_leave_room_for_who_can_be_called(world: World, more: dict[str, Any]) -> None:
    """The country's emergency number and two lines at any hour, whatever the school puts before them (domain, 3.1)."""
    it = await keeper(world)
    await doors(it, **more)
    whole = (await world.http.get(f"{BASE}/help-now")).json()
    assert len(whole["emergency"]) == FEW + 1
    [national] = [each["name"] for each in whole["emergency"] if each["id"] == "au-000"]
    lines = {each["name"] for each in whole["always_open"]}

    refused = await world.http.get(f"{BASE}/no-such-thing")
    members = refused.json()["help"]
    fallback = (await world.report()).json()["expect"]["fallback"]
    for shown in (members, fallback):
        assert len(shown) == FEW
        names = [each["name"] for each in shown]
        assert national in names
        assert len(lines & set(names)) >= 2
    # What there is room for beside these stands where the school wants it.
    assert members[0]["name"] == "Door 0"
