"""Five of every list of supervision."""

from __future__ import annotations

from supervision_scenarios import plan

from app.vocabulary import Role
from tests.support.world import World

SESSIONS = "/v1/schools/harbour/supervision-sessions"


async def five_sessions(world: World) -> tuple[str, dict[str, str]]:
    coordinator, supporter = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    body = await plan(world, coordinator, supporter)
    made = await world.http.post(SESSIONS, headers=coordinator.headers | world.once(), json=body)
    assert made.status_code == 201, made.text
    return SESSIONS, coordinator.headers


LISTS = (five_sessions,)
