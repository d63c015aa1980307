"""Whether anything has been committed: told to everybody who asks after a commit, whoever made it (decision 56)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Hashable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from app import startup
from app.core import commits
from app.core.commits import PostgresCommits
from app.core.crypto import KeyRing
from app.core.db import Database, Session
from app.settings import Settings
from tests.support.postgres import PostgresServer
from tests.support.server import MASTER_KEYS


def opened(url: str) -> Database:
    return startup.open_database(Settings(database_url=url, master_keys=MASTER_KEYS), KeyRing.parse(MASTER_KEYS))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    made = opened(database_url)
    yield made
    made.close()


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """As another process has it."""
    made = opened(database_url)
    yield made
    made.close()


def change(session: Session) -> None:
    session.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))


def read(session: Session) -> object:
    return session.execute(sa.text("SELECT count(*) FROM schools")).scalar_one()


async def test_it_is_another_after_each_commit_and_the_same_after_whatever_reads(db: Database, other: Database) -> None:
    before = await db.state()
    assert before is not None
    await db.read(read)
    await other.read(read)
    assert await db.state() == before
    seen = {before}
    for who in (db, other, db, other):
        await who.write(change)
        seen.add(await db.state())
    assert len(seen) == 5


async def test_who_asks_after_a_commit_is_told_of_it_however_many_ask_at_once(db: Database, other: Database) -> None:
    """A state is of some number of commits: at least those done when somebody asks, at most those begun when told."""
    draw, begun, done, seen = random.Random(1), 0, 0, list[tuple[int, int, Hashable | None]]()

    async def writes() -> None:
        nonlocal begun, done
        for _ in range(15):
            begun += 1
            await draw.choice((db, other)).write(change)
            done += 1
            await asyncio.sleep(draw.random() / 100)

    async def asks() -> None:
        while done < 15:
            asked = done
            state = await db.state()
            seen.append((asked, begun, state))
            await asyncio.sleep(draw.random() / 200)

    await asyncio.gather(writes(), *(asks() for _ in range(8)))
    assert all(state is not None for _, _, state in seen)
    at_most: dict[Hashable | None, int] = {}
    for _, told, state in seen:
        at_most[state] = min(told, at_most.get(state, told))
    assert len(at_most) > 5
    assert [each for each in seen if each[0] > at_most[each[2]]] == []


# PostgreSQL's own


@pytest.fixture
async def asked(migrated_postgres: PostgresServer) -> AsyncIterator[PostgresCommits]:
    url = migrated_postgres.create_database("asked")
    made = PostgresCommits(url)
    yield made
    made.close()
    migrated_postgres.drop_database("asked")


def backend(server: PostgresServer) -> int:
    with psycopg.connect(server.url_for("asked"), autocommit=True) as connection:
        [pid] = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'peerline' AND datname = 'asked'"
        ).fetchone() or [0]
    return int(pid)


async def test_those_who_ask_at_once_share_a_question(asked: PostgresCommits, monkeypatch: pytest.MonkeyPatch) -> None:
    questions, send = 0, asked._send

    def counted() -> None:
        nonlocal questions
        questions += 1
        send()

    monkeypatch.setattr(asked, "_send", counted)
    states = await asyncio.gather(*(asked.state() for _ in range(100)))
    assert len(set(states)) == 1
    assert questions == 2, "that of the first, and one for all who came while it was out"


async def test_who_comes_while_a_question_is_out_waits_for_the_next(
    asked: PostgresCommits, migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await asked.state() is not None
    out, answer = asyncio.Event(), asked._answer

    def slow(found: Hashable | None) -> None:
        if out.is_set():
            answer(found)
        else:
            out.set()
            asyncio.get_running_loop().call_later(0.1, answer, found)

    monkeypatch.setattr(asked, "_answer", slow)
    early = asyncio.create_task(asked.state())
    await out.wait()
    with psycopg.connect(migrated_postgres.url_for("asked"), autocommit=True) as connection:
        connection.execute("CREATE TABLE something ()")
    late = [asyncio.create_task(asked.state()) for _ in range(3)]
    assert await early not in await asyncio.gather(*late)


async def test_a_lost_connection_tells_nothing_and_the_next_one_tells_another_state(
    asked: PostgresCommits, migrated_postgres: PostgresServer
) -> None:
    before = await asked.state()
    with psycopg.connect(migrated_postgres.url_for("asked"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend(migrated_postgres)])
    assert await asked.state() is None
    after = await asked.state()
    assert after is not None
    assert after != before


async def test_nobody_waits_for_a_server_that_does_not_answer(
    asked: PostgresCommits, migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await asked.state() is not None
    pid = backend(migrated_postgres)
    monkeypatch.setattr(commits, "PATIENCE_SECONDS", 0.1)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert await asyncio.gather(*(asked.state() for _ in range(3))) == [None] * 3
        # Only that connection is silent: who comes next is not made to wait for it.
        monkeypatch.undo()
        assert await asked.state() is not None
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_server_that_takes_no_connection_is_not_asked_for_one_each_time(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, connect = 0, psycopg.connect

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal tried
        tried += 1
        return connect(*arguments, **named)

    monkeypatch.setattr(psycopg, "connect", counted)
    asked = PostgresCommits(migrated_postgres.url_for("not_there"))
    assert [await asked.state() for _ in range(5)] == [None] * 5
    assert tried == 1
    monkeypatch.setattr(commits, "REST_SECONDS", 0.0)
    asked._rests_until = 0.0
    assert await asked.state() is None
    assert await asked.state() is None
    assert tried == 3
    asked.close()
    assert await asked.state() is None


async def test_no_fault_of_a_connection_makes_those_who_come_later_wait(
    migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("no such thing")

    monkeypatch.setattr(psycopg, "connect", fails)
    asked = PostgresCommits(migrated_postgres.url_for("postgres"))
    assert await asked.state() is None
    monkeypatch.undo()
    asked._rests_until = 0.0
    assert await asked.state() is not None
    asked.close()
