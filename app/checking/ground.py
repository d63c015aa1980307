"""What a deployment stands on: the database and how safely it stores, its migrations, the keys, and the clock."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import Session, col, select

from app.checking.finding import Figures, Finding, Part, found
from app.core import crypto, migrations
from app.identity.keys import load_token_keys
from app.models import DataKey
from app.settings import Settings
from app.vault import service as vault
from app.work import skew

# A database that cannot grow refuses reports. A small school writes some megabytes in a month; a copy of it, as a
# migration or a backup makes one, takes as much again.
LITTLE_BYTES, NO_BYTES = 1 << 30, 64 << 20
# With one of these off a 201 that was sent may be gone after a crash of the machine.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def is_empty(session: Session) -> bool:
    """Whether nothing was ever migrated here."""
    return not sa.inspect(session.connection()).has_table("alembic_version")


def database(session: Session, settings: Settings) -> Finding:
    """Its version, and whether what it says is stored is on a disk, which has room for more."""
    if settings.is_sqlite:
        return _sqlite(session, settings)
    wanted = ", ".join(f"current_setting('{name}')" for name in ("server_version", *DURABLE))
    version, *stored = session.connection().exec_driver_sql(f"SELECT {wanted}").one()
    off = [name for name, value in zip(DURABLE, stored, strict=True) if value == "off"]
    figures: Figures = {"version": version.partition(" ")[0], **dict(zip(DURABLE, stored, strict=True))}
    wrong = [f"PostgreSQL has {name} off: what was acknowledged can be lost in a crash. Set it to on." for name in off]
    text = f"PostgreSQL {figures['version']} answers, takes writes, and stores them durably."
    production = settings.environment == "production"
    return found(Part.DATABASE, text, [] if production else wrong, wrong if production else [], figures)


def _sqlite(session: Session, settings: Settings) -> Finding:
    connection = session.connection()
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    file = Path(make_url(settings.url).database or "").resolve()
    free = shutil.disk_usage(file.parent).free
    failures, warnings = [], []
    if file.stat().st_mode & stat.S_IROTH and file.parent.stat().st_mode & stat.S_IXOTH:
        # As one was made before, or restored: a new one is its user's alone.
        warnings.append("Everybody who has a login on this machine can read the database: chmod o-rwx its folder.")
    if synchronous < 2 or journal != "wal":
        failures.append("SQLite does not write through to the disk (journal_mode=WAL, synchronous=FULL).")
    says = f"{free >> 20} MiB are free where the database lies: make room, or reports are refused."
    if free < NO_BYTES:
        failures.append(says)
    elif free < LITTLE_BYTES:
        warnings.append(says)
    figures: Figures = {"version": version, "journal_mode": journal, "synchronous": synchronous, "free_mib": free >> 20}
    text = f"SQLite {version} answers, takes writes, and stores them durably; {free >> 20} MiB are free."
    return found(Part.DATABASE, text, warnings, failures, figures)


def schema(session: Session) -> Finding:
    """Whether this code may work on the database as it is migrated."""
    connection = session.connection()
    differs = migrations.require_current(session)
    here = ", ".join(migrations.revisions_here(connection)) or "nothing"
    figures: Figures = {"database": here, "code": ", ".join(sorted(migrations.heads()))}
    if differs is not None:
        return found(Part.MIGRATIONS, "", [], [differs], figures)
    ahead = migrations.runs_newer(connection)
    text = f"A newer version has migrated it to {here}; this one runs on that." if ahead else f"It is at {here}."
    return found(Part.MIGRATIONS, text, [], [], figures)


def keys(session: Session, *, settings: Settings) -> Finding:
    """Whether every data key and the key that signs tokens open, and which master keys that takes."""
    ring = vault.keys_of(session).ring
    lost = vault.unopened(session)
    under = dict(session.exec(select(DataKey.master_kid, sa.func.count()).group_by(col(DataKey.master_kid))).all())
    older = sum(count for kid, count in under.items() if kid != ring.newest)
    figures: Figures = {"data_keys": sum(under.values()), "unopened": lost, "under_older_master_keys": older}
    where = "PEERLINE_MASTER_KEYS" if settings.master_keys else settings.own_keys
    if lost:
        says = (
            f"{where} does not have the master keys of this database: {lost} of its data keys cannot be opened. Give "
            "every key that it was used with, the newest first."
        )
        return found(Part.KEYS, "", [], [says], figures)
    try:
        load_token_keys(session, issuer="check")
    except (LookupError, crypto.CannotOpen):
        return found(Part.KEYS, "", [], ["No key that signs sign-ins can be opened. Run: peerline migrate"], figures)
    text = f"All {sum(under.values())} data keys open."
    if older:
        text += f" {older} need an older master key: keep it, or wrap them with the newest: peerline rotate-keys"
    elif len(ring.kids) > 1:
        text += " All are under the newest master key: no other is needed."
    return found(Part.KEYS, text, [], [], figures)


def clock(session: Session) -> Finding:
    """How far this host's clock is from the database's."""
    seconds = round(skew.skew(session).total_seconds(), 1)
    warning = skew.warning(session)
    text = "One host has one clock." if session.get_bind().dialect.name == "sqlite" else "It is the database's."
    return found(
        Part.CLOCK, f"{text} NTP keeps it right.", [warning] if warning else [], [], {"ahead_seconds": seconds}
    )
