"""People and their roles, held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt
import uuid

from held import OPERATIONS, Held, example
from sqlmodel import Session

from app.core import clock
from app.models import RefreshToken
from app.vocabulary import Role
from tests.support.world import Someone, World


async def people(held: Held, world: World) -> None:
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    somebody = await world.person(Role.SUPPORTER)
    await _in_the_list(held, world, coordinator)
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


async def _in_the_list(held: Held, world: World, coordinator: Someone) -> None:
    somebody, theirs = await world.person(Role.ADVISER, alias="Ines"), await world.person(Role.SUPPORTER)
    at, of_theirs = {"person_id": str(somebody.id)}, {"person_id": str(theirs.id)}
    first = await held("listPeople", coordinator, params={"limit": 1, "active": "true"})
    assert 'rel="next"' in first.headers["Link"]
    another = example("updatePerson", of="anotherAlias")
    changed = await held.versioned("updatePerson", coordinator, "getPerson", at=of_theirs, json=another)
    assert changed.json()["alias"] == "Wren of Harbour"
    for refused in (another, {"assesses_at": ["harbour"]}):
        assert (await held.versioned("updatePerson", coordinator, "getPerson", at=at, json=refused)).status_code == 409
    await held("listMySessions", somebody)
    await held("revokeMyOtherSessions", somebody)
    [item] = (await held("listMySessions", somebody)).json()["items"]
    assert (await held("deleteMySession", somebody, at={"session_id": item["id"]})).status_code == 204
    await held("revokeMySessions", await world.person(Role.STUDENT))
    own = (await held("listMySessions", theirs)).json()["items"]
    await world.db.write(lambda session: five_minutes_more(session, own[0]["id"]))
    [one] = (await held("listPersonSessions", coordinator, at=of_theirs)).json()["items"]
    await held("deletePersonSession", coordinator, at=of_theirs | {"session_id": one["id"]})
    await held("revokePersonSessions", coordinator, at=of_theirs)
    left = await held("leavePerson", coordinator, at=at)
    assert left.headers["ETag"] == (await held("getPerson", coordinator, at=at)).headers["ETag"]
    await held("comeBackPerson", coordinator, at=at)


def five_minutes_more(session: Session, sign_in: str) -> None:
    """Something to go on with."""
    expires = clock.now() + dt.timedelta(minutes=5)
    row = RefreshToken(sign_in_id=uuid.UUID(sign_in), token_hash=uuid.UUID(sign_in).bytes, expires_at=expires)
    session.add(row)
