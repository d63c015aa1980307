"""What must be true before a process serves: the right keys, a current database, and no demo where others reach it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import sqlalchemy as sa
import structlog
from alembic import command
from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from app.audit.adopting import adopt
from app.core import crypto
from app.core.crypto import KeyRing
from app.core.db import Database, DatabaseUnavailable, LockTimeout, require_writable, translated
from app.core.migrations import ahead, config, require_current, runs_newer
from app.identity.keys import create_signing_key
from app.models import DataKey, School, SigningKey
from app.settings import Settings, UnsafeSettings
from app.vault import service as vault

log = structlog.get_logger("peerline")

# Any number: what matters is that every process of the product takes the same.
MIGRATION_LOCK = 7074657
TURN_SECONDS = 0.2
# How long a migration waits for a table, with everybody else who wants it behind it, and the pauses between its tries:
# two minutes in all.
HELD_UP = "5s"
HELD_UP_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 20.0, 20.0)


class SchemaDiffers(Exception):
    """The database lacks migrations, or has some of a newer version; the text says what to do."""


class HeldUp(LockTimeout):
    """Others hold what a migration needs; the text says what to do."""


def new_master_key() -> str:
    """A master key in the form of PEERLINE_MASTER_KEYS."""
    return f"{os.urandom(4).hex()}:{crypto.encode_b64(crypto.new_key())}"


def key_ring(settings: Settings, *, make: bool = True) -> KeyRing:
    """The master keys. A loopback demo makes its own on first use, readable by its user alone, or without `make` in no
    file.

    Raises UnsafeSettings when keys are needed and missing, BadKeyRing when they are malformed, and for a demo whose key
    is missing while its database cannot be asked whether that is its first use DatabaseUnavailable.
    """
    settings.refuse_unsafe()
    if settings.master_keys:
        return KeyRing.parse(settings.master_keys)
    path = settings.own_keys
    if not path.exists() and _has_data_keys(settings):
        raise UnsafeSettings(
            f"{path} is missing, and what is in the database cannot be read without it: another key would not help. "
            "Put it back, give its content in PEERLINE_MASTER_KEYS, or begin with an empty database."
        )
    if not make and not path.exists():
        return KeyRing.parse(new_master_key())
    _make_data_dir(settings)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_master_key())
    except FileExistsError:
        pass
    except OSError as exc:
        raise _unusable(path, exc) from exc
    try:
        return KeyRing.parse(path.read_text())
    except OSError as exc:
        raise _unusable(path, exc) from exc


def open_database(settings: Settings, ring: KeyRing) -> Database:
    """A database whose transactions know the keys and the settings."""
    return Database(settings.url, info={"keys": vault.Keys(ring), "settings": settings})


def migrate(settings: Settings, ring: KeyRing) -> bool:
    """Bring the database to the newest migration, and make the deployment's keys if it has none. Safe to repeat.

    False where a newer version has migrated it already and this one runs on that: there is nothing to migrate.
    Raises UnsafeSettings when the master keys are not those of the database, SchemaDiffers when it is newer than this
    code runs on, HeldUp when others hold what a migration needs.
    """
    _make_data_dir(settings)
    db = open_database(settings, ring)
    try:
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                _wait_for_turn(connection)
            newer, runs = ahead(connection), runs_newer(connection)
            connection.rollback()
            if newer is not None:
                raise SchemaDiffers(newer)
            if not runs:
                _upgrade(settings, connection)
        db.write_now(_make_deployment_keys)
        _require_keys(settings, db)
        return not runs
    finally:
        db.close()


def _wait_for_turn(connection: sa.Connection) -> None:
    """Two processes that start together migrate one after the other, however long the first one takes.

    Asked for again and again: who waits inside one statement keeps a transaction open, and an index that is made
    CONCURRENTLY by the other waits for all of those.
    """
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({MIGRATION_LOCK})").scalar_one():
        connection.rollback()
        time.sleep(TURN_SECONDS)
    connection.commit()


def _upgrade(settings: Settings, connection: sa.Connection) -> None:
    """A migration gives up a lock that it does not get in seconds, so that nobody queues behind it, and tries again."""
    alembic = config(settings.url)
    alembic.attributes |= {"connection": connection, "lock_timeout": HELD_UP}
    for pause in (*HELD_UP_SECONDS, None):
        try:
            command.upgrade(alembic, "head")
            connection.commit()
            return
        except sa.exc.DBAPIError as exc:
            connection.rollback()
            if not isinstance(translated(exc), LockTimeout):
                raise
            if pause is None:
                raise HeldUp(
                    "A migration needs a table that a long transaction holds, and has let nobody queue behind it. What "
                    "was migrated before it stays. End that transaction, or wait, and run again: peerline migrate"
                ) from exc
            log.warning("migration_held_up", again_in_seconds=pause)
            time.sleep(pause)


def check(settings: Settings, db: Database) -> None:
    """`require_ready` for a process that serves: a database that is away is no reason not to, help-now needs none."""
    try:
        require_ready(settings, db)
    except DatabaseUnavailable as exc:
        log.warning("database_unavailable_at_start", reason=str(exc), hint="help-now is served; run: peerline migrate")


def require_ready(settings: Settings, db: Database) -> None:
    """Raise SchemaDiffers, UnsafeSettings or DatabaseUnavailable when this process must not work on the database."""
    differs = db.read_now(require_current)
    if differs is not None:
        raise SchemaDiffers(differs)
    if not settings.loopback_demo and db.read_now(_has_demo):
        raise UnsafeSettings(
            "The database holds the demo schools, whose passwords are public. Use another database, or serve on a "
            "loopback address in development."
        )
    db.write_now(require_writable)
    _require_keys(settings, db)


def _require_keys(settings: Settings, db: Database) -> None:
    """With other master keys than the database was used with every report would fail."""
    lost = db.read_now(vault.unopened)
    if lost:
        where = "PEERLINE_MASTER_KEYS" if settings.master_keys else settings.own_keys
        raise UnsafeSettings(
            f"{where} does not have the master keys of this database: {lost} of its data keys cannot be opened. Give "
            "every key that it was used with, the newest first. If one is lost, so is what was sealed under it."
        )


def _has_demo(session: Session) -> bool:
    return session.exec(select(School.id).where(School.demo).limit(1)).first() is not None


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise _unusable(settings.data_dir, exc) from exc


def _unusable(path: Path, exc: OSError) -> UnsafeSettings:
    return UnsafeSettings(f"{path} cannot be used: {exc.strerror}. PEERLINE_DATA_DIR says where data go.")


def _has_data_keys(settings: Settings) -> bool:
    if settings.is_sqlite and not Path(make_url(settings.url).database or "").exists():
        return False
    db = Database(settings.url)
    try:
        return db.read_now(lambda s: sa.inspect(s.connection()).has_table("data_keys") and vault.has_keys(s))
    finally:
        db.close()


def _make_deployment_keys(session: Session) -> None:
    if session.exec(select(DataKey).where(DataKey.owner == vault.DEPLOYMENT)).first() is None:
        vault.create_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    if session.exec(select(SigningKey)).first() is None:
        create_signing_key(session)
    adopt(session)
