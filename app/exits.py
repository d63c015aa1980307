"""How a command ends: what an operator can mend as one plain sentence, with an exit code (the list is in app/cli.py).

No text of a driver or of a validator is repeated where it could hold an address, a password, or a row.
"""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import ValidationError

from app.backup.refusals import BackupRefused
from app.core.crypto import BadKeyRing
from app.core.db import DatabaseUnavailable, LockTimeout, reason
from app.core.listening import CannotListen
from app.core.problems import Problem
from app.schools.requirements import SchoolRefused
from app.settings import UnsafeSettings
from app.startup import HeldUp, SchemaDiffers

REFUSED, UNSAFE, OTHER_SCHEMA, DATABASE_AWAY, ADDRESS_TAKEN = 1, 2, 3, 4, 5
# What a command says itself.
NO_NEXT_STEP, AUDIT_LOG_CHANGED, BACKUP_REFUSED, NO_WORKER, PACKS_UNREADABLE, WARNINGS = 6, 7, 8, 9, 10, 11
EXPECTED = (
    BackupRefused,
    SchoolRefused,
    UnsafeSettings,
    BadKeyRing,
    SchemaDiffers,
    DatabaseUnavailable,
    LockTimeout,
    sa.exc.SQLAlchemyError,
    Problem,
    CannotListen,
)


def explained(exc: Exception) -> tuple[str, int]:
    """The sentence and the exit code for one of EXPECTED."""
    if isinstance(exc, SchoolRefused):
        return str(exc), REFUSED
    if isinstance(exc, BackupRefused):
        return str(exc), BACKUP_REFUSED
    if isinstance(exc, UnsafeSettings | BadKeyRing):
        return str(exc), UNSAFE
    if isinstance(exc, SchemaDiffers):
        return str(exc), OTHER_SCHEMA
    if isinstance(exc, CannotListen):
        return str(exc), ADDRESS_TAKEN
    if isinstance(exc, Problem):
        return f"{exc.title}. {exc.detail or ''}".rstrip(), REFUSED
    if isinstance(exc, HeldUp):
        return str(exc), DATABASE_AWAY
    if isinstance(exc, LockTimeout):
        return "Something else holds the database. Please try again.", DATABASE_AWAY
    return f"The database cannot be used: {reason(exc)}", DATABASE_AWAY


def faults(exc: ValidationError, *, whole: str) -> str:
    """One line for each fault: where, its code, and what it is. `whole` names the document itself."""
    found = exc.errors(include_url=False, include_input=False, include_context=False)
    return "\n".join(
        f"{'/'.join(map(str, f['loc'])) or whole}: {f['type']}: {_words(f['type'], f['msg'])}" for f in found
    )


def _words(kind: str, words: str) -> str:
    """pydantic names our classes where it wants an object."""
    return "This must be an object, {…}." if kind == "model_type" else words
