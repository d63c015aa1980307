"""Slow and dead receivers delay nobody else, and no number of other events delays a page (W13)."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable

import pytest
from endpoints import create, deliveries, emit, on_sqlite, planned_wait, school_it
from sqlmodel import Session

from app.core import clock
from app.events import outbox
from app.events.pages import PageRequested
from app.schools import service as schools
from app.vocabulary import Level, Role
from app.webhooks import sending
from app.worker import Worker
from tests.support.receiver import Received
from tests.support.world import World


@contextlib.asynccontextmanager
async def working(world: World) -> AsyncIterator[Worker]:
    """A worker that runs, as in production, while the block does."""
    worker = Worker(world.db, world.settings)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


async def arrived(world: World, hook: str | None, count: int, *, timeout: float = 20.0) -> list[Received]:
    """What arrived at a hook, as soon as there are so many."""
    assert hook is not None
    return await asyncio.to_thread(world.receiver.wait_for, hook, count, timeout)


async def copies_of_pages(world: World, number: int) -> None:
    """The school's copies of so many pages to people who are none of its own endpoints."""

    def make(session: Session) -> None:
        school = schools.find(session, "harbour")
        for _ in range(number):
            data = PageRequested(
                page_id=uuid.uuid4(),
                school=school.slug,
                priority="now",
                level=Level.PRIMARY,
                ack_by=clock.now(),
                ack_url=None,
                drill=False,
            )
            outbox.emit(session, "page.requested", data, school_id=school.id, now=clock.now())

    await world.write(make)


@on_sqlite
async def test_a_slow_receiver_does_not_delay_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 4.0)
    await world.school()
    it = await school_it(world)
    await create(world, it, "slow")
    await create(world, it, "fast")
    world.receiver.behave("slow", {"delay": 20})
    async with working(world):
        began = time.monotonic()
        await emit(world, 8, settle=False)
        sent = [r for r in await arrived(world, "fast", 9) if "ping" not in r.json()["type"]]
        assert max(request.monotonic for request in sent) - began < 3


async def test_three_hundred_events_to_a_dead_endpoint_do_not_delay_a_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page_in_time(world, monkeypatch, emit(world, 300, settle=False))


@on_sqlite
async def test_neither_do_the_schools_own_copies_of_three_hundred_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page_in_time(world, monkeypatch, copies_of_pages(world, 300))


async def page_in_time(world: World, monkeypatch: pytest.MonkeyPatch, burden: Awaitable[object]) -> None:
    """While as many deliveries to a dead endpoint hang as can, a page takes no longer than ever."""
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 1.0)
    await world.school()
    await create(world, await school_it(world), "dead")
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    world.receiver.behave("dead", {"delay": 20})
    async with working(world) as worker:
        await burden
        await arrived(world, "dead", 1 + world.settings.worker_concurrency)
        made = await world.report("said_thoughts_of_suicide")
        assert made.status_code == 201
        committed = time.monotonic()
        [page] = await arrived(world, adviser.hook, 1)
        assert page.json()["type"] == "page.requested"
        # Behind the others it would be more than 8 s: (300 - 33) / 32 of them a second.
        assert page.monotonic - committed < 4
        worker.stop()
    assert len(world.receiver.requests("dead")) < 300


@on_sqlite
async def test_what_failed_together_comes_back_spread_out_and_once_each(world: World) -> None:
    await world.school()
    await create(world, await school_it(world), "dead")
    world.receiver.behave("dead", 500)
    ids = await emit(world, 20)
    waits = [await planned_wait(world, event_id) for event_id in ids]
    assert all(4.5 <= wait <= 5.5 for wait in waits)
    assert len(set(waits)) == 20
    world.time.advance(seconds=6)
    await world.settle()
    sent = [request.headers["webhook-id"] for request in deliveries(world, "dead")]
    assert sorted(sent) == sorted(ids * 2)
