"""A SQLite database in the clear that no name leads to: it goes with the process, however that ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from app.backup import files

# Bytes 18 and 19 of a database file: 2 with a write-ahead log, 1 without (sqlite.org/fileformat.html, 1.3.3).
JOURNAL_AT, WITHOUT_LOG = 18, b"\x01\x01"


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """`handle` reads its bytes, `connection` its rows."""

    handle: int
    connection: sqlite3.Connection

    @contextlib.contextmanager
    def session(self, info: dict[str, Any]) -> Iterator[Session]:
        engine = sa.create_engine(
            "sqlite://", creator=lambda: self.connection, poolclass=sa.pool.StaticPool, hide_parameters=True
        )
        with Session(engine, info=info) as session:
            yield session

    def content(self) -> Iterator[bytes]:
        return files.content(self.handle)


@contextlib.contextmanager
def of_running(database: Path, *, folder: Path) -> Iterator[PrivateCopy]:
    """One moment of a database that others write to meanwhile; none of them waits. Without what was deleted from it.

    First page by page (SQLite's backup interface), then packed anew: no page or gap that held erased rows is in it.
    """
    with _nameless(folder) as packed:
        with _nameless(folder) as copied:
            source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=5.0)
            with contextlib.closing(source):
                source.backup(copied.connection)
            # Its own connection would now look for a log by a name that is gone.
            copied.connection.close()
            os.pwrite(copied.handle, WITHOUT_LOG, JOURNAL_AT)
            _fill(packed.handle, copied.content())
        with _temporary_files_in(folder):
            packed.connection.execute("VACUUM")
        yield packed


@contextlib.contextmanager
def of_bytes(parts: Iterable[bytes], *, folder: Path) -> Iterator[PrivateCopy]:
    with _nameless(folder) as copy:
        _fill(copy.handle, parts)
        yield copy


@contextlib.contextmanager
def _nameless(folder: Path) -> Iterator[PrivateCopy]:
    name = folder / f".{secrets.token_hex(8)}.copy"
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        connection = sqlite3.connect(f"{name.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        try:
            # Neither a log nor a journal, which would be files with a name; what packing needs is nameless, too.
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA temp_store=FILE")
            os.unlink(name)
            yield PrivateCopy(handle, connection)
        finally:
            connection.close()
    finally:
        name.unlink(missing_ok=True)
        os.close(handle)


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """On the disk that the database is on, where there is room for it, and nowhere else. It counts for the process."""
    with contextlib.closing(sqlite3.connect(":memory:")) as setting:
        there = str(folder.absolute()).replace("'", "''")
        setting.execute(f"PRAGMA temp_store_directory = '{there}'")
        try:
            yield
        finally:
            setting.execute("PRAGMA temp_store_directory = ''")


def _fill(handle: int, parts: Iterable[bytes]) -> None:
    at = 0
    for part in parts:
        rest = memoryview(part)
        while rest:
            written = os.pwrite(handle, rest, at)
            at, rest = at + written, rest[written:]
