"""An endpoint is removed while something is sent to it, or written down of it: neither fails, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa
from endpoints import create, deliveries, emit, school_it
from sqlmodel import Session, select

from app.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.vocabulary import Role
from tests.support.world import Someone, World

MINE = "/v1/me/webhook-endpoints"
SCHOOLS = "/v1/schools/harbour/webhook-endpoints"
SOON = 10.0
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@contextlib.asynccontextmanager
async def being_removed(world: World, endpoint_id: object) -> AsyncIterator[None]:
    """An endpoint has been deleted in a transaction that is committed a moment after the block began."""
    deleted, commit = threading.Event(), threading.Event()

    def work(session: Session) -> None:
        session.delete(session.get_one(WebhookEndpoint, uuid.UUID(str(endpoint_id)), with_for_update=True))
        session.flush()
        deleted.set()
        assert commit.wait(SOON)

    removal = asyncio.create_task(world.write(work))
    await asyncio.to_thread(deleted.wait, SOON)
    asyncio.get_running_loop().call_later(0.5, commit.set)
    yield
    await removal


async def remove(world: World, it: Someone, endpoint_id: str) -> int:
    path = f"{SCHOOLS}/{endpoint_id}"
    tag = (await world.http.get(path, headers=it.headers)).headers["etag"]
    return (await world.http.delete(path, headers=it.headers | {"If-Match": tag})).status_code


@on_postgresql
async def test_an_urgent_report_that_arrives_meanwhile_is_accepted_and_goes_to_the_next_person(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(adviser)
    async with being_removed(world, adviser.endpoint_id):
        made = await world.report("said_thoughts_of_suicide")
        assert made.status_code == 201, made.text
    await world.settle()
    assert world.receiver.requests(adviser.hook) == []
    assert "page.requested" in [request.json()["type"] for request in world.receiver.requests(coordinator.hook)]


@on_postgresql
async def test_a_ping_that_comes_meanwhile_finds_nothing(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    async with being_removed(world, adviser.endpoint_id):
        pinged = await world.http.post(f"{MINE}/{adviser.endpoint_id}/ping", headers=adviser.headers)
        assert pinged.status_code == 404


@on_postgresql
async def test_an_event_that_is_told_meanwhile_goes_to_the_others(world: World) -> None:
    await world.school()
    it = await school_it(world)
    other = await create(world, it, "other")
    going = await create(world, it, "going")
    await emit(world, settle=False)
    # The pings, which would have to be removed first.
    await world.write(lambda session: session.exec(sa.delete(WebhookAttempt)))
    await world.write(lambda session: session.exec(sa.delete(WebhookDelivery)))
    async with being_removed(world, going["id"]):
        assert await world.settle() == 2
    assert len(deliveries(world, "other")) == 1
    told = await world.db.read(lambda session: session.exec(select(WebhookDelivery.endpoint_id)).all())
    assert told == [uuid.UUID(other["id"])]


@on_postgresql
async def test_whoever_removes_it_and_whoever_records_an_attempt_do_not_wait_for_each_other(
    world: World, database_url: str
) -> None:
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    await emit(world)
    with psycopg.connect(database_url) as recording:
        # In the order of `delivery.record`: the delivery, then its endpoint.
        recording.execute("SELECT 1 FROM webhook_deliveries ORDER BY id FOR UPDATE")
        removal = asyncio.create_task(remove(world, it, made["id"]))
        await asyncio.sleep(0.5)
        recording.execute("SELECT 1 FROM webhook_endpoints FOR NO KEY UPDATE")
        recording.execute("UPDATE webhook_endpoints SET health = 'healthy'")
    assert await asyncio.wait_for(removal, SOON) == 204


async def test_what_was_recorded_of_it_goes_with_it_and_nothing_else(world: World) -> None:
    await world.school()
    it = await school_it(world)
    gone, stays = await create(world, it, "gone"), await create(world, it, "stays")
    world.receiver.behave("gone", 500)
    await emit(world, 3)
    assert await remove(world, it, gone["id"]) == 204

    def left(session: Session) -> set[str]:
        statement = select(WebhookDelivery.endpoint_id).join(
            WebhookAttempt, WebhookAttempt.delivery_id == WebhookDelivery.id
        )
        return {str(each) for each in session.exec(statement)}

    assert await world.db.read(left) == {stays["id"]}


async def test_removing_takes_as_many_statements_however_much_was_sent(world: World) -> None:
    await world.school()
    it = await school_it(world)
    counts = []
    for number in (1, 12):
        made = await create(world, it, "school")
        await emit(world, number)
        statements: list[str] = []

        def count(*args: object, statements: list[str] = statements) -> None:
            statements.append(str(args[2]))

        sa.event.listen(world.db.engine, "before_cursor_execute", count)
        assert await remove(world, it, made["id"]) == 204
        sa.event.remove(world.db.engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1]
