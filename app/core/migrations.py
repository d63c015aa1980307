"""Where the migrations are, and whether a database has them all."""

from __future__ import annotations

import functools
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

_HERE = Path(__file__).resolve().parents[1]


def config(url: str) -> Config:
    """Alembic's configuration for a database, from the source tree or from an installed package."""
    packaged, source = _HERE / "_migrations", _HERE.parent / "migrations"
    found = Config()
    found.set_main_option("script_location", str(packaged if packaged.is_dir() else source).replace("%", "%%"))
    found.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    return found


@functools.cache
def _scripts() -> ScriptDirectory:
    """Read once: a service whose database is behind looks again every second."""
    return ScriptDirectory.from_config(config("sqlite://"))


@functools.cache
def heads() -> frozenset[str]:
    return frozenset(_scripts().get_heads())


def require_current(session: Session) -> str | None:
    """None when the database is at the newest migration, otherwise what to do about it."""
    connection = session.connection()
    present = frozenset(MigrationContext.configure(connection).get_current_heads())
    if present == heads():
        return None
    return ahead(connection) or "The database is not at the version this program needs. Run: peerline migrate"


def ahead(connection: sa.Connection) -> str | None:
    """What to do about a database with a migration that this program does not have; None for any other."""
    known = {script.revision for script in _scripts().walk_revisions()}
    present = frozenset(MigrationContext.configure(connection).get_current_heads())
    if present <= known:
        return None
    return (
        f"The database was migrated by a newer version of Peerline, to {', '.join(sorted(present - known))}. Run that "
        "version, or restore a copy from before: this one cannot migrate back."
    )
