"""Whether a database is one that can be gone on with: read only, and told in a way that says nothing of its content."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from app.audit import verifying
from app.backup.refusals import BackupRefused
from app.core import migrations
from app.vault import service as vault


@dataclass(frozen=True, slots=True)
class Looked:
    """`current`: this program runs on it as it is; of an older one keys and log are not looked at.

    `faults`: of the audit log. They keep nobody from a backup: it may be the last one there is.
    """

    revisions: frozenset[str]
    current: bool
    faults: int


def look(session: Session, *, quick: bool = False) -> Looked:
    """Raises BackupRefused for a database that is damaged, not Peerline's, newer, or not of these master keys."""
    connection = session.connection()
    if not quick and connection.dialect.name == "sqlite":
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(1)")]
        if found != ["ok"] or connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise BackupRefused("The database is damaged: SQLite's check of it fails. An earlier backup may be whole.")
    present = frozenset(migrations.revisions_here(connection))
    if not present:
        raise BackupRefused("There is no database of Peerline: it has no migrations.")
    if (newer := migrations.ahead(connection)) is not None:
        raise BackupRefused(newer)
    current = present == migrations.heads() or migrations.runs_newer(connection)
    if not current:
        return Looked(present, current=False, faults=0)
    if lost := vault.unopened(session):
        raise BackupRefused(
            f"PEERLINE_MASTER_KEYS does not have the master keys of this database: {lost} of its data keys cannot be "
            "opened. Give every key that it was used with, the newest first."
        )
    faults = 0 if quick else len(verifying.verify(session, only=None, proofs=[]).faults)
    return Looked(present, current=True, faults=faults)
