"""Joining by a link, and one's own password, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from tests.identity.linking import invited, link_for, sign_in
from tests.support.world import World


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
