"""Five of what those list who keep a directory."""

from __future__ import annotations

from app.vocabulary import Role
from tests.support.world import World
from tests.test_access import ENTRY

SCHOOL = "/v1/schools/harbour"
Made = tuple[str, dict[str, str]]


async def five_checks(world: World) -> Made:
    keeper = await world.person(Role.SCHOOL_IT)
    path = f"{SCHOOL}/directory/entries/{ENTRY['id']}"
    await world.http.put(path, headers=keeper.headers, json=ENTRY)
    for _ in range(5):
        body = {"method": "called", "evidence": "They said so."}
        made = await world.http.post(f"{path}/verify", headers=keeper.headers | {"If-Match": "*"}, json=body)
        assert made.status_code == 200, made.text
    return f"{path}/verifications", keeper.headers


async def five_corrections(world: World) -> Made:
    keeper = await world.person(Role.SCHOOL_IT)
    for _ in range(5):
        assert (await world.http.post(f"{SCHOOL}/directory/au-000/corrections", json={"kind": "other"})).is_success
    return f"{SCHOOL}/directory/corrections", keeper.headers


LISTS = (five_checks, five_corrections)
