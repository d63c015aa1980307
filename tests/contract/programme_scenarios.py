"""The programme of supporters, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus
from tests.support.world import World
from tests.supporters.joining import supporter_in


async def selection(held: Held, world: World) -> None:
    """The whole way in, with the examples of the document."""
    lee, kim = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR)
    page = await held("getSelectionCriteria")
    assert (await held("getSelectionCriteria", headers={"If-None-Match": page.headers["ETag"]})).status_code == 304
    match = {"If-Match": page.headers["ETag"]}
    await held("putSelectionCriteria", lee, headers=match, json=example("putSelectionCriteria"))
    assert (await held("putSelectionCriteria", lee, json=example("putSelectionCriteria"))).status_code == 428
    code = (await held("createInterest", json=example("createInterest"))).json()["interest_code"]
    await held("createInterest", headers=world.once(), json=example("createInterest", of="short"))
    assert (await held("takeBackInterest", json={"code": code})).status_code == 200
    assert (await held("takeBackInterest", json={"code": code})).status_code == 404
    [interest] = (await held("listInterests", lee)).json()["items"]
    for name, status in (("inviteInterested", 200), ("closeInterest", 204), ("closeInterest", 404)):
        assert (await held(name, lee, at={"interest_id": interest["id"]})).status_code == status

    wren = await world.person(Role.STUDENT)
    assert (await held("getMyApplication", wren)).status_code == 404
    sent = example("createApplication")
    assert (await held("createApplication", wren, headers=world.once(), json=sent)).status_code == 201
    assert (await held("createApplication", wren, headers=world.once(), json=sent)).status_code == 409
    assert (await held("withdrawMyApplication", wren)).status_code == 204
    await held("createApplication", wren, headers=world.once(), json=sent)
    [one] = (await held("listApplications", lee, params={"state": "waiting"})).json()["items"]
    at = {"application_id": one["id"]}
    for of in ("wait", "notProceeding"):
        body = example("decideApplication", of=of)
        done = await held.versioned("decideApplication", lee, "getApplication", at=at, json=body)
        assert done.status_code == 200, done.text
    asked = example("appealMyApplication")
    await held.versioned("appealMyApplication", wren, "getMyApplication", at={}, json=asked)
    body = example("decideApplicationAppeal")
    refused = await held.versioned("decideApplicationAppeal", lee, "getApplication", at=at, json=body)
    assert refused.json()["code"] == "decided_by_you"
    await held.versioned("decideApplicationAppeal", kim, "getApplication", at=at, json=body)
    at = {"supporter_id": (await held("getMyStanding", wren)).json()["id"]}
    await held.versioned("endTraining", lee, "getSupporter", at=at, json=example("endTraining"))


async def programme(held: Held, world: World) -> None:
    await selection(held, world)
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
