"""What was sent on the way into the programme is erased after its time, unless a hold keeps all of the school."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.models import Interest, SupporterApplication
from app.programme import interests
from app.reports import holds
from app.schools import service as schools
from app.supporters import applications
from app.vocabulary.selection import ApplicationState
from app.work import queue
from app.work.queue import Item

LOOK_AGAIN = dt.timedelta(days=1)


def interest(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat."""
    row = session.exec(select(Interest).where(Interest.id == item.subject).with_for_update()).one_or_none()
    if row is None:
        return
    if interests.kept_until(row) > now:
        # Kept for some hours more since: of one day there is one row of work, and this was it.
        interests.forget_later(session, row, now=now)
    elif not held(session, row.school_id, item, now=now):
        interests.erase(session, row)


def application(session: Session, item: Item, now: dt.datetime) -> None:
    """One that did not go on, or was never decided, is gone whole; of one that was accepted that it was stays. Safe to
    repeat."""
    statement = select(SupporterApplication).where(SupporterApplication.id == item.subject)
    row = session.exec(statement.with_for_update()).one_or_none()
    until = None if row is None else applications.kept_until(row)
    if row is None or until is None:
        return
    if until > now:
        # Decided about once more since, on the same day: as above.
        applications.forget_later(session, row, now=now)
        return
    if held(session, row.school_id, item, now=now):
        return
    if row.state is not ApplicationState.ACCEPTED:
        applications.take_away(session, row, now=now)
        return
    row.has_training = row.can_give_time = row.has_support_i_need = row.study_on_track = None
    row.note_sealed = row.words_sealed = row.appeal_note_sealed = row.appeal_words_sealed = None
    # Of one that was accepted on appeal: what the first decision had rested on.
    row.because = []
    session.add(row)


def held(session: Session, school_id: uuid.UUID, item: Item, *, now: dt.datetime) -> bool:
    """Whether nothing of this school may be erased now; then it is looked at again tomorrow."""
    holds.shut_out(session, school_id)
    if not schools.is_held(session, school_id):
        return False
    again = now + LOOK_AGAIN
    queue.enqueue(session, item.kind, item.subject, due_at=again, now=now, key=f"{item.kind}/{item.subject}/held")
    return True
