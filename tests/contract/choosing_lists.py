"""Five open invitations, as anybody sees them and as those who keep them do."""

from __future__ import annotations

import datetime as dt

from app.vocabulary import Role
from tests.support.world import World

Made = tuple[str, dict[str, str]]


async def five_open_invitations(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    now = world.time.now()
    for days in range(5):
        body = {
            "audience": "everybody",
            "title": "Tea " + "abcde"[days],
            "words": "Come and sit with us.",
            "opens_at": (now - dt.timedelta(days=days)).isoformat(),
            "closes_at": (now + dt.timedelta(days=9)).isoformat(),
        }
        headers = coordinator.headers | world.once()
        made = await world.http.post("/v1/supporters/open-invitations", headers=headers, json=body)
        assert made.status_code == 201, made.text
    return "/v1/schools/harbour/open-invitations", {}


async def five_kept_invitations(world: World) -> Made:
    await five_open_invitations(world)
    coordinator = await world.person(Role.COORDINATOR)
    return "/v1/supporters/open-invitations", coordinator.headers


LISTS = (five_open_invitations, five_kept_invitations)
