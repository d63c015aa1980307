"""The engine: each piece of work has its effect once, whoever dies or fails in between (design, 4)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app.core import clock
from app.core.db import Database, DatabaseUnavailable
from app.kinds import RECURRING
from app.models import Event, WorkItem
from app.paging import auditor, timers
from app.vocabulary import Role
from app.work import engine as engines
from app.work import queue
from app.work.engine import Engine, Outside
from app.work.queue import LEASE, Item
from app.worker import start_recurring
from tests.support.world import World

SUBJECT = uuid.UUID(int=7)
SOON = 10.0


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = Database(database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield opened
    opened.close()


async def add(db: Database, kind: str = "k", number: int = 1) -> None:
    def work(session: Session) -> None:
        now = clock.now()
        for n in range(number):
            queue.enqueue(session, kind, SUBJECT, due_at=now, now=now, payload={"n": n})

    await db.write(work)


async def kinds(db: Database) -> list[str]:
    """The kinds of work that is left."""
    return await db.read(lambda session: sorted(session.exec(select(WorkItem.kind))))


def leave_a_trace(session: Session, item: Item, now: dt.datetime) -> None:
    """A handler whose effect can be seen: another row of work."""
    queue.enqueue(session, "trace", item.id, due_at=now + dt.timedelta(days=365), now=now)


async def test_a_handler_and_the_end_of_its_item_are_one_transaction(db: Database) -> None:
    await add(db)
    engine = Engine(db, {"k": leave_a_trace}, concurrency=4)
    assert await engine.drain() == 1
    assert await kinds(db) == ["trace"]


async def test_a_handler_that_raises_leaves_no_trace_and_is_tried_again(db: Database) -> None:
    failures = 2

    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        leave_a_trace(session, item, now)
        if item.failures < failures:
            raise RuntimeError("CANARY what somebody wrote")

    await add(db)
    engine = Engine(db, {"k": handler}, concurrency=4)
    await engine.drain()
    assert await kinds(db) == ["k"]
    [row] = await db.read(lambda session: list(session.exec(select(WorkItem))))
    # The kind of failure, never its text.
    assert row.last_error == "RuntimeError"
    later = clock.now()
    for seconds in (2, 10):
        later += dt.timedelta(seconds=seconds)
        await engine.drain(until=later)
    assert await kinds(db) == ["trace"]


async def test_what_is_given_up_is_announced_once_in_the_same_transaction(db: Database) -> None:
    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        raise RuntimeError

    await add(db)
    engine = Engine(db, {"k": handler}, concurrency=4, on_dead=leave_a_trace)
    later = clock.now()
    for _ in range(12):
        await engine.drain(until=later)
        later += dt.timedelta(hours=2)
    assert await kinds(db) == ["k", "trace"]


async def test_one_that_fails_does_not_hold_up_the_others(db: Database) -> None:
    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        if item.payload["n"] == 0:
            raise RuntimeError
        leave_a_trace(session, item, now)

    await add(db, number=5)
    await Engine(db, {"k": handler}, concurrency=4).drain()
    assert await kinds(db) == ["k", "trace", "trace", "trace", "trace"]


async def test_a_handler_that_was_overtaken_leaves_no_trace(db: Database) -> None:
    """A process that slept for longer than its lease wakes up when another has done its work."""
    await add(db)
    [slept] = await db.write(lambda session: queue.claim(session, kinds=["k"], limit=1, now=clock.now()))
    engine = Engine(db, {"k": leave_a_trace}, concurrency=1)
    assert await engine.drain(until=clock.now() + LEASE) == 1
    await engine._do(slept)
    assert await kinds(db) == ["trace"]


async def test_what_takes_too_long_to_finish_is_handed_over_and_counts_as_no_failure(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that ends does not keep for the rest of a lease what another could do now."""
    monkeypatch.setattr(engines, "FINISH_SECONDS", 0.1)
    begun = asyncio.Event()

    async def hang(_plan: Any) -> None:
        begun.set()
        await asyncio.sleep(60)

    await add(db)
    engine = Engine(db, {"k": Outside(lambda *_: 1, hang, lambda *_: None)}, concurrency=1)
    running = asyncio.create_task(engine.run())
    await asyncio.wait_for(begun.wait(), SOON)
    engine.stop()
    await asyncio.wait_for(running, SOON)
    [taken] = await db.write(lambda session: queue.claim(session, kinds=["k"], limit=1, now=clock.now()))
    assert (taken.failures, taken.fence) == (0, 2)


async def test_what_was_claimed_while_it_was_told_to_stop_is_handed_over_unbegun(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(db)
    engine = Engine(db, {"k": leave_a_trace}, concurrency=1)
    claim = engine._claim

    async def claim_and_be_told() -> list[Item]:
        claimed = await claim()
        engine.stop()
        return claimed

    monkeypatch.setattr(engine, "_claim", claim_and_be_told)
    await asyncio.wait_for(engine.run(), SOON)
    assert await kinds(db) == ["k"]
    assert len(await db.write(lambda session: queue.claim(session, kinds=["k"], limit=1, now=clock.now()))) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_meets_a_lock_does_not_wait_for_its_lease(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next person is paged when whoever held the escalation is done, and not up to twenty seconds later."""
    monkeypatch.setattr("app.core.engines.LOCK_TIMEOUT", "200ms")
    impatient = Database(db.url)
    await add(db, "held")

    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        session.exec(select(WorkItem).where(WorkItem.kind == "held").with_for_update()).one()
        leave_a_trace(session, item, now)

    engine = Engine(impatient, {"k": handler}, concurrency=1)
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT 1 FROM work_items WHERE kind = 'held' FOR UPDATE")
        await add(db)
        running = asyncio.create_task(engine.run())
        await asyncio.sleep(1)
        assert await kinds(db) == ["held", "k"]
    try:
        async with asyncio.timeout(LEASE.total_seconds() / 4):
            while await kinds(db) != ["held", "trace"]:
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await running
        impatient.close()


async def test_recurring_work_is_never_given_up(db: Database) -> None:
    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        raise RuntimeError

    def on_dead(*_: Any) -> None:
        raise AssertionError("given up")

    await add(db)
    engine = Engine(db, {"k": handler}, concurrency=4, on_dead=on_dead, recurring=["k"])
    later = clock.now()
    for _ in range(20):
        assert await engine.drain(until=later) == 1
        later += dt.timedelta(hours=2)
    assert await engine.drain(until=later) == 1


async def test_an_announcement_that_fails_leaves_the_work_to_be_tried_again(db: Database) -> None:
    announced = False

    def handler(session: Session, item: Item, now: dt.datetime) -> None:
        raise RuntimeError

    def on_dead(session: Session, item: Item, now: dt.datetime) -> None:
        nonlocal announced
        if not announced:
            announced = True
            raise RuntimeError
        leave_a_trace(session, item, now)

    await add(db)
    engine = Engine(db, {"k": handler}, concurrency=4, on_dead=on_dead)
    later = clock.now()
    for _ in range(12):
        await engine.drain(until=later)
        later += dt.timedelta(hours=2)
    assert await kinds(db) == ["k", "trace"]


class Recorder:
    """Work outside the database that waits until it is let go."""

    def __init__(self) -> None:
        self.performed: list[int] = []
        self.recorded: list[int] = []
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()

    def handler(self) -> Outside:
        async def perform(plan: Any) -> int:
            self.performed.append(plan)
            self.started.set()
            await self.go_on.wait()
            return plan * 10

        def record(session: Session, item: Item, plan: Any, result: Any, now: dt.datetime) -> None:
            self.recorded.append(result)
            leave_a_trace(session, item, now)

        return Outside(plan=lambda session, item, now: item.fence, perform=perform, record=record)


async def test_work_outside_is_taken_over_and_who_lost_the_lease_records_nothing(db: Database) -> None:
    await add(db)
    slow, quick = Recorder(), Recorder()
    quick.go_on.set()
    first = asyncio.create_task(Engine(db, {"k": slow.handler()}, concurrency=1).drain())
    await asyncio.wait_for(slow.started.wait(), SOON)
    # A lease later another process does it again, with the same item.
    assert await Engine(db, {"k": quick.handler()}, concurrency=1).drain(until=clock.now() + LEASE) == 1
    slow.go_on.set()
    await asyncio.wait_for(first, SOON)
    assert (slow.performed, slow.recorded) == ([1], [])
    assert (quick.performed, quick.recorded) == ([2], [20])
    assert await kinds(db) == ["trace"]


async def test_nothing_is_performed_when_nothing_is_wanted_any_more(db: Database) -> None:
    async def perform(_: Any) -> None:
        raise AssertionError("performed")

    def record(*_: Any) -> None:
        raise AssertionError("recorded")

    await add(db)
    handler = Outside(plan=lambda session, item, now: None, perform=perform, record=record)
    assert await Engine(db, {"k": handler}, concurrency=1).drain() == 1
    assert await kinds(db) == []


async def test_a_stopped_engine_finishes_what_is_in_hand_and_claims_nothing_more(db: Database) -> None:
    await add(db)
    recorder = Recorder()
    engine = Engine(db, {"k": recorder.handler()}, concurrency=1)
    running = asyncio.create_task(engine.run())
    await asyncio.wait_for(recorder.started.wait(), SOON)
    engine.stop()
    await add(db)
    recorder.go_on.set()
    await asyncio.wait_for(running, SOON)
    assert recorder.recorded == [10]
    assert await kinds(db) == ["k", "trace"]


async def test_no_more_is_in_hand_than_allowed(db: Database) -> None:
    at_once, most = 0, 0

    async def perform(_: Any) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1

    await add(db, number=12)
    handler = Outside(plan=lambda s, i, n: 1, perform=perform, record=lambda *_: None)
    engine = Engine(db, {"k": handler}, concurrency=3)
    running = asyncio.create_task(engine.run())
    async with asyncio.timeout(SOON):
        while await kinds(db):
            await asyncio.sleep(0.02)
    engine.stop()
    await asyncio.wait_for(running, SOON)
    assert 2 <= most <= 3


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hands", ["idle", "full", "away"])
async def test_who_has_nothing_to_do_asks_no_more_often_than_the_poll(
    db: Database, monkeypatch: pytest.MonkeyPatch, hands: str
) -> None:
    """No busy loop: not with nothing due, not with every hand full, not while the database is away."""
    monkeypatch.setattr(engines, "POLL_SECONDS", 0.1)
    asked = 0
    recorder = Recorder()
    engine = Engine(db, {"k": recorder.handler()}, concurrency=1)
    claim = engine._claim

    async def counted() -> list[Item]:
        nonlocal asked
        asked += 1
        if hands == "away":
            raise DatabaseUnavailable("away")
        return await claim()

    monkeypatch.setattr(engine, "_claim", counted)
    if hands == "full":
        await add(db)
    running = asyncio.create_task(engine.run())
    if hands == "full":
        await asyncio.wait_for(recorder.started.wait(), SOON)
    asked = 0
    await asyncio.sleep(0.6)
    assert 1 <= asked <= 7
    recorder.go_on.set()
    engine.stop()
    await asyncio.wait_for(running, SOON)


@pytest.mark.parametrize("failure", [DatabaseUnavailable("away"), RuntimeError("a bug")])
async def test_an_engine_survives_a_database_that_fails(
    db: Database, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A worker that dies in silence is a pager that is off."""
    monkeypatch.setattr(engines, "POLL_SECONDS", 0.05)
    broken = 3
    original = queue.claim

    def claim(*args: Any, **kwargs: Any) -> list[Item]:
        nonlocal broken
        if broken:
            broken -= 1
            raise failure
        return original(*args, **kwargs)

    monkeypatch.setattr(engines.queue, "claim", claim)
    await add(db)
    engine = Engine(db, {"k": leave_a_trace}, concurrency=1)
    running = asyncio.create_task(engine.run())
    async with asyncio.timeout(SOON):
        while await kinds(db) != ["trace"]:
            await asyncio.sleep(0.02)
    engine.stop()
    await asyncio.wait_for(running, SOON)


async def test_recurring_work_that_an_earlier_release_gave_up_begins_again(world: World) -> None:
    await world.write(start_recurring)
    await world.write(lambda session: session.exec(sa.update(WorkItem).values(dead=True, attempts=8)))
    await world.write(start_recurring)
    assert await world.settle() == len(RECURRING)
    left = await world.db.read(lambda session: list(session.exec(select(WorkItem))))
    assert {row.kind for row in left if not row.dead and row.due_at > clock.now()} == set(RECURRING)


async def test_a_worker_never_gives_recurring_work_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    await world.write(start_recurring)
    with monkeypatch.context() as broken:
        for lane in world.worker.lanes:
            broken.setattr(lane, "_handlers", dict.fromkeys(lane._handlers, fail))
        for _ in range(12):
            world.time.advance(hours=2)
            await world.settle()
    world.time.advance(hours=2)
    assert await world.settle() == len(RECURRING)


async def test_what_was_given_up_is_announced_to_the_school(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)

    def fail(*_: Any) -> None:
        raise RuntimeError("CANARY")

    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    monkeypatch.setattr(timers.service, "move", fail)
    for _ in range(12):
        world.time.advance(hours=2)
        await world.settle()
    dead = await world.db.read(lambda s: list(s.exec(select(Event).where(Event.type == "work.dead"))))
    assert sorted(event.data["kind"] for event in dead) == ["paging.delivery_due", "paging.step_due"]
    assert set(dead[0].data) == {"school", "kind", "item_id"}
    # And once it works again, the auditor mends what stood still.
    monkeypatch.undo()
    await world.write(lambda session: auditor.start_audit(session, now=clock.now()))
    await world.settle()
    [event] = await world.db.read(lambda s: list(s.exec(select(Event).where(Event.type == "page.exhausted"))))
    assert event.data["line"] == "clinical_advice"
