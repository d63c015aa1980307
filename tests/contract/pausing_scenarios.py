"""Pausing and what supporters carry, held against the OpenAPI document."""

from __future__ import annotations

from held import OPERATIONS, Held, example

from app.vocabulary import Role
from tests.support.world import World

PAUSES = "/v1/supporters/me/pauses"


async def pausing(held: Held, world: World) -> None:
    wren = await world.person(Role.SUPPORTER)
    [media] = OPERATIONS["createMyPause"].content().values()
    for each in media["examples"]:
        made = await held("createMyPause", wren, headers=world.once(), json=example("createMyPause", of=each) | LATER)
        assert made.status_code == 201, made.text
    assert (await held("createMyPause", wren, headers=world.once(), json=PAST)).status_code == 422
    await held("listMyPauses", wren)
    await held("resumeSupporting", wren, json=example("resumeSupporting"))


# Whatever the day on which this runs.
LATER = {"until": None}
PAST = {"from": "2020-01-01T00:00:00Z"}


async def five_pauses(world: World) -> tuple[str, dict[str, str]]:
    """Each when the one before has ended."""
    wren = await world.person(Role.SUPPORTER)
    for _ in range(5):
        made = await world.http.post(PAUSES, headers=wren.headers | world.once(), json={})
        assert made.status_code == 201, made.text
        world.time.advance(minutes=2)
        back = await world.http.post("/v1/supporters/me/resume", headers=wren.headers, json={})
        assert back.status_code == 200, back.text
        world.time.advance(minutes=2)
    return PAUSES, wren.headers
