"""Write to the trail, in the transaction of what is recorded."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.core.clock import hour_of
from app.models import AuditEntry


def record(
    session: Session,
    *,
    action: str,
    school_id: uuid.UUID | None,
    person_id: uuid.UUID | None,
    subject: uuid.UUID | str | None,
    now: dt.datetime,
) -> None:
    """`action` is a dotted code; `subject` an id. Kept to the hour: an exact time beside a report could out someone."""
    session.add(
        AuditEntry(
            school_id=school_id,
            person_id=person_id,
            action=action,
            subject=None if subject is None else str(subject),
            hour=hour_of(now),
        )
    )
