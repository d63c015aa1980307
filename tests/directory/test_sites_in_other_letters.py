"""A site is the same site however a telephone writes its id: some write UUIDs in capitals (RFC 9562, 4; STUDY I07)."""

from __future__ import annotations

from typing import Any

import pytest
from keeping import BASE, keeper

from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LIST, OPTIONS = f"{BASE}/directory", f"{BASE}/referral-options"
HOSPITAL = {"name": "Broken Hill Hospital", "kind": "hospital", "region": "NSW", "is_teaching_site": True}


@ON_SQLITE
async def test_a_place_to_avoid_is_avoided_in_whatever_letters_its_id_is_written(world: World) -> None:
    """What belongs to it comes last and says so, in the list and among the options."""
    it = await keeper(world)
    ward = str(await world.site())
    assert (await it.make(id="ward-desk", site_ids=[ward])).status_code == 201

    async def flagged(site: str) -> dict[str, list[bool]]:
        listed = await world.http.get(LIST, params={"avoid_site_ids": site, "limit": 100})
        fitting = await world.http.post(OPTIONS, json={"avoid_site_ids": [site]})
        found = {"list": listed.json()["items"], "options": fitting.json()["items"]}
        return {
            name: [each["conflicts_with_avoided_site"] for each in items if each["id"] == "ward-desk"]
            for name, items in found.items()
        }

    for written in (ward, ward.upper(), ward.replace("-", "")):
        assert await flagged(written) == {"list": [True], "options": [True]}, written
    # One that is none of the school's is nobody's, as it was.
    assert await flagged("nowhere") == {"list": [False], "options": [False]}


@ON_SQLITE
async def test_the_site_that_help_is_near_is_found_in_whatever_letters_its_id_is_written(world: World) -> None:
    it = await keeper(world)
    made = await world.http.post(f"{BASE}/sites", headers=it.person.headers | world.once(), json=HOSPITAL)
    away: str = made.json()["id"]

    async def near(site: str) -> tuple[Any, Any]:
        listed = await world.http.get(LIST, params={"near_site_id": site, "limit": 100})
        fitting = await world.http.post(OPTIONS, json={"near_site_id": site})
        assert (listed.status_code, fitting.status_code) == (200, 200), fitting.text
        return listed.json()["items"], fitting.json()["items"]

    assert await near(away.upper()) == await near(away)
