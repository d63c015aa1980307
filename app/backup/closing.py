"""What a restored database must not let in again: whatever was taken back after the backup would be good in it.

Nobody can tell which of them were, so all that opens a door by itself ends, and is made anew by its owner. Not
receipts, which nobody could make anew, and not passwords.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from app.audit import trail
from app.core.ids import new_id
from app.models import CalendarFeed, OneTimeLink, ServiceAccount, SignIn

RESTORED = "deployment.restored"


def close(session: Session, *, now: dt.datetime, current: bool) -> None:
    """End sign-ins, links for one use, calendar addresses and secrets of programs, and record it in the audit log.

    In the log of a database that is `current` alone: another's may be kept in another way.
    """
    connection = session.connection()
    there = sa.inspect(connection)
    values: dict[type[SQLModel], dict[str, Any]] = {
        SignIn: {"revoked_at": now, "revoked_because": "restored"},
        OneTimeLink: {"ended_at": now},
        CalendarFeed: {"revoked_at": now},
    }
    for model, ended in values.items():
        table: Any = model.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class
        if there.has_table(table.name):
            when = table.c["revoked_at" if "revoked_at" in ended else "ended_at"]
            connection.execute(sa.update(table).where(when.is_(None)).values(ended))
    if there.has_table(str(ServiceAccount.__tablename__)):
        _replace_secrets(session)
    if current:
        trail.record(session, action=RESTORED, school_id=None, person_id=None, subject=None, now=now)


def _replace_secrets(session: Session) -> None:
    """By ones that nobody knows: school IT asks for others, and the accounts stay as they are."""
    for account in session.scalars(sa.select(col(ServiceAccount.id))).all():
        unknown = {"secret_id": new_id(), "secret_hash": os.urandom(32)}
        nothing = {"previous_secret_id": None, "previous_secret_hash": None, "previous_secret_until": None}
        session.execute(sa.update(ServiceAccount).where(col(ServiceAccount.id) == account).values(unknown | nothing))
