"""Notes among those who are paged for one matter: sealed, and never shown to whoever asked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
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
    return [_opened(session, row, escalation) for row in rows]


def reviews_of(session: Session, escalations: Iterable[Escalation]) -> dict[uuid.UUID, list[Note]]:
    """Of each, oldest first, what those wrote who looked into why nobody answered. One statement for all of them."""
    reviewed = {each.id: each for each in escalations if each.reviewed_hour is not None}
    found: dict[uuid.UUID, list[Note]] = defaultdict(list)
    if reviewed:
        statement = select(CaseNote).where(
            col(CaseNote.escalation_id).in_(list(reviewed)), CaseNote.kind == NoteKind.REVIEW
        )
        for row in session.exec(statement.order_by(col(CaseNote.position))):
            found[row.escalation_id].append(_opened(session, row, reviewed[row.escalation_id]))
    return found


def _opened(session: Session, row: CaseNote, escalation: Escalation) -> Note:
    text = columns.CASE_NOTE.unseal(session, row, school_id=escalation.school_id)
    return Note(row.position, row.kind, text, row.hour)
