"""Schools from outside, held against the OpenAPI document."""

from __future__ import annotations

from held import Held, example

from app.vocabulary import Role
from tests.support.world import World


async def schools(held: Held, world: World) -> None:
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    key = world.once()
    made = await held("createSchool", operator, headers=key, json=example("createSchool"))
    assert made.status_code == 201, made.text
    again = await held("createSchool", operator, headers=key, json=example("createSchool"))
    assert again.headers["Idempotency-Replayed"] == "true"
    taken = await held("createSchool", operator, headers=world.once(), json=example("createSchool"))
    assert (taken.status_code, taken.json()["code"]) == (409, "school_exists")
    at = {"school": made.json()["slug"]}
    for name in ("listSchools", "getSchool", "getPacks"):
        shown = await held(name, operator, at=at)
        known = {"If-None-Match": shown.headers["ETag"]}
        assert (await held(name, operator, at=at, headers=known)).status_code == 304
    refused = await held("activateSchool", operator, at=at)
    assert (refused.status_code, refused.json()["code"]) == (409, "school_not_ready")
    assert (await held("createReport", at=at, json=example("createReport"))).status_code == 409
    draft = await held("suspendSchool", operator, at=at)
    assert (draft.status_code, draft.json()["code"]) == (409, "school_not_begun")
    assert (await held("activateSchool", operator)).json()["status"] == "active"
    assert (await held("suspendSchool", operator)).json()["status"] == "suspended"
    assert (await held("activateSchool", operator)).status_code == 409


async def decided(held: Held, world: World) -> None:
    """Before that: what the school decides and adopts."""
    coordinator = await world.person(Role.COORDINATOR)
    at = {"school": "harbour"}
    await held("getSchoolReadiness", coordinator)
    body = example("putSchoolPolicies")
    done = await held.versioned("putSchoolPolicies", coordinator, "getSchoolPolicies", at=at, json=body)
    assert done.status_code == 200, done.text
    kept = body | {"keeps_withdrawn_reports": True}
    refused = await held.versioned("putSchoolPolicies", coordinator, "getSchoolPolicies", at=at, json=kept)
    assert refused.status_code == 403
    assert (await held("putSchoolPolicies", coordinator, json=body)).status_code == 428
    shown = await held("getStatementAdoption", coordinator)
    known = {"If-None-Match": shown.headers["ETag"]}
    assert (await held("getStatementAdoption", coordinator, headers=known)).status_code == 304
    old = await held("putStatementAdoption", coordinator, json={"version": "1999-1"})
    assert (old.status_code, old.json()["code"]) == (409, "statement_changed")
    assert (await held("putStatementAdoption", coordinator, json=example("putStatementAdoption"))).status_code == 200
