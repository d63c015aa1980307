"""Make a backup of the database that the settings name, while others work on it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app import startup
from app.backup import container, files, postgres_tools, private_copy
from app.backup.container import Manifest
from app.backup.looking import Looked, look
from app.backup.refusals import BackupRefused
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings
from app.vault import service as vault


@dataclass(frozen=True, slots=True)
class Made:
    manifest: Manifest
    looked: Looked
    size: int | None


def database_file(settings: Settings) -> Path:
    return Path(make_url(settings.url).database or "")


def to_file(settings: Settings, ring: KeyRing, target: Path, *, now: dt.datetime, quick: bool) -> Made:
    """Written, read back, and only then called `target`. Raises BackupRefused; then there is nothing new."""
    with (
        _moment(settings, ring, now=now, quick=quick) as (manifest, looked, database),
        files.appearing(target, what="partial") as (file, under),
    ):
        container.seal(file, manifest, database, ring=ring)
        file.flush()
        size = file.tell()
        file.seek(0)
        read_back, content = container.unseal(file, name=under, ring=ring)
        if read_back.kind == "postgresql":
            postgres_tools.readable(content)
        else:
            for _ in content:
                pass
    return Made(manifest, looked, size)


def to_stream(settings: Settings, ring: KeyRing, out: BinaryIO, *, now: dt.datetime, quick: bool) -> Made:
    """What was looked at goes out; whether it arrived, `verify-backup` says there."""
    with _moment(settings, ring, now=now, quick=quick) as (manifest, looked, database):
        container.seal(out, manifest, database, ring=ring)
        out.flush()
    return Made(manifest, looked, None)


@contextlib.contextmanager
def _moment(
    settings: Settings, ring: KeyRing, *, now: dt.datetime, quick: bool
) -> Iterator[tuple[Manifest, Looked, Iterable[bytes]]]:
    """One moment of the database: looked at, and its bytes."""
    info = {"keys": vault.Keys(ring), "settings": settings}
    if settings.is_sqlite:
        database = database_file(settings)
        if not database.is_file():
            raise BackupRefused(f"There is no database at {database}.")
        with private_copy.of_running(database, folder=database.parent) as copy:
            with copy.session(info) as session:
                looked = look(session, quick=quick)
            manifest = Manifest(kind="sqlite", made_at=now, revisions=looked.revisions, tools=None)
            yield manifest, looked, copy.content()
        return
    db = startup.open_database(settings, ring)
    try:
        with _one_moment(db, info) as session:
            server = int(session.connection().exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
            tools = postgres_tools.require(postgres_tools.DUMP, at_least=server)
            looked = look(session, quick=quick)
            snapshot = str(session.connection().exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())
            manifest = Manifest(kind="postgresql", made_at=now, revisions=looked.revisions, tools=tools)
            yield manifest, looked, postgres_tools.dump(settings.url, snapshot=snapshot)
    finally:
        db.close()


@contextlib.contextmanager
def _one_moment(db: Database, info: dict[str, object]) -> Iterator[Session]:
    """A transaction that pg_dump reads beside, which may idle for as long as that takes."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        with Session(connection, info=info) as session:
            yield session
