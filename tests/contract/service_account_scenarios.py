"""Service accounts: held against the OpenAPI document, and five of them for a list."""

from __future__ import annotations

import datetime as dt

from held import Held, example

from app.vocabulary import Role
from tests.support.world import World

ACCOUNTS = "/v1/schools/harbour/service-accounts"


def end(world: World) -> dict[str, str]:
    return {"expires_at": (world.time.now() + dt.timedelta(days=300)).isoformat()}


async def service_accounts(held: Held, world: World) -> None:
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    body = example("createServiceAccount") | end(world)
    made = await held("createServiceAccount", it, headers=world.once(), json=body)
    assert made.status_code == 201, made.text
    assert (await held("createServiceAccount", it, json=body)).status_code == 400
    at = {"account_id": made.json()["id"]}
    await held("listServiceAccounts", coordinator)
    shown = await held("getServiceAccount", it, at=at)
    assert (
        await held("getServiceAccount", it, at=at, headers={"If-None-Match": shown.headers["ETag"]})
    ).status_code == 304
    grant = example("createToken", of="clientCredentials")
    assert (await held("createToken", json=grant)).status_code == 401
    own = {name: made.json()[name] for name in ("client_id", "client_secret")}
    opened = await held("createToken", json=grant | own)
    assert opened.status_code == 200, opened.text
    program = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    assert (await held("exportDirectory", program)).status_code == 200
    assert (await held("importDirectory", program, json={"entries": []}, params={"dry_run": True})).status_code == 403
    changed = example("updateServiceAccount")
    await held.versioned("updateServiceAccount", it, "getServiceAccount", at=at, json=changed)
    rotation = example("rotateClientSecret")
    await held.versioned("rotateClientSecret", it, "getServiceAccount", at=at, json=rotation)
    await held.versioned("deleteServiceAccount", it, "getServiceAccount", at=at)
    assert (await held("exportDirectory", program)).status_code == 401
    await people_imports(held, world)


async def people_imports(held: Held, world: World) -> None:
    it = await world.person(Role.SCHOOL_IT)
    for of, dry_run in (("table", True), ("table", False), ("rows", False)):
        body = example("importPeople", of=of)
        done = await held("importPeople", it, json=body, params={"dry_run": dry_run})
        assert done.status_code == 200, done.text
    assert (await held("importPeople", it, json={"rows": [{"external_id": "X"}]})).status_code == 422
    at_most = {"mode": "replace", "at_most": 0}
    assert (await held("importPeople", it, json={"rows": []}, params=at_most)).status_code == 409
    for of, status in (("byLogin", 204), ("byExternalId", 404)):
        assert (await held("deprovisionPerson", it, json=example("deprovisionPerson", of=of))).status_code == status


async def five_service_accounts(world: World) -> tuple[str, dict[str, str]]:
    it = await world.person(Role.SCHOOL_IT)
    body = {"name": "Sync", "scopes": ["directory:read"]} | end(world)
    for _ in range(5):
        made = await world.http.post(ACCOUNTS, headers=it.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
    return ACCOUNTS, it.headers


LISTS = (five_service_accounts,)
