"""The programme of supporters, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus
from tests.support.world import World
from tests.supporters.joining import supporter_in


async def programme(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    wren = await supporter_in(world, SupporterStatus.IN_TRAINING)
    shown = await held("getMyStanding", wren)
    asked = {name: shown.json()[name]["asked_version"] for name in ("agreement", "role_card")}
    assert (await held("getMyStanding", coordinator)).status_code == 404
    await held.versioned("updateMyListing", wren, "getMyStanding", at={}, json=example("updateMyListing"))
    at = {"supporter_id": shown.json()["id"]}
    refused = await held.versioned("activateSupporter", coordinator, "getSupporter", at=at)
    assert refused.json()["code"] == "supporter_not_ready"
    for name, text in (("signAgreement", "agreement"), ("acceptRoleCard", "role_card")):
        made = await held(name, wren, headers=world.once(), json={"version": asked[text]})
        assert made.status_code == 201, made.text
    assert (await held("signAgreement", wren, headers=world.once(), json={"version": "1999-1"})).status_code == 409
    await held("listMyAgreements", wren)
    await held("listSupporters", coordinator, params={"status": "in_training"})
    assert (await held.versioned("activateSupporter", coordinator, "getSupporter", at=at)).status_code == 200
    gone = await supporter_in(world, SupporterStatus.ALUMNI)
    at = {"supporter_id": (await held("getMyStanding", gone)).json()["id"]}
    assert (await held.versioned("returnToTraining", coordinator, "getSupporter", at=at)).status_code == 200
