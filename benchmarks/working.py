"""Workers: how two share a backlog on PostgreSQL, what an idle one costs, and how soon new work is begun."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlmodel import Session, select

from app import startup
from app.core import clock
from app.core.crypto import KeyRing
from app.core.db import Database
from app.core.ids import new_opaque_id
from app.events import outbox
from app.events.conversations import MessageAdded
from app.models import School, WebhookDelivery, WebhookEndpoint
from app.settings import Settings
from app.vocabulary import Role, SubjectKind
from app.webhooks.delivery import DELIVER
from app.work import queue
from benchmarks import processes, seed
from benchmarks.starts import APART
from tests.support.postgres import PostgresServer
from tests.support.receiver import Received, Receiver
from tests.support.server import MASTER_KEYS, Product, Server, Worker

# Receivers that take so long, one for each of so many people: nobody waits for the lock of somebody's endpoint.
RECEIVER_SECONDS = 0.05
RECEIVERS = 20
# A backlog becomes due at once while every worker is idle: after this, and what storing each of it may take.
HEAD_START, STORING = dt.timedelta(seconds=0.5), dt.timedelta(milliseconds=8)
IDLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Shared:
    """Deliveries a second with one, two, … workers, round by round, and how many were sent twice."""

    rates: dict[int, list[float]]
    doubled: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Idle `peerline worker` processes on a database of their own."""

    workers: list[Product]
    db: Database
    url: str

    @property
    def pids(self) -> list[int]:
        return [worker.process.pid for worker in self.workers if worker.process is not None]

    def wake(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('peerline_work', '')")


@contextlib.contextmanager
def hired(
    postgres: PostgresServer, receiver: Receiver, folder: Path, *, count: int, concurrency: int | None = None
) -> Iterator[Crew]:
    """`concurrency`: of each lane of each worker; None: the product's own."""
    folder.mkdir()
    url = postgres.create_database(f"workers_{uuid.uuid4().hex[:8]}")
    env = {"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin}
    if concurrency is not None:
        env["PEERLINE_WORKER_CONCURRENCY"] = str(concurrency)
    beside = Server(folder / "data", database_url=url, env=env)
    beside.migrate()
    settings = Settings(data_dir=folder / "data", database_url=url, master_keys=MASTER_KEYS)
    with contextlib.closing(startup.open_database(settings, KeyRing.parse(MASTER_KEYS))) as db:
        db.write_now(lambda session: _people(session, receiver))
        workers: list[Product] = [Worker(beside) for _ in range(count)]
        try:
            with ThreadPoolExecutor(count) as threads:
                list(threads.map(Product.start, workers))
            # What recurs is done once at their start.
            time.sleep(1.0)
            yield Crew(workers, db, url)
        finally:
            for worker in workers:
                worker.stop()


def share(crew: Crew, receiver: Receiver, *, rounds: int, deliveries: int) -> Shared:
    """The same backlog for one, two, … of the workers in turn; the others stand still meanwhile."""
    pids = crew.pids
    rates: dict[int, list[float]] = {count: [] for count in range(1, len(pids) + 1)}
    doubled = 0
    for round_ in range(rounds + 1):
        for count in rates:
            arrived = _worked_off(crew, receiver, standing_still=pids[count:], deliveries=deliveries)
            doubled += len(arrived) - len({request.headers["webhook-id"] for request in arrived})
            if round_:  # the first is a warm-up
                rates[count].append((len(arrived) - 1) / (arrived[-1].monotonic - arrived[0].monotonic))
    return Shared(rates, doubled)


def _worked_off(crew: Crew, receiver: Receiver, *, standing_still: Sequence[int], deliveries: int) -> list[Received]:
    """Store a backlog and have it worked off. Raises AssertionError when not all of it arrives."""
    receiver.reset()
    for number in range(RECEIVERS):
        receiver.behave(f"person-{number}", {"delay": RECEIVER_SECONDS})
    due_at = crew.db.write_now(lambda session: backlog(session, deliveries, wait=HEAD_START + deliveries * STORING))
    with processes.frozen(standing_still):
        time.sleep(max(0.0, (due_at - clock.now()).total_seconds()))
        crew.wake()
        receiver.wait_for(None, deliveries, timeout=10 + deliveries / 5)
        # Whoever sends twice does it within the time of an answer.
        time.sleep(4 * RECEIVER_SECONDS)
        return receiver.requests()


def backlog(session: Session, deliveries: int, *, wait: dt.timedelta) -> dt.datetime:
    """So many deliveries, to each receiver in turn, due together: gives when."""
    school = session.exec(select(School)).one()
    endpoints = list(session.exec(select(WebhookEndpoint).order_by(WebhookEndpoint.url)))
    now = clock.now()
    for number in range(deliveries):
        about = MessageAdded(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=new_opaque_id())
        event = outbox.emit(
            session, "conversation.message_added", about, school_id=school.id, now=now, told_directly=True
        )
        sent = WebhookDelivery(event_id=event.id, endpoint_id=endpoints[number % len(endpoints)].id)
        session.add(sent)
        session.flush()
        queue.enqueue(session, DELIVER, sent.id, due_at=now + wait, now=now)
    return now + wait


def arrivals(crew: Crew, receiver: Receiver, *, number: int) -> list[float]:
    """Seconds from the commit of one new delivery to its arrival, for workers that are idle each time."""
    waits = []
    chance = random.Random(number)
    receiver.reset()
    for count in range(1, number + 1):
        crew.db.write_now(lambda session: backlog(session, 1, wait=dt.timedelta()))
        committed = time.monotonic()
        waits.append(receiver.wait_for(None, count)[-1].monotonic - committed)
        time.sleep(chance.uniform(*APART))
    return waits


def idle_share(pid: int) -> float:
    """The part of one core that a process takes which has nothing to do."""
    processes.settle(pid, at_most=IDLE_SECONDS)
    before = processes.cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    after = processes.cpu_seconds(pid)
    return float("nan") if before is None or after is None else (after - before) / IDLE_SECONDS


def _people(session: Session, receiver: Receiver) -> None:
    school = seed.new_school(session)
    for number in range(RECEIVERS):
        person = seed.new_person(session, school, f"Person {number}", Role.ADVISER)
        seed.new_endpoint(session, person, receiver.url(f"person-{number}"))
