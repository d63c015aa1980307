"""What is over, and need not be known any more: that somebody who was away had paused.

No roster needs it: its past is recorded (app/rosters/records.py). To everybody but its person it is over like any other
absence, before this and after.
"""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, col, select

from app.models import Absence, Pause
from app.programme import forgetting, pauses
from app.rosters import absences
from app.vocabulary import AbsenceKind
from app.work.queue import Item


def pause_over(session: Session, item: Item, now: dt.datetime) -> None:
    """Four weeks after its end: its row goes, and on the rosters it was time away. Safe to repeat, and nothing where it
    goes on after all."""
    absence = session.exec(select(Absence).where(Absence.id == item.subject).with_for_update()).one_or_none()
    if absence is None or absence.kind is not AbsenceKind.PAUSED:
        return
    ended = absence.removed_at or absence.ends_at
    if ended is None or ended + absences.PAUSE_KEPT > now or not pauses.is_over(absence, now=now):
        return
    if forgetting.held(session, absence.school_id, item, now=now):
        return
    for pause in session.exec(select(Pause).where(col(Pause.absence_id) == absence.id)).all():
        session.delete(pause)
    absence.kind = AbsenceKind.LEAVE
    session.add(absence)
