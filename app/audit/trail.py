"""Write to the trail, in the transaction of what is recorded: it is added to its chain just before the commit."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from app.audit import chain
from app.core import clock
from app.core.clock import hour_of
from app.models import AuditEntry

_WAITING = "audit_waiting"
Waiting = list[tuple[AuditEntry, SessionTransaction | None]]


def record(
    session: Session,
    *,
    action: str,
    school_id: uuid.UUID | None,
    person_id: uuid.UUID | None,
    subject: uuid.UUID | str | None,
    now: dt.datetime,
) -> None:
    """`action` is a dotted code; `subject` an id. Kept to the hour: an exact time beside a report could out someone.

    It is not in the database before the commit: a chain is held by one transaction at a time, for as short as can be.
    """
    entry = AuditEntry(
        school_id=school_id,
        person_id=person_id,
        action=action,
        subject=None if subject is None else str(subject),
        hour=hour_of(now),
    )
    waiting: Waiting = session.info.setdefault(_WAITING, [])
    waiting.append((entry, session.get_nested_transaction()))


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    """Not at the end of a savepoint: others would wait for all that comes after it."""
    if session.info.get(_WAITING) and not session.in_nested_transaction():
        session.flush()
        waiting: Waiting = session.info.pop(_WAITING)
        chain.append(session, [entry for entry, _ in waiting], now=clock.now())


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """What was recorded in a savepoint that is taken back did not happen."""
    waiting: Waiting = session.info.get(_WAITING, [])
    waiting[:] = [(entry, within) for entry, within in waiting if not _is_in(within, ended)]


def _is_in(within: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while within is not None and within is not ended:
        within = within.parent
    return within is ended or not ended.nested
