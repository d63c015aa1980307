"""Committed work starts at once, in this process and in others; the poll is only the safety net (design, 4)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from sqlmodel import Session

from app.core import clock
from app.core.db import Database
from app.vocabulary import Role
from app.work import engine as engines
from app.work import listen as listening
from app.work import queue
from app.work.engine import Engine
from app.work.queue import Item
from app.worker import Worker
from tests.support.postgres import PostgresServer
from tests.support.world import Someone, World

on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
# So long that nothing in these tests is found by the poll.
NO_POLL = 60.0
AT_ONCE = 1.0


@pytest.fixture(autouse=True)
def only_wake_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "POLL_SECONDS", NO_POLL)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = Database(database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield opened
    opened.close()


@contextlib.asynccontextmanager
async def running(worker: Worker | Engine) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    try:
        yield
    finally:
        worker.stop()
        await task


async def shortest_wait(world: World, adviser: Someone) -> float:
    """Seconds from a 201 to the page, the best of three: this machine may have other things to do."""
    assert adviser.hook is not None
    waits = []
    for count in (1, 2, 3):
        assert (await world.report("said_thoughts_of_suicide")).status_code == 201
        committed = time.monotonic()
        pages = await asyncio.to_thread(world.receiver.wait_for, adviser.hook, count)
        waits.append(pages[-1].monotonic - committed)
    return min(waits)


async def test_a_page_leaves_at_once_without_waiting_for_the_poll(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    async with running(Worker(world.db, world.settings)):
        assert await shortest_wait(world, adviser) < AT_ONCE


@on_postgresql
async def test_a_page_leaves_at_once_from_another_process(world: World) -> None:
    """The worker has connections of its own: only NOTIFY can tell it."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    other = Database(world.db.url, info=dict(world.db._info))
    try:
        async with running(Worker(other, world.settings)):
            assert await shortest_wait(world, adviser) < AT_ONCE
    finally:
        other.close()


async def test_work_that_becomes_due_later_is_found_by_the_poll(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "POLL_SECONDS", 0.2)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        assert now >= item.due_at
        loop.call_soon_threadsafe(done.set)

    def add(session: Session) -> None:
        now = clock.now()
        queue.enqueue(session, "k", uuid.UUID(int=1), due_at=now + dt.timedelta(seconds=0.4), now=now)

    async with running(Engine(db, {"k": handler}, concurrency=1)):
        await db.write(add)
        began = time.monotonic()
        await asyncio.wait_for(done.wait(), 15.0)
        assert time.monotonic() - began > 0.3


async def test_no_wake_up_is_lost_while_the_engine_is_busy(db: Database) -> None:
    """Work that is added while a claim runs, or while all hands are full, does not wait for the poll."""
    done: list[int] = []
    all_done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        done.append(item.payload["n"])
        if len(done) == 60:
            loop.call_soon_threadsafe(all_done.set)

    async with running(Engine(db, {"k": handler}, concurrency=2)):
        for n in range(60):

            def add(session: Session, n: int = n) -> None:
                now = clock.now()
                queue.enqueue(session, "k", uuid.UUID(int=1), due_at=now, now=now, payload={"n": n})

            await db.write(add)
            await asyncio.sleep(0.002)
        await asyncio.wait_for(all_done.wait(), 20.0)
    assert sorted(done) == list(range(60))


async def eventually(condition: asyncio.Event, what: str) -> None:
    try:
        await asyncio.wait_for(condition.wait(), 10.0)
    except TimeoutError:
        raise AssertionError(what) from None
    condition.clear()


async def test_a_lost_listener_connects_again(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "RECONNECT_SECONDS", 0.1)
    name = f"listen{uuid.uuid4().hex[:8]}"
    url = migrated_postgres.create_database(name)
    woken = asyncio.Event()
    task = asyncio.create_task(listening.listen(url, woken.set))
    try:
        # It wakes once when it is connected: what happened before it listened is not missed.
        await eventually(woken, "connected")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
            await other.execute("SELECT pg_notify('peerline_work', '')")
            await eventually(woken, "notified")
            for _ in range(2):
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await eventually(woken, "connected again")
                await other.execute("SELECT pg_notify('peerline_work', '')")
                await eventually(woken, "notified again")
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        migrated_postgres.drop_database(name)


async def test_a_listener_waits_for_a_database_that_is_not_there_yet(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "RECONNECT_SECONDS", 0.1)
    name = f"listen{uuid.uuid4().hex[:8]}"
    woken = asyncio.Event()
    task = asyncio.create_task(listening.listen(migrated_postgres.url_for(name), woken.set))
    try:
        await asyncio.sleep(0.5)
        assert not woken.is_set()
        migrated_postgres.create_database(name)
        await eventually(woken, "connected")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        migrated_postgres.drop_database(name)


async def listening_to(url: str, monkeypatch: pytest.MonkeyPatch, *, other: str) -> None:
    """A listener at `url` is woken by what is told at `other`."""
    monkeypatch.setattr(listening, "RECONNECT_SECONDS", 0.1)
    woken = asyncio.Event()
    task = asyncio.create_task(listening.listen(url, woken.set))
    try:
        await eventually(woken, "connected")
        async with await psycopg.AsyncConnection.connect(other, autocommit=True) as connection:
            await connection.execute("SELECT pg_notify('peerline_work', '')")
        await eventually(woken, "notified")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_listener_understands_the_url_as_the_pool_does(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLAlchemy takes a second `=` in an option as it stands; libpq refuses the whole address."""
    plain = migrated_postgres.url_for()
    url = f"{plain}&options=-c statement_timeout=0"
    pool = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    pool.read_now(lambda session: session.connection())
    pool.close()
    await listening_to(url, monkeypatch, other=plain)


@pytest.mark.parametrize("fault", [psycopg.ProgrammingError("invalid option"), psycopg.InterfaceError(), TypeError()])
async def test_a_listener_goes_on_whatever_it_fails_with(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    connect, failures = psycopg.AsyncConnection.connect, 2

    async def fail_at_first(*args: Any, **options: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise fault
        return await connect(*args, **options)

    url = migrated_postgres.url_for()
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", fail_at_first)
    await listening_to(url, monkeypatch, other=url)
    assert failures == 0
