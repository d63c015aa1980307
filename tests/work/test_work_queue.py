"""Rows of due work: added with what caused them, claimed by one, taken over when that one is gone (design, 4)."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app.core.db import Database
from app.models import WorkItem
from app.work import queue
from app.work.queue import BACKOFF_SECONDS, LEASE, SOON, Item

NOON = dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC)
SUBJECT = uuid.UUID(int=7)
A_MOMENT = dt.timedelta(milliseconds=1)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = Database(database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield opened
    opened.close()


def add(db: Database, number: int = 1, *, kind: str = "k", due_at: dt.datetime = NOON, key: str | None = None) -> None:
    def work(session: Session) -> None:
        for n in range(number):
            queue.enqueue(session, kind, SUBJECT, due_at=due_at, now=NOON, payload={"n": n}, key=key)

    db.write_now(work)


def claim(db: Database, *, now: dt.datetime = NOON, limit: int = 16, kinds: tuple[str, ...] = ("k",)) -> list[Item]:
    return db.write_now(lambda session: queue.claim(session, kinds=kinds, limit=limit, now=now))


def fail(db: Database, item: Item, *, now: dt.datetime) -> bool:
    """Whether it is now dead."""
    return db.write_now(lambda session: queue.retry_or_bury(session, item, error="E" * 500, now=now))


def rows(db: Database) -> list[WorkItem]:
    return db.read_now(lambda session: list(session.exec(select(WorkItem))))


def test_work_is_done_once_it_is_due_and_not_before(db: Database) -> None:
    add(db, due_at=NOON + dt.timedelta(minutes=10))
    assert claim(db, now=NOON + dt.timedelta(minutes=10) - A_MOMENT) == []
    [item] = claim(db, now=NOON + dt.timedelta(minutes=10))
    assert (item.kind, item.subject, item.payload, item.failures) == ("k", SUBJECT, {"n": 0}, 0)
    assert item.due_at == NOON + dt.timedelta(minutes=10)


def test_what_was_rolled_back_was_never_there(db: Database) -> None:
    class Fault(Exception):
        pass

    def work(session: Session) -> None:
        queue.enqueue(session, "k", SUBJECT, due_at=NOON, now=NOON)
        raise Fault

    with pytest.raises(Fault):
        db.write_now(work)
    assert rows(db) == []


def test_the_earliest_comes_first_and_no_more_than_asked_for(db: Database) -> None:
    for minutes in (3, 1, 2):
        add(db, due_at=NOON - dt.timedelta(minutes=minutes))
    first = claim(db, limit=2)
    assert [NOON - item.due_at for item in first] == [dt.timedelta(minutes=3), dt.timedelta(minutes=2)]
    assert len(claim(db, limit=2)) == 1


def test_no_more_is_claimed_than_asked_for_whatever_the_database_thinks_how_much_there_is(db: Database) -> None:
    """PostgreSQL may look for what is due once for each row, where it was last told that there is one."""
    add(db)
    db.write_now(lambda session: session.connection().exec_driver_sql("ANALYZE work_items").close())
    add(db, 30)
    assert [len(claim(db, limit=3)) for _ in range(2)] == [3, 3]


def test_only_the_kinds_asked_for_are_claimed(db: Database) -> None:
    add(db, kind="a")
    add(db, kind="b")
    assert [item.kind for item in claim(db, kinds=("b", "c"))] == ["b"]


def test_a_second_row_with_the_same_key_changes_nothing(db: Database) -> None:
    add(db, key="once", due_at=NOON)
    add(db, key="once", due_at=NOON + dt.timedelta(days=1))
    [row] = rows(db)
    assert row.due_at == NOON
    # Once it is done, the key is free again.
    [item] = claim(db)
    assert db.write_now(lambda session: queue.finish(session, item))
    add(db, key="once")
    assert len(rows(db)) == 1


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(db: Database) -> None:
    add(db)
    [first] = claim(db)
    assert claim(db, now=NOON + LEASE - A_MOMENT) == []
    [second] = claim(db, now=NOON + LEASE)
    assert second.id == first.id
    assert second.fence == first.fence + 1


def test_whoever_lost_the_lease_can_neither_finish_nor_give_back_nor_bury(db: Database) -> None:
    add(db)
    now = NOON
    for wait in BACKOFF_SECONDS:
        [lost] = claim(db, now=now)
        fail(db, lost, now=now)
        now += dt.timedelta(seconds=wait)
    [lost] = claim(db, now=now)
    [newer] = claim(db, now=now + LEASE)
    before = rows(db)
    assert db.write_now(lambda session: queue.finish(session, lost)) is False
    db.write_now(lambda session: queue.give_back(session, lost, now=NOON))
    assert fail(db, lost, now=NOON) is False
    assert rows(db) == before
    assert db.write_now(lambda session: queue.finish(session, newer)) is True
    assert rows(db) == []


def test_workers_that_were_killed_bring_work_no_nearer_to_its_end(db: Database) -> None:
    """Only what failed by itself counts: the first real fault is tried again as soon as any first one."""
    add(db)
    now = NOON
    for _ in range(len(BACKOFF_SECONDS) + 2):
        [item] = claim(db, now=now)
        now += LEASE
    assert fail(db, item, now=now) is False
    assert [row.due_at - now for row in rows(db)] == [dt.timedelta(seconds=BACKOFF_SECONDS[0])]


def test_what_met_a_lock_is_due_again_in_a_moment_and_has_not_failed(db: Database) -> None:
    add(db)
    for number in range(len(BACKOFF_SECONDS) + 2):
        now = NOON + number * SOON
        [item] = claim(db, now=now)
        db.write_now(partial(queue.give_back, item=item, now=now))
        assert claim(db, now=now + SOON - A_MOMENT) == []
    assert [(row.attempts, row.lease_until, row.last_error) for row in rows(db)] == [(0, None, None)]


def test_what_may_not_die_is_tried_again_after_the_longest_wait(db: Database) -> None:
    add(db)
    now = NOON
    for _ in range(2 * len(BACKOFF_SECONDS)):
        [item] = claim(db, now=now)
        db.write_now(
            lambda session, item=item, now=now: queue.retry_or_bury(session, item, error="E", now=now, may_die=False)
        )
        [row] = rows(db)
        assert not row.dead
        waited, now = row.due_at - now, row.due_at
    assert waited == dt.timedelta(seconds=BACKOFF_SECONDS[-1])


def test_what_was_given_up_can_be_done_again_as_if_it_had_never_failed(db: Database) -> None:
    for kind in ("a", "b"):
        add(db, kind=kind)
        now = NOON
        for _ in range(len(BACKOFF_SECONDS) + 1):
            [item] = claim(db, now=now, kinds=(kind,))
            fail(db, item, now=now)
            now += dt.timedelta(hours=2)
    db.write_now(lambda session: queue.revive(session, kinds=["a"], now=now))
    assert [(item.kind, item.failures) for item in claim(db, now=now, kinds=("a", "b"))] == [("a", 0)]


def test_what_failed_waits_longer_each_time_and_is_then_dead(db: Database) -> None:
    add(db)
    now = NOON
    for wait in BACKOFF_SECONDS:
        [item] = claim(db, now=now)
        assert (
            db.write_now(lambda session, item=item, now=now: queue.retry_or_bury(session, item, error="E", now=now))
            is False
        )
        due = now + dt.timedelta(seconds=wait)
        assert claim(db, now=due - A_MOMENT) == []
        now = due
    [item] = claim(db, now=now)
    assert db.write_now(lambda session: queue.retry_or_bury(session, item, error="E" * 500, now=now)) is True
    [row] = rows(db)
    assert row.dead
    assert row.last_error == "E" * 200
    assert claim(db, now=now + dt.timedelta(days=365)) == []


def test_cancelled_work_is_gone_and_other_work_is_not(db: Database) -> None:
    add(db, 2)
    add(db, kind="other")
    db.write_now(lambda session: queue.cancel(session, kind="k", subject=SUBJECT))
    assert [row.kind for row in rows(db)] == ["other"]


def test_cancelling_does_not_wait_for_a_worker_that_is_doing_it(db: Database) -> None:
    """On PostgreSQL the two would otherwise wait for each other in a ring: item, then escalation; and the reverse."""
    add(db)
    [item] = claim(db)
    doing, cancelled = threading.Event(), threading.Event()

    def do(session: Session) -> None:
        assert queue.finish(session, item)
        doing.set()
        if db.dialect == "postgresql":
            assert cancelled.wait(2.0), "cancelling waited for the worker"

    def cancel() -> None:
        assert doing.wait(5.0)
        db.write_now(lambda session: queue.cancel(session, kind="k", subject=SUBJECT))
        cancelled.set()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(db.write_now, do), threads.submit(cancel)]:
            done.result(10.0)
    assert rows(db) == []


def test_workers_that_claim_at_once_get_disjoint_sets(db: Database) -> None:
    """Two processes, each with threads of its own; every row once, and no more in one claim than asked for."""
    add(db, 200)
    others = Database(db.url)
    taken: list[list[uuid.UUID]] = []

    def work(database: Database) -> None:
        while items := claim(database, limit=7):
            assert len(items) <= 7
            taken.append([item.id for item in items])

    try:
        with ThreadPoolExecutor(6) as threads:
            for done in [threads.submit(work, database) for database in (db, others) * 3]:
                done.result(30.0)
    finally:
        others.close()
    ids = [one for group in taken for one in group]
    assert len(ids) == 200
    assert set(ids) == {row.id for row in rows(db)}


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_claim_is_never_larger_than_asked_for_whatever_the_planner_thinks(db: Database, size: int) -> None:
    """A subquery with LIMIT and SKIP LOCKED that PostgreSQL ran again for each row would take more."""
    add(db, size)
    if db.dialect == "postgresql":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE work_items")
            connection.commit()
    assert len(claim(db, limit=1)) == 1
    assert len([row for row in rows(db) if row.lease_until is not None]) == 1


def share(session: Session) -> None:
    queue.share(session, "shared", SUBJECT, due_at=NOON, key="of many", payload={})


def test_many_share_a_row_and_each_is_seen_by_whoever_begins_with_it(db: Database) -> None:
    """Who does it looks for what is to be done once the row is theirs: nobody who counts on it may come after that."""
    db.write_now(share)
    db.write_now(share)
    [item] = claim(db, kinds=("shared",))
    counting_on_it = threading.Event()

    def count_on_it(session: Session) -> None:
        share(session)
        queue.enqueue(session, "mine", SUBJECT, due_at=NOON, now=NOON)
        session.flush()
        counting_on_it.set()
        time.sleep(0.3)

    def do(session: Session) -> int:
        assert queue.finish(session, item)
        return len(session.exec(select(WorkItem).where(WorkItem.kind == "mine")).all())

    with ThreadPoolExecutor(2) as threads:
        threads.submit(db.write_now, count_on_it)
        assert counting_on_it.wait(5.0)
        assert threads.submit(db.write_now, do).result() == 1
    assert [row.kind for row in rows(db)] == ["mine"]


def test_who_comes_while_a_shared_row_is_being_done_gets_another(db: Database) -> None:
    db.write_now(share)
    [item] = claim(db, kinds=("shared",))
    doing = threading.Event()

    def do(session: Session) -> None:
        assert queue.finish(session, item)
        doing.set()
        time.sleep(0.3)

    with ThreadPoolExecutor(2) as threads:
        done = threads.submit(db.write_now, do)
        assert doing.wait(5.0)
        threads.submit(db.write_now, share).result()
        done.result()
    [another] = rows(db)
    assert another.id != item.id


def give_up(db: Database, kind: str) -> None:
    now = NOON
    for _ in range(len(BACKOFF_SECONDS) + 1):
        [item] = claim(db, now=now, kinds=(kind,))
        fail(db, item, now=now)
        now += dt.timedelta(hours=2)


LATER = NOON + dt.timedelta(days=2)
ASKED = {
    "k": lambda session: queue.enqueue(session, "k", SUBJECT, due_at=LATER, now=LATER, payload={"n": 1}, key="once"),
    "each": lambda session: queue.enqueue_for_each(session, "each", [SUBJECT], now=LATER),
    "shared": lambda session: queue.share(session, "shared", SUBJECT, due_at=LATER, key="of many", payload={"n": 1}),
}


@pytest.mark.parametrize("kind", ASKED)
def test_what_was_given_up_is_done_again_when_it_is_asked_for_again(db: Database, kind: str) -> None:
    add(db, key="once")
    db.write_now(lambda session: queue.enqueue_for_each(session, "each", [SUBJECT, uuid.UUID(int=8)], now=NOON))
    db.write_now(share)
    [other] = [item for item in claim(db, kinds=("each",)) if item.subject != SUBJECT]
    db.write_now(lambda session: queue.finish(session, other))
    db.write_now(lambda session: session.exec(sa.update(WorkItem).values(lease_until=None)))
    give_up(db, kind)
    [key] = [row.key for row in rows(db) if row.dead]
    assert not db.read_now(lambda session: queue.is_there(session, key or ""))
    db.write_now(ASKED[kind])
    db.write_now(ASKED[kind])
    assert db.read_now(lambda session: queue.is_there(session, key or ""))
    [again] = claim(db, now=LATER, kinds=(kind,))
    assert (again.failures, again.due_at, again.payload) == (0, LATER, {} if kind == "each" else {"n": 1})
