"""Where the migrations are, and whether a database has them all."""

from __future__ import annotations

import functools
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
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
    """None when this code may work on the database as it is migrated, otherwise what to do about it.

    That is so at the newest migration of this code, and at a later one that still runs it (docs/upgrading.md).
    """
    connection = session.connection()
    present = _present(connection)
    if present == heads() or runs_newer(connection):
        return None
    return ahead(connection) or "The database is not at the version this program needs. Run: peerline migrate"


def ahead(connection: sa.Connection) -> str | None:
    """What to do about a database whose migrations this code does not have and cannot run on; None for any other."""
    newer = _newer(connection)
    if not newer or runs_newer(connection):
        return None
    return _of_newer(newer)


def unknown(revisions: frozenset[str]) -> str | None:
    """What to do about a copy that was said to be at these revisions, when this code does not know them all."""
    newer = revisions - _known()
    return _of_newer(newer) if newer else None


def _of_newer(newer: frozenset[str]) -> str:
    return (
        f"The database was migrated by a newer version of Peerline, to {', '.join(sorted(newer))}. Run that "
        "version, or restore a copy from before: this one cannot migrate back."
    )


def runs_newer(connection: sa.Connection) -> bool:
    """Whether the database has migrations that this code does not know, and says that code as old as this may run.

    The database names the oldest revision whose code runs on it (`stand` in migrations/env.py). The chain is one line:
    who has that revision is at it or after it.
    """
    return bool(_newer(connection)) and oldest_code(connection) in _known()


def oldest_code(connection: sa.Connection) -> str | None:
    """The oldest revision whose code runs on this database; None where nobody has said it."""
    if "runs_code_from" not in {column["name"] for column in sa.inspect(connection).get_columns("alembic_version")}:
        return None
    found: str | None = connection.exec_driver_sql("SELECT runs_code_from FROM alembic_version").scalar()
    return found


def revisions_here(connection: sa.Connection) -> list[str]:
    """What the database is migrated to: one revision, or none."""
    return sorted(_present(connection))


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _present(connection: sa.Connection) -> frozenset[str]:
    # Not by Alembic: its table is a new one each time, and so the statement, which is compiled and kept. Whoever asks
    # whether a service is ready would push out those that are needed.
    if not sa.inspect(connection).has_table("alembic_version"):
        return frozenset()
    return frozenset(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())


def _newer(connection: sa.Connection) -> frozenset[str]:
    return _present(connection) - _known()
