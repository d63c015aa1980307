"""Whether anything at all has been committed, by this process or another.

Each kind of database can tell in one short question. What it gives is called a state: the same one as before means
that nothing has been committed in between, so that whatever was read since the first is still right.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.pq import ExecStatus
from sqlalchemy.engine import make_url

from app.core import clock

# A database that takes longer to say so is asked the usual way instead.
PATIENCE_SECONDS = 1.0
# After a connection that told nothing: before the next is made. One that has told something is followed at once.
REST_SECONDS = 10.0
STATEMENT = b"state"


class Commits(Protocol):
    async def state(self) -> Hashable | None:
        """Another one as soon as anybody has committed anything; None while nobody can tell."""

    def close(self) -> None: ...


class SqliteCommits:
    """`PRAGMA data_version`, for some millionths of a second. `check` raises where the file is lost."""

    def __init__(self, file: Path, check: Callable[[], None]) -> None:
        self._file, self._check = file, check
        self._onlooker: sqlite3.Connection | None = None

    async def state(self) -> Hashable | None:
        try:
            self._check()
            if self._onlooker is None:
                # It waits for nobody.
                self._onlooker = sqlite3.connect(
                    f"{self._file.absolute().as_uri()}?mode=ro",
                    uri=True,
                    timeout=0.0,
                    isolation_level=None,
                    check_same_thread=False,
                )
            found: int = self._onlooker.execute("PRAGMA data_version").fetchone()[0]
        except Exception:
            # Whatever it is, the usual way says it.
            return None
        return found

    def close(self) -> None:
        if self._onlooker is not None:
            self._onlooker.close()
            self._onlooker = None


class PostgresCommits:
    """`pg_current_snapshot()`: which transactions have ended. Each that wrote has a number, and is in it once it ended.

    One question at a time, on a connection of its own, answers everybody who had asked before it was sent. Another
    connection may be to another server, whose numbers mean something else: its states are others. The event loop asks,
    by what libpq has for that: a thread would cost more than the question.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        # Of the connection, or of the attempt to make one.
        self._number = 0
        self._asked: list[asyncio.Future[Hashable | None]] = []
        self._waiting: list[asyncio.Future[Hashable | None]] = []
        self._out = False
        self._found: Hashable | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._closed = False
        self._has_told, self._rests_until = False, 0.0

    async def state(self) -> Hashable | None:
        if self._closed or (self._connection is None and clock.monotonic() < self._rests_until):
            return None
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._give_up()
            self._loop = loop
        answer: asyncio.Future[Hashable | None] = loop.create_future()
        self._waiting.append(answer)
        self._ask_next()
        late = loop.call_later(PATIENCE_SECONDS, self._give_up_on, answer)
        try:
            return await answer
        finally:
            late.cancel()

    def _give_up_on(self, answer: asyncio.Future[Hashable | None]) -> None:
        """A server that is silent is not waited for by each who comes."""
        if not answer.done():
            self._give_up()

    def _ask_next(self) -> None:
        """Ask for all who wait. Whoever comes from here on did not ask before this was sent."""
        if self._out or not self._waiting:
            return
        self._out, self._found = True, None
        self._asked, self._waiting = self._waiting, []
        if self._connection is None:
            assert self._loop is not None
            self._connecting = self._loop.create_task(self._connect())
        else:
            self._send()

    def _send(self) -> None:
        assert self._connection is not None
        try:
            self._connection.pgconn.send_query_prepared(STATEMENT, None)
            self._connection.pgconn.flush()
        except psycopg.Error:
            self._give_up()

    async def _connect(self) -> None:
        # It means what it means to the pool of connections: SQLAlchemy takes it apart for both.
        parts = make_url(self._url).set(drivername="postgresql+psycopg")
        arguments, options = parts.get_dialect()().create_connect_args(parts)
        own = {"connect_timeout": 5, "application_name": "peerline", "autocommit": True}

        def connected() -> psycopg.Connection[Any]:
            made: psycopg.Connection[Any] = psycopg.connect(*arguments, **{**own, **options})
            made.pgconn.prepare(STATEMENT, b"SELECT pg_current_snapshot()::text")
            made.pgconn.nonblocking = 1
            return made

        loop, number = self._loop, self._number
        assert loop is not None
        try:
            made = await asyncio.to_thread(connected)
        except Exception:
            # Whatever it is, the usual way says it.
            if self._number == number:
                self._give_up()
            return
        if self._number != number:
            # It was given up meanwhile.
            made.close()
            return
        self._connection = made
        loop.add_reader(self._connection.fileno(), self._read)
        self._send()

    def _read(self) -> None:
        """Something came: an answer, a part of one, or the end of the connection."""
        assert self._connection is not None
        server = self._connection.pgconn
        try:
            server.consume_input()
            while self._out and not server.is_busy():
                result = server.get_result()
                if result is None:
                    # All of it has come.
                    self._answer(self._found)
                    return
                if result.status != ExecStatus.TUPLES_OK:
                    self._give_up()
                    return
                self._found = self._number, result.get_value(0, 0)
        except psycopg.Error:
            self._give_up()

    def _answer(self, found: Hashable | None) -> None:
        asked, self._asked, self._out = self._asked, [], False
        self._has_told = True
        _tell(asked, found)
        self._ask_next()

    def _give_up(self) -> None:
        """This connection tells nothing any more. Those who asked go the usual way; the next ones make another."""
        lost, self._connection = self._connection, None
        self._number += 1
        if self._out and not self._has_told:
            self._rests_until = clock.monotonic() + REST_SECONDS
        self._has_told = False
        if lost is not None:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(lost.fileno())
            lost.close()
        asked, self._asked, self._out = [*self._asked, *self._waiting], [], False
        self._waiting = []
        _tell(asked, None)

    def close(self) -> None:
        self._closed = True
        self._give_up()


def _tell(asked: list[asyncio.Future[Hashable | None]], found: Hashable | None) -> None:
    """Tell whoever still waits."""
    for answer in asked:
        if not answer.done():
            answer.set_result(found)
