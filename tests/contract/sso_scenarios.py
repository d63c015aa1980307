"""The school's own sign-in, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from tests.sso.own_provider import OwnProvider
from tests.support.world import World


async def single_sign_on(held: Held, world: World) -> None:
    it = await world.person(Role.SCHOOL_IT)
    provider = OwnProvider(world.receiver)
    provider.publish()
    body = example("createIdentityProvider") | {"issuer": provider.issuer}
    body["rules"][0]["claim"] = "affiliation"
    made = await held("createIdentityProvider", it, headers=world.once(), json=body)
    assert made.status_code == 201, made.text
    twice = await held("createIdentityProvider", it, headers=world.once(), json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "issuer_taken")
    at = {"provider_id": made.json()["id"]}
    await held("listIdentityProviders", it)
    found = await held("checkIdentityProvider", it, at=at)
    assert (found.status_code, found.json()["ok"]) == (200, True)

    grant = example("createToken", of="schoolsOwn")
    del grant["nonce"]
    opened = await held("createToken", json=grant | {"subject_token": provider.token()})
    assert opened.status_code == 200, opened.text
    assert (await held("createToken", json=grant)).status_code == 401
    stranger = provider.token("s-2", affiliation="staff")
    assert (await held("createToken", json=grant | {"subject_token": stranger})).status_code == 403

    adviser = await world.person(Role.ADVISER)
    link = example("createIdentity") | {"subject_token": provider.token("a-1")}
    linked = await held("createIdentity", adviser, headers=world.once(), json=link)
    assert linked.status_code == 201, linked.text
    here = {"identity_id": linked.json()["id"]}
    await held("listIdentities", adviser)
    await held("getIdentity", adviser, at=here)
    assert (await held("deleteIdentity", adviser, at=here)).status_code == 409
    link = link | {"subject_token": provider.token("a-2")}
    assert (await held("createIdentity", adviser, headers=world.once(), json=link)).status_code == 201
    assert (await held("deleteIdentity", adviser, at=here)).status_code == 204

    patch = example("updateIdentityProvider", of="alsoEvaluators")
    await held.versioned("updateIdentityProvider", it, "getIdentityProvider", at=at, json=patch)
    await held.versioned("deleteIdentityProvider", it, "getIdentityProvider", at=at)
