"""Giving roles over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from app.vocabulary import Role
from tests.support.world import Someone, World

GRANTS = "/v1/schools/harbour/role-grants"


async def give(world: World, giver: Someone, person: Someone, role: Role, **fields: Any) -> httpx.Response:
    body = {"person": str(person.id), "role": role, **fields}
    return await world.http.post(GRANTS, headers=giver.headers | world.once(), json=body)


async def given(world: World, giver: Someone, person: Someone, role: Role, **fields: Any) -> str:
    """The id of a role that was given."""
    made = await give(world, giver, person, role, **fields)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def act(world: World, actor: Someone, grant: str, action: str) -> httpx.Response:
    """Confirm, decline or end what the actor sees now."""
    shown = await world.http.get(f"{GRANTS}/{grant}", headers=actor.headers)
    headers = actor.headers | {"If-Match": shown.headers.get("ETag", '"none"')}
    return await world.http.post(f"{GRANTS}/{grant}/{action}", headers=headers)


async def roles(world: World, person: Someone) -> list[str]:
    me = await world.http.get("/v1/auth/me", headers=person.headers)
    assert me.status_code == 200, me.text
    found: list[str] = me.json()["roles"]
    return found


async def grant_of(world: World, viewer: Someone, person: Someone, role: Role) -> str:
    """The id of the newest giving of this role."""
    wanted = {"person": str(person.id), "role": str(role), "limit": 1}
    listed = await world.http.get(GRANTS, headers=viewer.headers, params=wanted)
    return str(listed.json()["items"][0]["id"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
