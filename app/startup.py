"""What must be true before a process serves: keys, a current database, and no demo where others can reach it."""

from __future__ import annotations

import os
from pathlib import Path

import structlog
from alembic import command
from sqlmodel import Session, select

from app.core import crypto
from app.core.crypto import KeyRing
from app.core.db import Database, DatabaseUnavailable
from app.core.migrations import config, require_current
from app.identity.keys import create_signing_key
from app.models import DataKey, School, SigningKey
from app.settings import Settings, UnsafeSettings
from app.vault import service as vault

log = structlog.get_logger("peerline")

# Any number: what matters is that every process of the product takes the same.
MIGRATION_LOCK = 7074657


class SchemaBehind(Exception):
    """The database lacks migrations; the text says what to run."""


def new_master_key() -> str:
    """A master key in the form of PEERLINE_MASTER_KEYS."""
    return f"{os.urandom(4).hex()}:{crypto.encode_b64(crypto.new_key())}"


def key_ring(settings: Settings) -> KeyRing:
    """The master keys. A loopback demo makes its own on first use, readable by its user alone.

    Raises UnsafeSettings when keys are needed and missing, BadKeyRing when they are malformed.
    """
    settings.refuse_unsafe()
    if settings.master_keys:
        return KeyRing.parse(settings.master_keys)
    path = settings.data_dir / "master.keys"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_master_key())
    except FileExistsError:
        pass
    return KeyRing.parse(Path(path).read_text())


def open_database(settings: Settings, ring: KeyRing) -> Database:
    """A database whose transactions know the keys and the settings."""
    return Database(settings.url, info={"keys": vault.Keys(ring), "settings": settings})


def migrate(settings: Settings, ring: KeyRing) -> None:
    """Bring the database to the newest migration, and make the deployment's keys if it has none. Safe to repeat."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = open_database(settings, ring)
    try:
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # Two processes that start together migrate one after the other, however long the first one takes.
                connection.exec_driver_sql("SET lock_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
                connection.commit()
            alembic = config(settings.url)
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
            connection.commit()
        db.write_now(_make_deployment_keys)
    finally:
        db.close()


def check(settings: Settings, db: Database) -> None:
    """Raise SchemaBehind or UnsafeSettings when this process must not serve. A database that is away is no reason."""
    try:
        behind = db.read_now(require_current)
        demo = behind is None and db.read_now(_has_demo)
    except DatabaseUnavailable as exc:
        log.warning("database_unavailable_at_start", reason=str(exc), hint="help-now is served; run: peerline migrate")
        return
    if behind is not None:
        raise SchemaBehind(behind)
    if demo and not settings.loopback_demo:
        raise UnsafeSettings(
            "The database holds the demo schools, whose passwords are public. Use another database, or serve on a "
            "loopback address in development."
        )


def _has_demo(session: Session) -> bool:
    return session.exec(select(School.id).where(School.demo).limit(1)).first() is not None


def _make_deployment_keys(session: Session) -> None:
    if session.exec(select(DataKey).where(DataKey.owner == vault.DEPLOYMENT)).first() is None:
        vault.create_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    if session.exec(select(SigningKey)).first() is None:
        create_signing_key(session)
