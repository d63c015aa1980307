"""Joining by a link, and one's own password, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from tests.identity.linking import invited, link_for, sign_in
from tests.support.world import World

NEW = {"login": "ines@harbour.example"}


async def joining(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    adviser = await world.person(Role.ADVISER)
    assert (await held("showJoinPage")).status_code == 200
    secret = {"secret": await invited(world, coordinator, Role.STUDENT)}
    assert (await held("lookAtLink", json=secret)).status_code == 200
    assert (await held("lookAtLink", json=example("lookAtLink"))).status_code == 404
    assert (await held("acceptInvitation", json=secret | {"password": "short"})).status_code == 422
    joined = await held("acceptInvitation", json=example("acceptInvitation") | secret)
    assert (await held("acceptInvitation", json=example("acceptInvitation"))).status_code == 404
    waiting = {"secret": await link_for(world, adviser, coordinator)}
    assert (await held("acceptInvitation", json=example("acceptInvitation") | waiting)).status_code == 409
    token = {"Authorization": f"Bearer {joined.json()['access_token']}"}
    assert (await held("putPassword", token, json=example("putPassword"))).status_code == 204
    wrong = {"current_password": "another", "new_password": "nine dry badgers under a piano"}
    assert (await held("putPassword", token, json=wrong)).status_code == 403
    assert (await sign_in(world, "wren@harbour.example")).status_code == 200
    await inviting(held, world)
    await forgetting(held, world)


async def inviting(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    key = world.once()
    made = await held("createInvitation", coordinator, headers=key, json=example("createInvitation") | NEW)
    again = await held("createInvitation", coordinator, headers=key, json=example("createInvitation") | NEW)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (made.json(), "true")
    at = {"invitation_id": made.json()["id"]}
    shown = await held("getInvitation", coordinator, at=at)
    assert shown.headers["ETag"] == made.headers["ETag"]
    refused = await held("createInvitation", coordinator, headers=world.once(), json=example("createInvitation") | NEW)
    assert refused.status_code == 409
    assert (await held("listInvitations", coordinator)).status_code == 200
    assert (await held("renewInvitation", coordinator, at=at, headers=world.once())).status_code == 200
    assert (await held("deleteInvitation", coordinator, at=at)).status_code == 204
    assert (await held("getInvitation", coordinator, at=at)).status_code == 404


async def forgetting(held: Held, world: World) -> None:
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    adviser = await world.person(Role.ADVISER)
    for ending in ("confirmPasswordLink", "deletePasswordLink"):
        person = {"person_id": str(adviser.id)}
        made = await held("createPasswordLink", coordinator, at=person, headers=world.once())
        at = {"link_id": made.json()["id"]}
        listed = await held("listPasswordLinks", sponsor, params={"state": "awaiting_second_person"})
        assert at["link_id"] in [each["id"] for each in listed.json()["items"]]
        done = await held.versioned(ending, sponsor, "getPasswordLink", at=at)
        assert done.is_success
    assert (await held("createPasswordLink", adviser, at=person, headers=world.once())).status_code == 403
