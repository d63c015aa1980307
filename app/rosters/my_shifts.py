"""Somebody's shifts, on all rosters of their school: what was theirs, and what will be."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.core.problems import NotFound
from app.identity.actors import Actor
from app.models import Person
from app.rosters import held, shadows
from app.rosters import service as rosters
from app.rosters.shift_schemas import MyShift, MyShiftList, ShiftOut
from app.vocabulary import Role


def of_actor(session: Session, actor: Actor, *, start: dt.datetime, end: dt.datetime) -> MyShiftList:
    """One's own. Raises InvalidRequest for a window that is refused."""
    actor.require(*rosters.READERS)
    return _of(session, actor.require_school(), actor.person_id, start=start, end=end)


def of_person(
    session: Session, actor: Actor, person_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> MyShiftList:
    """Somebody's, for who plans rosters. Raises NotFound for who is not of the school."""
    actor.require(Role.COORDINATOR)
    person = session.get(Person, person_id)
    if person is None or person.service or person.school_id != actor.require_school():
        raise NotFound
    return _of(session, actor.require_school(), person_id, start=start, end=end)


def shown(each: held.HeldPiece) -> MyShift:
    name = each.piece.name
    return MyShift(
        roster_id=each.roster.id,
        name=each.roster.name,
        line=each.roster.line,
        level=each.roster.level,
        start=each.piece.start,
        end=each.piece.end,
        shift=ShiftOut(
            layer_id=name.layer_id,
            slot_start=name.slot_start,
            override_id=None if name.override_id is None else uuid.UUID(name.override_id),
        ),
    )


def _of(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> MyShiftList:
    rosters.check_window(start, end)
    return MyShiftList(
        items=[shown(each) for each in held.held_by(session, school_id, person_id, start=start, end=end)],
        shadows=[
            shown(held.HeldPiece(each.roster, piece))
            for each in shadows.of_person(session, person_id, start=start, end=end)
            for piece in each.pieces
            if piece.start < end and start < piece.end
        ][:1000],
    )
