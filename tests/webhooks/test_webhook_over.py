"""A report is closed before the school was told of its page: the copy is valid, and has no minute in it (W11)."""

from __future__ import annotations

import asyncio

import pytest
from endpoints import create, deliveries, school_it
from sqlmodel import col, select

from app.events.types import PAYLOADS
from app.models import Event, WebhookAttempt, WebhookDelivery
from app.vocabulary import Role
from tests.reports.harbour import act
from tests.support.holding import held_at
from tests.support.world import Someone, World


async def urgent(world: World) -> Someone:
    """A school that is told of pages, somebody on call who was paged just now, and a reader."""
    await world.school()
    await create(world, await school_it(world), "school")
    # The ping that shows whether it is there.
    await world.settle()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    return await world.person(Role.TRIAGER)


async def close(world: World, reader: Someone) -> None:
    path = "/v1/schools/harbour/reports"
    [report] = (await world.http.get(path, headers=reader.headers)).json()["items"]
    for action in ("claim", "close"):
        done = await act(world, reader, report["id"], action)
        assert done.status_code == 200, done.text


def assert_only_valid_events(world: World) -> None:
    for request in world.receiver.requests():
        event = request.json()
        PAYLOADS[event["type"]].model_validate(event["data"])


async def test_closed_before_the_school_was_told_of_the_page(world: World) -> None:
    reader = await urgent(world)
    await close(world, reader)
    await world.settle()
    assert_only_valid_events(world)
    [copy] = [each.json() for each in world.receiver.requests("school") if b"page.requested" in each.body]
    assert copy["timestamp"].endswith(":00:00Z")
    assert copy["data"]["ack_by"].endswith(":00:00Z")


async def test_closed_between_telling_and_sending(world: World) -> None:
    reader = await urgent(world)
    lane = world.worker.lanes[1]
    for item in await lane._claim():
        await lane._do(item)
    await close(world, reader)
    await world.settle()
    assert_only_valid_events(world)
    [copy] = [each.json() for each in world.receiver.requests("school") if b"page.requested" in each.body]
    assert copy["timestamp"].endswith(":00:00Z")
    assert copy["data"]["ack_by"].endswith(":00:00Z")


async def test_what_is_not_over_is_told(world: World) -> None:
    await urgent(world)
    await world.settle()
    assert_only_valid_events(world)
    assert len(deliveries(world, "school", "page.requested")) == 1


async def test_the_first_try_of_what_is_over_has_no_retries(world: World) -> None:
    """What happened is told to the school, once: nobody needs to hear of it for three days (docs/webhooks.md)."""
    await world.school()
    it = await school_it(world)
    path = f"/v1/schools/harbour/webhook-endpoints/{(await create(world, it, 'school'))['id']}/deliveries"
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    [page] = (await world.http.get("/v1/me/pages", headers=adviser.headers)).json()["items"]
    # Before its first try, or while that is on its way.
    taken = await world.http.post(f"/v1/pages/{page['id']}/ack", headers=adviser.headers)
    assert taken.json()["first"] is True
    world.receiver.behave("school", 500)
    await world.settle()
    for _ in range(3):
        world.time.advance(minutes=40)
        await world.settle()
    assert len(deliveries(world, "school", "page.requested")) == 1
    shown = (await world.http.get(path, headers=it.headers)).json()["items"]
    [copy] = [each for each in shown if each["event_type"] == "page.requested"]
    assert (copy["state"], copy["next_attempt_at"], len(copy["attempts"])) == ("cancelled", None, 1)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_closed_while_what_came_of_the_page_is_written_down(world: World) -> None:
    """The time of an attempt is cut to its hour, also of the one that was about to be stored (design, 3)."""
    reader = await urgent(world)
    # The page itself, so that the next to be written down is the school's copy.
    for lane in world.worker.lanes:
        for item in await lane._claim():
            await lane._do(item)
    async with held_at(world, "INSERT INTO webhook_attempts") as (is_there, go_on):
        settling = asyncio.create_task(world.settle())
        assert await is_there()
        closing = asyncio.create_task(close(world, reader))
        await asyncio.wait([closing], timeout=1.0)
        go_on()
        await asyncio.gather(settling, closing)
    await world.settle()
    of_pages = (
        select(WebhookAttempt.at)
        .join(WebhookDelivery, col(WebhookDelivery.id) == col(WebhookAttempt.delivery_id))
        .join(Event, col(Event.id) == col(WebhookDelivery.event_id))
        .where(Event.type == "page.requested")
    )
    times = world.db.read_now(lambda session: session.exec(of_pages).all())
    assert times
    assert {(time.minute, time.second) for time in times} == {(0, 0)}
