"""Pauses and talks past everything that leads to them, for tests that need one of each."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core import clock
from app.core.clock import hour_of
from app.models import Absence, DebriefOffer, Pause, Person
from app.vault import columns
from app.vocabulary import AbsenceKind
from app.vocabulary.supporters import DebriefState
from tests.support.world import Someone


def a_pause_of_the_programme(session: Session, supporter: Someone, by: Someone | None = None) -> str:
    """That they have appealed against."""
    person, now = session.get_one(Person, supporter.id), clock.now()
    assert person.school_id is not None
    absence = Absence(
        school_id=person.school_id,
        person_id=person.id,
        kind=AbsenceKind.PAUSED,
        starts_at=now.replace(second=0, microsecond=0),
        ends_at=now + dt.timedelta(days=3650),
        created_at=now,
    )
    session.add(absence)
    session.flush()
    pause = Pause(
        school_id=person.school_id,
        person_id=person.id,
        absence_id=absence.id,
        asked_by=None if by is None else by.id,
        review_on=now.date(),
        appealed_hour=hour_of(now),
    )
    columns.PAUSE_APPEAL.seal(session, pause, "I would rather go on.", school_id=pause.school_id)
    session.add(pause)
    session.flush()
    return str(pause.id)


def a_talk(session: Session, supporter: Someone, adviser: Someone | None, *, taken: bool = False) -> str:
    person, now = session.get_one(Person, supporter.id), clock.now()
    assert person.school_id is not None
    row = DebriefOffer(
        school_id=person.school_id,
        person_id=person.id,
        adviser_id=None if adviser is None else adviser.id,
        state=DebriefState.TAKEN if taken else DebriefState.OFFERED,
        offered_hour=hour_of(now),
        open_until=hour_of(now) + dt.timedelta(days=14),
    )
    session.add(row)
    session.flush()
    return str(row.id)


def a_pause_and_a_talk(session: Session, supporter: Someone) -> dict[str, str]:
    """By the name of the parameter. The one who asked for the pause is nobody who is asked about it."""
    pause = a_pause_of_the_programme(session, supporter)
    row = session.get_one(Pause, uuid.UUID(pause))
    row.asked_by = session.exec(
        select(Person.id).where(Person.school_id == row.school_id, col(Person.id) != supporter.id)
    ).first()
    session.add(row)
    return {"pause_id": pause, "debrief_id": a_talk(session, supporter, None)}
