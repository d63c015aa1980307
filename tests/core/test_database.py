"""Transactions: what is answered is on disk, what fails leaves no trace, and neighbours in a commit do not feel it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from app import startup
from app.core import clock
from app.core.crypto import KeyRing
from app.core.db import Database, DatabaseUnavailable, wake_after_commit
from app.models import AuditEntry, WorkItem
from app.settings import Settings
from app.work.engine import Engine
from tests.conftest import KEYS

SOON = 5.0


@pytest.fixture
def db(database_url: str, tmp_path: Path) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path, database_url=database_url, master_keys=KEYS)
    opened = startup.open_database(settings, KeyRing.parse(KEYS))
    yield opened
    opened.close()


def entry(action: str = "test.done") -> AuditEntry:
    return AuditEntry(action=action, subject=str(uuid.uuid4()), hour=clock.now())


def count(db: Database) -> int:
    return db.read_now(lambda session: session.exec(select(func.count()).select_from(AuditEntry)).one())


def test_a_transaction_that_raises_leaves_no_trace(db: Database) -> None:
    def fail(session: Session) -> None:
        session.add(entry())
        session.flush()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        db.write_now(fail)
    assert count(db) == 0


async def test_neighbours_of_a_failing_transaction_are_kept(db: Database) -> None:
    """Whatever order they are committed in, and however many share a commit."""
    gate = threading.Event()

    def wait(_session: Session) -> None:
        gate.wait(5)

    def work(number: int, session: Session) -> int:
        session.add(entry())
        session.flush()
        if number % 3 == 0:
            raise ValueError(number)
        return number

    first = asyncio.create_task(db.write(wait))
    await asyncio.sleep(0.05)
    many = [asyncio.create_task(db.write(partial(work, number))) for number in range(1, 31)]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    results = await asyncio.gather(*many, return_exceptions=True)
    assert [r for r in results if isinstance(r, int)] == [n for n in range(1, 31) if n % 3]
    assert count(db) == 20


def test_a_savepoint_inside_a_transaction_can_fail_alone(db: Database) -> None:
    def work(session: Session) -> None:
        session.add(entry("kept"))
        session.flush()
        with contextlib.suppress(ValueError), session.begin_nested():
            session.add(entry("dropped"))
            session.flush()
            raise ValueError

    db.write_now(work)
    assert count(db) == 1


def test_a_reader_cannot_write(db: Database) -> None:
    def write(session: Session) -> None:
        session.add(entry())
        session.flush()

    with pytest.raises((DatabaseUnavailable, sa.exc.InternalError)):
        db.read_now(write)
    assert count(db) == 0


def test_waking_happens_after_the_commit_and_not_after_a_rollback(db: Database) -> None:
    seen: list[int] = []
    db.on_wake(lambda: seen.append(count(db)))

    def work(session: Session) -> None:
        session.add(entry())
        wake_after_commit(session)

    def fail(session: Session) -> None:
        wake_after_commit(session)
        raise ValueError

    db.write_now(work)
    with pytest.raises(ValueError):
        db.write_now(fail)
    assert seen == [1]


def test_a_wake_up_that_fails_is_no_fault_of_the_transaction_and_stops_nobody_else(db: Database) -> None:
    woken: list[str] = []

    def fail() -> None:
        raise RuntimeError("Event loop is closed")

    db.on_wake(fail)
    db.on_wake(lambda: woken.append("next"))

    def work(session: Session) -> None:
        session.add(entry())
        wake_after_commit(session)

    for number in (1, 2):
        db._submit(work).result(SOON)
        assert count(db) == number
    # SQLite's one writer answers first and wakes then: one more transaction comes after both.
    db.write_now(lambda _session: None)
    assert woken == ["next"] * 2


def test_waking_an_engine_whose_loop_has_ended_does_nothing(db: Database) -> None:
    """It may end between any check and the call."""
    engine = Engine(db, {}, concurrency=1)

    async def run() -> None:
        running = asyncio.create_task(engine.run())
        await asyncio.sleep(0.1)
        engine.stop()
        await running

    asyncio.run(run())
    engine.wake()
    db.on_wake(engine.wake)
    db._submit(lambda session: wake_after_commit(session)).result(SOON)


async def test_fifty_read_modify_writes_at_once_lose_nothing(db: Database) -> None:
    """SQLite has one writer; on PostgreSQL the row is locked."""
    item = WorkItem(kind="test", subject=uuid.uuid4(), payload={}, due_at=clock.now(), fence=0, attempts=0, dead=False)
    made = db.write_now(lambda session: _added(session, item))

    def increment(session: Session) -> None:
        row = session.exec(select(WorkItem).where(WorkItem.id == made).with_for_update()).one()
        row.attempts += 1
        session.add(row)

    await asyncio.gather(*(db.write(increment) for _ in range(50)))
    assert db.read_now(lambda session: session.get_one(WorkItem, made).attempts) == 50


async def test_a_caller_that_goes_away_does_not_stop_its_transaction(db: Database) -> None:
    started, gate = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        started.set()
        gate.wait(5)
        session.add(entry())

    task = asyncio.create_task(db.write(slow))
    while not started.is_set():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await db.write(lambda session: session.connection())
    for _ in range(100):
        if count(db) == 1:
            break
        await asyncio.sleep(0.02)
    assert count(db) == 1


def test_whoever_comes_after_the_end_is_told_at_once(db: Database) -> None:
    db.close()
    for begin in (db._submit, db.begin_read):
        with pytest.raises(DatabaseUnavailable):
            begin(lambda session: None).result(SOON)


class TestSqliteFile:
    """What only the embedded file can suffer."""

    @pytest.fixture
    def database_kind(self) -> str:
        return "sqlite"

    def test_a_fault_of_the_writer_itself_is_told_to_whoever_waits_and_does_not_end_it(
        self, db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(*_: object) -> None:
            raise MemoryError

        assert db._writer is not None
        with monkeypatch.context() as patched:
            patched.setattr(db._writer, "_commit", break_down)
            with pytest.raises(MemoryError):
                db._submit(lambda _session: None).result(SOON)
        assert db._submit(lambda _session: "stored").result(SOON) == "stored"

    def test_a_deleted_file_is_refused_before_and_after_writing(self, db: Database, tmp_path: Path) -> None:
        db.write_now(lambda session: session.add(entry()))
        (tmp_path / "peerline.sqlite3").unlink()
        with pytest.raises(DatabaseUnavailable):
            db.write_now(lambda session: session.add(entry()))
        with pytest.raises(DatabaseUnavailable):
            count(db)

    def test_a_file_deleted_during_the_transaction_is_not_answered_as_stored(
        self, db: Database, tmp_path: Path
    ) -> None:
        def work(session: Session) -> None:
            session.add(entry())
            (tmp_path / "peerline.sqlite3").unlink()

        with pytest.raises(DatabaseUnavailable):
            db.write_now(work)

    async def test_a_full_disk_stores_nothing_of_a_group_and_says_so_to_all_of_it(self, db: Database) -> None:
        db.write_now(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 80").scalar_one())
        gate = threading.Event()
        first = asyncio.create_task(db.write(lambda _session: gate.wait(5)))
        await asyncio.sleep(0.05)

        def fill(session: Session) -> None:
            session.add_all(entry("x" * 60) for _ in range(2000))
            session.flush()

        jobs = [db.write(lambda s: s.add(entry())), db.write(fill), db.write(lambda s: s.add(entry()))]
        tasks = [asyncio.create_task(job) for job in jobs]
        await asyncio.sleep(0.05)
        gate.set()
        await first
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, DatabaseUnavailable) for result in results), results
        assert count(db) == 0
        db.write_now(lambda session: session.add(entry()))
        assert count(db) == 1


def _added(session: Session, row: WorkItem) -> uuid.UUID:
    session.add(row)
    session.flush()
    return row.id
