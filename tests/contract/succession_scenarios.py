"""People who go, and who comes after them, held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt

from held import Held, example
from sqlmodel import Session

from app.core import clock
from app.models import Digest
from app.readiness import digests
from app.schools import service as schools
from app.vocabulary import Role
from tests.support.world import World

Made = tuple[str, dict[str, str]]


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
    await plans(held, world)
    await suggestions(held, world)
    await held("listDigests", coordinator)
    await world.write(lambda session: a_digest(session, dt.date(2027, 3, 15)))
    assert (await held("getDigest", coordinator, at={"week": "2027-03-15"})).status_code == 200


async def plans(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    going, coming = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER)
    body = {"person": str(going.id), "successor": str(coming.id)}
    made = await held("createSuccessionPlan", coordinator, headers=world.once(), json=body)
    at = {"plan_id": made.json()["id"]}
    assert (await held("createSuccessionPlan", coordinator, headers=world.once(), json=body)).status_code == 409
    for of in ("goOn", "close"):
        body = example("updateSuccessionPlan", of=of)
        done = await held.versioned("updateSuccessionPlan", coordinator, "getSuccessionPlan", at=at, json=body)
        assert done.status_code == 200, done.text
    body = example("updateSuccessionPlan", of="close")
    refused = await held.versioned("updateSuccessionPlan", coordinator, "getSuccessionPlan", at=at, json=body)
    assert refused.json()["code"] == "plan_done"
    await held("listSuccessionPlans", coordinator, params={"state": "done"})


async def suggestions(held: Held, world: World) -> None:
    sponsor = await world.person(Role.SPONSOR)
    assert (await held("createSuggestion", json=example("createSuggestion"))).status_code == 201
    [one, *_] = (await held("listSuggestions", sponsor, params={"state": "new"})).json()["items"]
    at = {"suggestion_id": one["id"]}
    assert (await held("settleSuggestion", sponsor, at=at, json=example("settleSuggestion"))).json()["state"] == "read"


async def five_suggestions(world: World) -> Made:
    sponsor, path = await world.person(Role.SPONSOR), "/v1/schools/harbour/suggestions"
    for number in range(5):
        assert (await world.http.post(path, json={"text": f"Tea {number}"})).status_code == 201
    return path, sponsor.headers


async def five_plans(world: World) -> Made:
    coordinator, path = await world.person(Role.COORDINATOR), "/v1/succession-plans"
    for _ in range(5):
        going = await world.person(Role.SUPPORTER)
        headers = coordinator.headers | world.once()
        assert (await world.http.post(path, headers=headers, json={"person": str(going.id)})).status_code == 201
    return path, coordinator.headers


async def five_digests(world: World) -> Made:
    sponsor = await world.person(Role.SPONSOR)
    for number in range(5):
        week = dt.date(2027, 3, 15) + dt.timedelta(days=7 * number)
        await world.write(lambda session, week=week: a_digest(session, week))
    return "/v1/schools/harbour/digests", sponsor.headers


def a_digest(session: Session, week: dt.date) -> None:
    school, now = schools.find(session, "harbour"), clock.now()
    found = digests.made(session, school, now=now).model_dump(mode="json")
    session.add(Digest(school_id=school.id, week=week, found=found, made_at=now))


LISTS = (five_suggestions, five_plans, five_digests)
