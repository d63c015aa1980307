"""That somebody was shown what others have written of a case: once for each person, record and hour."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlmodel import Session, col, select

from app.audit import trail
from app.core.clock import hour_of
from app.models import AuditEntry, AuditHead


def opened(
    session: Session,
    subjects: Collection[uuid.UUID],
    *,
    action: str,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """How often in an hour is not kept, as in the access log of a report. `action` ends in `.read` or `.exported`."""
    if not subjects:
        return
    open_link = select(AuditHead.number).where(AuditHead.chain == school_id).scalar_subquery()
    known = select(AuditEntry.subject).where(
        AuditEntry.school_id == school_id,
        AuditEntry.block == open_link,
        AuditEntry.action == action,
        AuditEntry.person_id == person_id,
        AuditEntry.hour == hour_of(now),
        col(AuditEntry.subject).in_([str(subject) for subject in subjects]),
    )
    told = set(session.exec(known))
    for subject in subjects:
        if str(subject) not in told:
            trail.record(session, action=action, school_id=school_id, person_id=person_id, subject=subject, now=now)
