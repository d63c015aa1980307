"""A report is closed before the school was told of its page: the copy is valid, and has no minute in it (W11)."""

from __future__ import annotations

from endpoints import create, deliveries, school_it

from app.events.types import PAYLOADS
from app.vocabulary import Role
from tests.reports.harbour import act
from tests.support.world import Someone, World


async def urgent(world: World) -> Someone:
    """A school that is told of pages, somebody on call who was paged just now, and a reader."""
    await world.school()
    await create(world, await school_it(world), "school")
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
