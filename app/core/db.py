"""The database: transactions, and nothing else.

A transaction is one function of a session. `write` runs it, commits, and only then returns what it made; a response
built from that is therefore sent after the commit. SQLite has one writer, a connection on a thread of its own under
`BEGIN IMMEDIATE` (core/sqlite_writer.py), and readers that cannot write; PostgreSQL has a pool of connections on
threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sqlite3
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.core import engines
from app.core.commits import Commits, PostgresCommits, SqliteCommits
from app.core.lanes import FIRST, Pool, PoolEnded
from app.core.sqlite_writer import SqliteWriter, WriterEnded

__all__ = [
    "Database",
    "DatabaseUnavailable",
    "LockTimeout",
    "MaybeStored",
    "Session",
    "reason",
    "require_writable",
    "wait_briefly",
    "wake_after_commit",
]

T = TypeVar("T")

log = structlog.get_logger("peerline.db")

# Kept for what goes first: any number of others may wait for rows that somebody has locked.
RESERVED_CONNECTIONS = 3
# Many that share a transaction wait no longer than this for what one of them needs: each is tried by itself then.
SHORT_LOCK_TIMEOUT = "100ms"


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or refuses to write. Nothing was stored, unless it is a MaybeStored."""


class MaybeStored(DatabaseUnavailable):
    """The connection was lost while the commit was on its way: it may have been stored, or not."""


class LockTimeout(Exception):
    """Another transaction holds what this one needs."""


class Database:
    """An engine and the threads its transactions run on. Close it when done."""

    def __init__(self, url: str, *, info: dict[str, Any] | None = None) -> None:
        self.url = url
        self._info = info or {}
        self._wake: list[Callable[[], None]] = []
        self.dialect = make_url(url).get_backend_name()
        self._writer: SqliteWriter | None = None
        if self.dialect == "sqlite":
            self._file: Path | None = Path(make_url(url).database or "")
            self._identity: tuple[int, int] | None = None
            self._identity_lock = threading.Lock()
            self._writer_engine = engines.sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, read_only=False)
            self._reader_engine = engines.sqlite_engine(
                url, begin="BEGIN", pool_size=engines.SQLITE_READERS, read_only=True
            )
            self._threads = Pool(engines.SQLITE_READERS, reserved=0, name="db-reader")
            self._commits: Commits = SqliteCommits(self._file, self._same_file)
            self._writer = SqliteWriter(
                self._writer_engine,
                info=self._info,
                check=self._same_file,
                wake=self._wake_all,
                translate=translated,
            )
        else:
            self._file = None
            self._writer_engine = engines.postgres_engine(url)
            self._reader_engine = self._writer_engine.execution_options(postgresql_readonly=True)
            self._threads = Pool(engines.POSTGRES_CONNECTIONS, reserved=RESERVED_CONNECTIONS, name="db")
            self._commits = PostgresCommits(url)

    @property
    def engine(self) -> sa.Engine:
        """The engine that writes, for migrations and structural tests."""
        return self._writer_engine

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Call `callback`, from any thread, after a commit that left work to do at once."""
        self._wake.append(callback)

    def off_wake(self, callback: Callable[[], None]) -> None:
        """Call it no more. One that was never given is no fault."""
        with contextlib.suppress(ValueError):
            self._wake.remove(callback)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction; it is on disk when this returns.

        Raises what `work` raises (rolled back), DatabaseUnavailable or LockTimeout. A caller that goes away does not
        stop a transaction that has begun.
        """
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a read-only transaction. Raises as `write` does."""
        return await asyncio.wrap_future(self.begin_read(work))

    def write_now(self, work: Callable[[Session], T]) -> T:
        """`write` for code without an event loop (command line, tests)."""
        return self._submit(work).result()

    def read_now(self, work: Callable[[Session], T]) -> T:
        """`read` for code without an event loop."""
        return self.begin_read(work).result()

    def begin_read(self, work: Callable[[Session], T]) -> Future[T]:
        """`read_now` for whoever does not want to wait for it as long as it takes."""
        return self._on_thread(functools.partial(self._read, work))

    def in_use(self) -> tuple[int, int]:
        """Connections of the pool that reads (on PostgreSQL all) in somebody's hands now, and how many there can be."""
        pool = self._reader_engine.pool
        assert isinstance(pool, sa.pool.QueuePool)
        return pool.checkedout(), pool.size()

    async def state(self) -> Hashable | None:
        """Another one as soon as anybody, in any process, has committed anything; None while nobody can tell."""
        return await self._commits.state()

    def close(self) -> None:
        """Finish what was begun, then give the connections back."""
        # Before the writer, whose connection tidies up when it is the last.
        self._commits.close()
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown()
        self._writer_engine.dispose()
        self._reader_engine.dispose()

    def _submit(self, work: Callable[[Session], T]) -> Future[T]:
        if self._writer is not None:
            try:
                return self._writer.submit(work, first=FIRST.get())
            except WriterEnded as exc:
                raise translated(exc) from exc
        return self._on_thread(functools.partial(self._write, work))

    def _on_thread(self, work: Callable[[], T]) -> Future[T]:
        try:
            return self._threads.submit(work)
        except PoolEnded as exc:
            raise translated(exc) from exc

    def _write(self, work: Callable[[Session], T]) -> T:
        try:
            with Session(self._writer_engine, expire_on_commit=False, info=dict(self._info)) as session:
                result = work(session)
                session.flush()
                _commit(session)
                awake = session.info.get("wake", False)
        except sa.exc.SQLAlchemyError as exc:
            raise translated(exc) from exc
        if awake:
            self._wake_all()
        return result

    def _read(self, work: Callable[[Session], T]) -> T:
        self._same_file()
        session = Session(self._reader_engine, expire_on_commit=False, autoflush=False, info=dict(self._info))
        try:
            with session:
                result = work(session)
                _end_reading(session)
                return result
        except sa.exc.SQLAlchemyError as exc:
            raise translated(exc) from exc

    def _wake_all(self) -> None:
        """What is told of is committed: no fault of who is told may look like one of the transaction."""
        for callback in tuple(self._wake):
            try:
                callback()
            except Exception as exc:
                log.error("db.wake_failed", error=type(exc).__name__)

    def _same_file(self) -> None:
        """A deleted SQLite file can still be written through an open handle, and is lost at exit: refuse that."""
        if self._file is None:
            return
        try:
            stat = os.stat(self._file)
        except OSError as exc:
            raise DatabaseUnavailable("the database file is gone") from exc
        identity = (stat.st_dev, stat.st_ino)
        with self._identity_lock:
            if self._identity is None:
                self._identity = identity
            elif self._identity != identity:
                raise DatabaseUnavailable("the database file was replaced while the service ran; restart it")


def wake_after_commit(session: Session) -> None:
    """Ask the engine to look for due work as soon as this transaction is committed, in this and other processes."""
    if session.info.get("wake"):
        return
    session.info["wake"] = True
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SELECT pg_notify('peerline_work', '')")


def require_writable(session: Session) -> None:
    """Raise, as a statement of a `write`, when nothing can be stored; it changes no row and leaves nothing behind.

    A transaction that only begins does not show it: SQLite gives one also on a file that it could not open for writing.
    """
    session.connection().exec_driver_sql("DELETE FROM alembic_version WHERE 1 = 0")


def wait_briefly(session: Session) -> None:
    """From here on this transaction waits for locks no longer than SHORT_LOCK_TIMEOUT each. SQLite has none."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = '{SHORT_LOCK_TIMEOUT}'")


def translated(exc: BaseException) -> BaseException:
    """The error that callers know for one of the driver's; any other is returned as it is."""
    if isinstance(exc, sa.exc.TimeoutError):
        return DatabaseUnavailable("no free connection")
    if isinstance(exc, WriterEnded | PoolEnded):
        return DatabaseUnavailable("the database is closed")
    if not isinstance(exc, sa.exc.DBAPIError):
        return exc
    name = type(exc.orig).__name__
    said = reason(exc)
    if name in ("LockNotAvailable", "QueryCanceled", "DeadlockDetected"):
        return LockTimeout(name)
    if exc.connection_invalidated or isinstance(exc, sa.exc.OperationalError | sa.exc.InterfaceError):
        return DatabaseUnavailable(said)
    # A PostgreSQL that has become a read-only standby, or is not migrated yet (SQLite calls that operational);
    # a damaged SQLite file, whose error has no class of its own.
    unfit = ("ReadOnlySqlTransaction", "FeatureNotSupported", "UndefinedTable", "UndefinedColumn")
    if name in unfit or type(exc) is sa.exc.DatabaseError:
        return DatabaseUnavailable(said)
    return exc


def reason(exc: BaseException) -> str:
    """What went wrong, in words that may be shown: SQLite's own. Those of another driver hold addresses and users."""
    orig = getattr(exc, "orig", None)
    if isinstance(orig, sqlite3.DatabaseError) and not isinstance(orig, sqlite3.IntegrityError):
        return str(orig)
    return str(exc) if isinstance(exc, DatabaseUnavailable) else type(orig or exc).__name__


def _end_reading(session: Session) -> None:
    """A commit, though there is nothing to commit: psycopg forgets at a ROLLBACK what it has prepared. What was read is
    whole, whatever becomes of that."""
    session.expunge_all()
    with contextlib.suppress(sa.exc.SQLAlchemyError):
        session.commit()


def _commit(session: Session) -> None:
    """Everything was sent before: what is lost here is only the answer, or all of it. Nobody can tell which."""
    try:
        session.commit()
    except sa.exc.DBAPIError as exc:
        if exc.connection_invalidated:
            raise MaybeStored(type(exc.orig).__name__) from exc
        raise


def inserter(dialect: str) -> Any:
    """`insert` with ON CONFLICT, which each kind of database has in a module of its own."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # the two are used alike
    return insert
