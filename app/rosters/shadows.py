"""Shifts at which somebody looks on: shown to them beside their own, and never anybody's cover."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.models import Roster, ShadowShift
from app.rosters import held
from app.rosters.pieces import Piece, ShiftName

# As far as an edit moves a shift, most often.
AROUND = dt.timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A shift that is still held by whom it was named of; without pieces it is not."""

    row: ShadowShift
    roster: Roster
    pieces: tuple[Piece, ...]


def name_of(row: ShadowShift) -> ShiftName:
    return ShiftName(
        layer_id=row.layer_id,
        slot_start=row.slot_start,
        override_id=None if row.override_id is None else str(row.override_id),
    )


def looked_up(session: Session, row: ShadowShift) -> Shadowed:
    """As the roster stands now."""
    roster = session.get_one(Roster, row.roster_id)
    return Shadowed(row, roster, of_holder(session, roster, row))


def of_holder(session: Session, roster: Roster, row: ShadowShift) -> tuple[Piece, ...]:
    """What the holder has of the shift that a row names, around the time at which it lay."""
    found = held.pieces_of(session, roster, start=row.starts_at - AROUND, end=row.ends_at + AROUND)
    return tuple(
        each for each in found if each.held and each.person == str(row.person_id) and each.name == name_of(row)
    )


def of_person(session: Session, person_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime) -> Iterator[Shadowed]:
    """Those at which somebody looks on that lie around a window, in order of their start."""
    statement = select(ShadowShift).where(
        ShadowShift.shadow_id == person_id, ShadowShift.starts_at < end + AROUND, ShadowShift.ends_at > start - AROUND
    )
    for row in session.exec(statement.order_by(col(ShadowShift.starts_at), col(ShadowShift.id))):
        yield looked_up(session, row)
