"""Read a backup, and put it in an empty place."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlmodel import Session

from app import startup
from app.backup import closing, container, files, postgres_tools, private_copy
from app.backup.container import Manifest
from app.backup.looking import Looked, look
from app.backup.making import database_file
from app.backup.refusals import BackupRefused
from app.core import migrations
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings
from app.vault import service as vault

_OTHERS = """SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"""


def verify(settings: Settings, ring: KeyRing, source: Path) -> tuple[Manifest, Looked | None]:
    """Read all of a backup, and look at the database in it, in the clear in no file that has a name.

    Of one from PostgreSQL only that it is whole: the rest shows in a database of its own. Raises BackupRefused.
    """
    with _opened(source) as file:
        manifest, content = container.unseal(file, name=source, ring=ring)
        if manifest.kind == "postgresql":
            _require_tool(manifest)
            postgres_tools.readable(content)
            return manifest, None
        here = database_file(settings).parent if settings.is_sqlite else settings.data_dir
        folder = here if here.is_dir() else Path(tempfile.gettempdir())
        info = {"keys": vault.Keys(ring), "settings": settings}
        with private_copy.of_bytes(content, folder=folder) as copy, copy.session(info) as session:
            return manifest, look(session)


def restore(
    settings: Settings, ring: KeyRing, source: Path, *, now: dt.datetime, oldest: dt.timedelta | None
) -> tuple[Manifest, Looked]:
    """Put a backup where the settings say that the database is, and close what it must not let in again.

    `oldest`: none that was made longer ago. Raises BackupRefused, and puts nothing in place, unless there is nothing
    yet and the backup is whole.
    """
    with _opened(source) as file:
        manifest, content = container.unseal(file, name=source, ring=ring)
        if (manifest.kind == "sqlite") != settings.is_sqlite:
            raise BackupRefused(
                f"{source} is of another kind of database ({manifest.kind}) than PEERLINE_DATABASE_URL."
            )
        if oldest is not None and now - manifest.made_at > oldest:
            raise BackupRefused(
                f"{source} was made on {manifest.made_at:%Y-%m-%d}, longer than PEERLINE_BACKUP_DAYS ago: what was "
                "erased since would be there again. Where there is no other, and the privacy officers of the schools "
                "know of it: --older."
            )
        if settings.is_sqlite:
            return manifest, _into_file(settings, ring, content, now=now)
        _require_tool(manifest)
        # All of it is proven before the first row goes to the server, and again on its way there.
        postgres_tools.readable(content)
        file.seek(0)
        _, content = container.unseal(file, name=source, ring=ring)
        return manifest, _into_server(settings, ring, content, now=now)


def _into_file(settings: Settings, ring: KeyRing, content: Iterator[bytes], *, now: dt.datetime) -> Looked:
    database = database_file(settings)
    for name in (database, *files.beside(database)):
        if name.exists():
            raise BackupRefused(
                f"{name} is there. Stop the service, and move the database away, with what is beside it (-wal, -shm)."
            )
    database.parent.mkdir(parents=True, exist_ok=True)
    with files.appearing(database, what="restoring") as (file, under):
        for part in content:
            file.write(part)
        file.flush()
        db = Database(f"sqlite:///{under.absolute()}", info={"keys": vault.Keys(ring), "settings": settings})
        try:
            looked = db.read_now(look)
            db.write_now(lambda session: closing.close(session, now=now, current=looked.current))
        finally:
            # The last connection puts its log into the file and removes it.
            db.close()
    return looked


def _into_server(settings: Settings, ring: KeyRing, content: Iterator[bytes], *, now: dt.datetime) -> Looked:
    db = startup.open_database(settings, ring)
    try:
        if db.read_now(_others):
            raise BackupRefused("The database is not empty. Make another, and name that in PEERLINE_DATABASE_URL.")
        postgres_tools.restore(settings.url, content)
        return _looked_and_closed(db, now=now)
    finally:
        db.close()


def _looked_and_closed(db: Database, *, now: dt.datetime) -> Looked:
    try:
        looked = db.read_now(look)
        db.write_now(lambda session: closing.close(session, now=now, current=looked.current))
    except Exception as exc:
        why = str(exc) if isinstance(exc, BackupRefused) else type(exc).__name__
        raise BackupRefused(
            "The rows are there, but sign-ins that were ended after the backup could be used again. Start nothing on "
            f"this database: drop it, and begin with an empty one. ({why})"
        ) from exc
    return looked


def _others(session: Session) -> int:
    return int(session.connection().execute(sa.text(_OTHERS)).scalar_one())


def _require_tool(manifest: Manifest) -> None:
    """And that it is of no later version. A copy of SQLite is itself looked at before it is put in place."""
    if (newer := migrations.unknown(manifest.revisions)) is not None:
        raise BackupRefused(newer)
    postgres_tools.require(postgres_tools.RESTORE, at_least=manifest.tools or 0)


def _opened(source: Path) -> BinaryIO:
    try:
        return open(source, "rb")
    except OSError as exc:
        raise BackupRefused(f"{source} cannot be read: {exc.strerror}.") from exc
