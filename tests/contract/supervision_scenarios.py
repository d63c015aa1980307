"""Supervision held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt

from held import Held, example

from app.vocabulary import Role
from tests.support.world import Someone, World


async def plan(world: World, coordinator: Someone, supporter: Someone) -> dict[str, object]:
    """A series of five that begins in a week, led by the coordinator."""
    first = world.time.now().replace(hour=17, minute=0, second=0, microsecond=0, tzinfo=None) + dt.timedelta(days=7)
    return example("createSupervisionSession", of="series") | {
        "supervisor": str(coordinator.id),
        "starts_local": first.strftime("%Y-%m-%dT%H:%M"),
        "every_weeks": 1,
        "ends_on": str(first.date() + dt.timedelta(days=28)),
        "attendees": [await world.supporter_id(supporter)],
    }


async def supervision(held: Held, world: World) -> None:
    coordinator, supporter = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    body = await plan(world, coordinator, supporter)
    made = await held("createSupervisionSession", coordinator, headers=world.once(), json=body)
    assert made.status_code == 201, made.text
    listed = await held("listSupervisionSessions", supporter, params={"upcoming": True})
    assert len(listed.json()["items"]) == 5
    at = {"supervision_id": made.json()["id"]}
    shown = await held("getSupervisionSession", coordinator, at=at)
    known = {"If-None-Match": shown.headers["ETag"]}
    assert (await held("getSupervisionSession", coordinator, at=at, headers=known)).status_code == 304
    early = await held("putSupervisionAttendance", supporter, at=at, json={"attendance": "attended"})
    assert (early.status_code, early.json()["code"]) == (409, "session_not_begun")
    change = {"place": None, "and_following": True}
    await held.versioned("updateSupervisionSession", coordinator, "getSupervisionSession", at=at, json=change)
    await held.versioned("deleteSupervisionSession", coordinator, "getSupervisionSession", at=at)
    await held("getMySupervision", supporter)
    await held("getSupporterSupervision", coordinator, at={"supporter_id": await world.supporter_id(supporter)})
    second = {"supervision_id": listed.json()["items"][1]["id"]}
    world.time.advance(days=15)
    said = await held("putSupervisionAttendance", supporter, at=second, json={"attendance": "attended"})
    assert said.status_code == 200, said.text
    begun = await held.versioned("deleteSupervisionSession", coordinator, "getSupervisionSession", at=second)
    assert (begun.status_code, begun.json()["code"]) == (409, "session_begun")
