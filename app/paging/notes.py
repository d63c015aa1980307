"""Notes among those who are paged for one matter: sealed, and never shown to whoever asked."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.core.problems import Conflict
from app.models import CaseNote, Escalation
from app.vault import columns
from app.vocabulary import NoteKind

MOST_NOTES = 100


class TooManyNotes(Conflict):
    code, status, title = "too_many_notes", 409, "There are as many notes as there can be"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is read. `hour` is the hour it was written in: exact times of a matter are not kept."""

    position: int
    kind: NoteKind
    text: str
    hour: dt.datetime


def add(
    session: Session, escalation: Escalation, text: str, *, kind: NoteKind, person_id: uuid.UUID, now: dt.datetime
) -> Note:
    """Add to an escalation that the caller has locked. Raises TooManyNotes."""
    last = session.exec(select(func.max(CaseNote.position)).where(CaseNote.escalation_id == escalation.id)).one()
    if (last or 0) >= MOST_NOTES:
        raise TooManyNotes
    row = CaseNote(
        escalation_id=escalation.id,
        position=(last or 0) + 1,
        kind=kind,
        person_id=person_id,
        body_sealed=b"",
        hour=hour_of(now),
    )
    columns.CASE_NOTE.seal(session, row, text, school_id=escalation.school_id)
    session.add(row)
    session.flush()
    return Note(row.position, row.kind, text, row.hour)


def of(session: Session, escalation: Escalation) -> list[Note]:
    """Oldest first."""
    rows = session.exec(
        select(CaseNote).where(CaseNote.escalation_id == escalation.id).order_by(col(CaseNote.position))
    )
    return [
        Note(
            row.position,
            row.kind,
            columns.CASE_NOTE.unseal(session, row, school_id=escalation.school_id),
            row.hour,
        )
        for row in rows
    ]
