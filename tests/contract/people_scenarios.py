"""People and their roles, held against the OpenAPI document."""

from __future__ import annotations

from held import OPERATIONS, Held

from app.vocabulary import Role
from tests.support.world import World


async def people(held: Held, world: World) -> None:
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    somebody = await world.person(Role.SUPPORTER)
    [media] = OPERATIONS["createRoleGrant"].content().values()
    made = {}
    for each in media["examples"].values():
        wanted = each["value"] | {"person": str(somebody.id)}
        answer = await held("createRoleGrant", coordinator, headers=world.once(), json=wanted)
        made[wanted["role"]] = answer
    assert (made["triager"].status_code, made["supporter"].json()["code"]) == (201, "role_held")
    at = {"grant_id": made["triager"].json()["id"]}
    assert made["triager"].headers["ETag"] == (await held("getRoleGrant", sponsor, at=at)).headers["ETag"]
    waiting = await held("listRoleGrants", sponsor, params={"state": "awaiting_second_person", "role": "triager"})
    assert [each["id"] for each in waiting.json()["items"]] == [at["grant_id"]]
    await held.versioned("confirmRoleGrant", sponsor, "getRoleGrant", at=at)
    assert (await held.versioned("declineRoleGrant", sponsor, "getRoleGrant", at=at)).status_code == 409
    await held.versioned("endRoleGrant", somebody, "getRoleGrant", at=at)
    again = await held("createRoleGrant", coordinator, headers=world.once(), json=wanted | {"role": "triager"})
    at = {"grant_id": again.json()["id"]}
    await held.versioned("declineRoleGrant", sponsor, "getRoleGrant", at=at)
    assert (await held.versioned("endRoleGrant", coordinator, "getRoleGrant", at=at)).status_code == 409
