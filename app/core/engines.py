"""The engines behind a Database: how a connection is made and begins, for each kind of database."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

SQLITE_READERS = 2
POSTGRES_CONNECTIONS = 12
# A second request that waits for the same idempotency key or row gives up after this long (contract I4).
LOCK_TIMEOUT = "3s"
# The host of a database may go without a word, as one does that loses its power while another takes its address. Linux
# would ask it again for a quarter of an hour, in which every process waits and nobody is paged.
GONE = {"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 15_000}
# A connection that was given back no longer ago is taken for one that is still there. Longer than an idle worker waits
# between two looks (work/engine.py), so that each is one question and not two.
STILL_THERE_SECONDS = 2.0


def sqlite_engine(url: str, *, begin: str, pool_size: int, read_only: bool) -> sa.Engine:
    """Connections that `begin` each transaction so; those that are `read_only` cannot write."""
    engine = sa.create_engine(
        url,
        poolclass=sa.pool.QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        # An error that escapes must not bring a row along: a text, or a password's hash.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 5.0},
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy says BEGIN itself, below; the driver's own transaction handling loses updates.
        dbapi.isolation_level = None
        dbapi.execute("PRAGMA foreign_keys=ON")
        dbapi.execute("PRAGMA synchronous=FULL")
        dbapi.execute("PRAGMA temp_store=MEMORY")
        if read_only:
            dbapi.execute("PRAGMA query_only=ON")
        else:
            dbapi.execute("PRAGMA journal_mode=WAL")
            # What is deleted is overwritten: an erased text must not linger in free pages.
            dbapi.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: str) -> sa.Engine:
    """A pool of POSTGRES_CONNECTIONS, all of them in UTC, that wait for locks no longer than LOCK_TIMEOUT."""
    engine = sa.create_engine(
        url,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_timeout=10,
        # The one used last knows the tables and the statements; what a peak has left behind is not woken in turn.
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            **GONE,
            "application_name": "peerline",
            "options": f"-c lock_timeout={LOCK_TIMEOUT} -c timezone=UTC -c idle_in_transaction_session_timeout=30s",
        },
    )

    @event.listens_for(engine, "checkin")
    def _given_back(_dbapi: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["given_back"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(dbapi: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        # As `pool_pre_ping` does for all of them; one that worked a moment ago is not asked again whether it is there.
        # Where it is not, this transaction finds out, as it would between the question and its first statement.
        if time.monotonic() - record.info.get("given_back", time.monotonic()) < STILL_THERE_SECONDS:
            return
        try:
            engine.dialect.do_ping(dbapi)
        except engine.dialect.loaded_dbapi.Error as exc:
            raise sa.exc.InvalidatePoolError("this connection is lost") from exc

    return engine
