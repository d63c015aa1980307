"""What a transaction makes of a connection that is lost: one that rested is replaced before, one in use a moment ago is
found out by its first statement."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlmodel import Session

from app import startup
from app.core import engines
from app.core.crypto import KeyRing
from app.core.db import Database, DatabaseUnavailable
from app.settings import Settings
from tests.support.postgres import PostgresServer
from tests.support.server import MASTER_KEYS

END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'peerline' AND datname = 'lost'"
)


def ask(session: Session) -> object:
    return session.connection().exec_driver_sql("SELECT 1").scalar_one()


@pytest.fixture
def database(migrated_postgres: PostgresServer) -> Iterator[Database]:
    url = migrated_postgres.create_database("lost", template="template_peerline")
    settings = Settings(database_url=url, master_keys=MASTER_KEYS)
    opened = startup.open_database(settings, KeyRing.parse(MASTER_KEYS))
    yield opened
    opened.close()
    migrated_postgres.drop_database("lost")


def lose_all(server: PostgresServer) -> None:
    with psycopg.connect(server.url_for("lost"), autocommit=True) as connection:
        connection.execute(END_ALL)


def test_one_that_rested_is_replaced_and_nobody_notices(
    database: Database, migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STILL_THERE_SECONDS", 0.0)
    assert database.read_now(ask) == database.write_now(ask) == 1
    lose_all(migrated_postgres)
    assert database.write_now(ask) == database.read_now(ask) == 1


def test_one_that_worked_a_moment_ago_fails_once_and_then_all_are_new(
    database: Database, migrated_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STILL_THERE_SECONDS", 3600.0)
    assert database.write_now(ask) == 1
    lose_all(migrated_postgres)
    with pytest.raises(DatabaseUnavailable):
        database.write_now(ask)
    assert [database.write_now(ask) for _ in range(3)] == [1, 1, 1]
