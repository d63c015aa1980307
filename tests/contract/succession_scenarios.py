"""People who go, and who comes after them, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from tests.support.world import World


async def succession(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    staying, going = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER)
    body = example("updateMyExpectedEnd", of="unknown")
    shown = await held.versioned("updateMyExpectedEnd", staying, "getMyExpectedEnd", at={}, json=body)
    at = {"supporter_id": shown.json()["id"]}
    far = {"expected_end": "2099-11-26"}
    await held.versioned("updateExpectedEnd", coordinator, "getExpectedEnd", at=at, json=far)
    last = {"last_day": "2099-11-26"}
    assert (await held("stepDownSupporter", coordinator, at=at, headers=world.once(), json=last)).status_code == 200
    at_once = example("stepDown", of="atOnce")
    assert (await held("stepDown", going, headers=world.once(), json=at_once)).json()["status"] == "alumni"
    assert (await held("stepDownSupporter", coordinator, at=at, headers=world.once(), json={})).status_code == 200
    again = await held("stepDownSupporter", coordinator, at=at, headers=world.once(), json={})
    assert (again.status_code, again.json()["code"]) == (409, "not_in_programme")
    await held("getSuccessionForecast", coordinator)
