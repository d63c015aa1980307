"""Endpoints over HTTP: the secret once, the ping, who gets what (W1, W8, W12)."""

from __future__ import annotations

import base64
import json

import pytest
import standardwebhooks
from endpoints import create, deliveries, emit, endpoint, events, on_sqlite, school_it

from app.vocabulary import Role
from tests.contract import openapi_reading
from tests.support.receiver import verified
from tests.support.world import World

MINE = "/v1/me/webhook-endpoints"


async def test_the_secret_is_shown_once(world: World) -> None:
    """W1, on both databases."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = await world.http.post(MINE, headers=adviser.headers, json={"url": world.receiver.url("mine")})
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
    location = made.headers["location"]
    one = await world.http.get(location, headers=adviser.headers)
    listed = await world.http.get(MINE, headers=adviser.headers)
    changed = await world.http.patch(
        location,
        headers=adviser.headers | {"If-Match": one.headers["etag"], "Content-Type": "application/merge-patch+json"},
        content=json.dumps({"description": "pager"}),
    )
    assert changed.status_code == 200, changed.text
    for answer in (one, listed, changed):
        assert answer.status_code == 200
        assert '"secret"' not in answer.text
        assert secret.removeprefix("whsec_") not in answer.text


async def test_who_lost_the_answer_gets_the_same_endpoint_and_secret_by_the_same_key(world: World) -> None:
    """M1: else it stands there twice, and the first, which is told first, has a secret that nobody knows."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    it = await school_it(world)
    for person, path in ((adviser, MINE), (it, "/v1/schools/harbour/webhook-endpoints")):
        once, body = world.once(), {"url": world.receiver.url("mine")}
        first, again = [await world.http.post(path, headers=person.headers | once, json=body) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201), again.text
        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true"
        shown = await world.http.get(first.headers["location"], headers=person.headers)
        assert again.headers["etag"] == first.headers["etag"] == shown.headers["etag"]
        listed = await world.http.get(path, headers=person.headers)
        assert [each["id"] for each in listed.json()["items"]] == [first.json()["id"]]
        other = await world.http.post(path, headers=person.headers | once, json={"url": world.receiver.url("other")})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@on_sqlite
async def test_a_ping_follows_at_once_and_shows_whether_the_endpoint_works(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = (await world.http.post(MINE, headers=adviser.headers, json={"url": world.receiver.url("mine")})).json()
    assert made["health"] == "unverified"
    await world.settle()
    [ping] = world.receiver.requests("mine")
    event = verified(ping, made["secret"])
    assert event["type"] == "webhook_endpoint.ping"
    assert event["data"] == {"school": "harbour", "endpoint_id": made["id"]}
    assert (await endpoint(world, made["id"])).health == "healthy"

    world.receiver.behave("mine", 500)
    again = await world.http.post(f"{MINE}/{made['id']}/ping", headers=adviser.headers)
    assert again.status_code == 202
    await world.settle()
    assert len(world.receiver.requests("mine")) == 2
    assert (await endpoint(world, made["id"])).health == "failing"


@on_sqlite
async def test_each_endpoint_has_its_own_secret(world: World) -> None:
    """W8."""
    await world.school()
    it = await school_it(world)
    first = await create(world, it, "first")
    second = await create(world, it, "second")
    assert first["secret"] != second["secret"]
    await emit(world)
    [one], [other] = deliveries(world, "first"), deliveries(world, "second")
    assert verified(one, first["secret"]) == verified(other, second["secret"])
    assert one.headers["webhook-id"] == other.headers["webhook-id"]
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(one, second["secret"])


@on_sqlite
async def test_an_endpoint_of_the_school_gets_the_types_it_asked_for(world: World) -> None:
    await world.school()
    it = await school_it(world)
    await create(world, it, "all")
    await create(world, it, "pages", event_types=["page.requested"])
    await create(world, it, "messages", event_types=["page.requested", "conversation.message_added"])
    await emit(world)
    assert len(deliveries(world, "all")) == 1
    assert deliveries(world, "pages") == []
    assert len(deliveries(world, "messages")) == 1


async def test_another_schools_events_never_arrive(world: World) -> None:
    """W8, on both databases."""
    await world.school()
    await world.school("ridge")
    await create(world, await school_it(world), "harbour-hook")
    await create(world, await school_it(world, "ridge"), "ridge-hook")
    await emit(world, 2)
    assert len(deliveries(world, "harbour-hook")) == 2
    assert deliveries(world, "ridge-hook") == []


@on_sqlite
async def test_a_person_is_not_told_what_is_for_the_school(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await emit(world)
    assert world.receiver.requests(adviser.hook) == []


@on_sqlite
async def test_an_endpoint_that_was_removed_or_switched_off_gets_nothing_more(world: World) -> None:
    await world.school()
    it = await school_it(world)
    path = "/v1/schools/harbour/webhook-endpoints"
    removed = await create(world, it, "removed")
    off = await create(world, it, "off")
    await emit(world, settle=False)
    tag = (await world.http.get(f"{path}/{removed['id']}", headers=it.headers)).headers["etag"]
    gone = await world.http.delete(f"{path}/{removed['id']}", headers=it.headers | {"If-Match": tag})
    assert gone.status_code == 204, gone.text
    tag = (await world.http.get(f"{path}/{off['id']}", headers=it.headers)).headers["etag"]
    patched = await world.http.patch(
        f"{path}/{off['id']}", headers=it.headers | {"If-Match": tag}, json={"enabled": False}
    )
    assert patched.status_code == 200, patched.text
    await world.settle()
    await emit(world)
    assert deliveries(world, "removed") == []
    assert deliveries(world, "off") == []


@on_sqlite
async def test_an_endpoint_removed_while_it_is_being_retried_leaves_nothing_behind(world: World) -> None:
    await world.school()
    it = await school_it(world)
    path = "/v1/schools/harbour/webhook-endpoints"
    made = await create(world, it, "failing")
    world.receiver.behave("failing", 500)
    await emit(world)
    tag = (await world.http.get(f"{path}/{made['id']}", headers=it.headers)).headers["etag"]
    gone = await world.http.delete(f"{path}/{made['id']}", headers=it.headers | {"If-Match": tag})
    assert gone.status_code == 204, gone.text
    world.time.advance(hours=1)
    await world.settle()
    assert len(deliveries(world, "failing")) == 1
    assert await events(world, "work.dead") == []


@on_sqlite
async def test_the_types_that_are_listed_are_those_of_the_document(world: World) -> None:
    """O4, W12."""
    await world.school()
    it = await school_it(world)
    listed = (await world.http.get("/v1/event-types", headers=it.headers)).json()["items"]
    document = openapi_reading.document()
    assert {item["type"] for item in listed} == set(document["webhooks"])
    assert all(item["description"] for item in listed)


@on_sqlite
async def test_a_school_endpoint_is_for_school_it_and_a_stranger_finds_nothing(world: World) -> None:
    await world.school()
    await world.school("ridge")
    it = await school_it(world)
    made = await create(world, it, "ours")
    path = f"/v1/schools/harbour/webhook-endpoints/{made['id']}"
    adviser = await world.person(Role.ADVISER)
    stranger = await school_it(world, "ridge")
    assert (await world.http.get(path, headers=adviser.headers)).status_code == 403
    assert (await world.http.get(path, headers=stranger.headers)).status_code == 404
    mine = f"/v1/me/webhook-endpoints/{made['id']}"
    assert (await world.http.get(mine, headers=it.headers)).status_code == 404
