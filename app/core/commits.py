"""Whether anything at all has been committed, by this process or another.

Each kind of database can tell in one short question. What it gives is called a state: the same one as before means
that nothing has been committed in between, so that whatever was read since the first is still right.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from app.core.lanes import Pool

# A database that takes longer to say so is asked the usual way instead.
PATIENCE_SECONDS = 1.0


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
    connection may be to another server, whose numbers mean something else: its states are others.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = Pool(1, reserved=0, name="db-commits")
        self._connection: psycopg.Connection[Any] | None = None
        self._count = itertools.count()
        self._number = 0
        self._next: asyncio.Task[Hashable | None] | None = None
        self._last: asyncio.Task[Hashable | None] | None = None

    async def state(self) -> Hashable | None:
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._last))
        try:
            return await asyncio.wait_for(asyncio.shield(self._next), PATIENCE_SECONDS)
        except TimeoutError:
            return None

    async def _after(self, last: asyncio.Task[Hashable | None] | None) -> Hashable | None:
        if last is not None and not last.done():
            await asyncio.wait([last])
        # Whoever comes from here on did not ask before this was sent.
        self._last, self._next = self._next, None
        return await asyncio.wrap_future(self._thread.submit(self._ask))

    def _ask(self) -> Hashable | None:
        try:
            if self._connection is None:
                self._connection, self._number = self._connected(), next(self._count)
            row = self._connection.execute("SELECT pg_current_snapshot()::text", prepare=True).fetchone()
        except Exception:
            self._give_up()
            return None
        return None if row is None else (self._number, row[0])

    def _connected(self) -> psycopg.Connection[Any]:
        # It means what it means to the pool of connections: SQLAlchemy takes it apart for both.
        parts = make_url(self._url).set(drivername="postgresql+psycopg")
        arguments, options = parts.get_dialect()().create_connect_args(parts)
        own = {"connect_timeout": 5, "application_name": "peerline", "autocommit": True}
        return psycopg.connect(*arguments, **{**own, **options})

    def _give_up(self) -> None:
        lost, self._connection = self._connection, None
        if lost is not None:
            with contextlib.suppress(Exception):
                lost.close()

    def close(self) -> None:
        """What was asked is answered first."""
        self._thread.submit(self._give_up)
        self._thread.shutdown()
