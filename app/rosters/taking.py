"""Whoever takes a shift stands in the giver's place for the time that was given, and in nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import Session

from app.models import Roster, RosterOverride
from app.rosters import following, override_edits
from app.rosters.definition import Window
from app.rosters.override_edits import Wanted
from app.rosters.pieces import Piece, ShiftName
from app.vocabulary import OverrideOrigin


def take(
    session: Session,
    roster: Roster,
    name: ShiftName,
    times: Sequence[Window],
    *,
    giver: uuid.UUID | None,
    taker: uuid.UUID,
    origin: OverrideOrigin,
    origin_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Put the taker on call at these times of a shift, or where nobody was. The caller holds the roster's row.

    An override for each stretch: what lies between two may be somebody else's. Only the whole of a slot grows with it
    (following.py). Raises TooManyOverrides.
    """
    source = None if name.override_id is None else session.get_one(RosterOverride, uuid.UUID(name.override_id))
    replaces = giver if source is None else source.replaces
    slot = name if source is None else ShiftName(source.layer_id, source.slot_start)
    planned = [] if replaces is None else following.planned(session, roster, now=now)
    turns = [each for each in planned if each.person == str(replaces)]
    stretches = _stretches(times, turns)
    shift = [each for each in turns if each.name == slot]
    override_edits.store(
        session,
        roster,
        [Wanted(taker, replaces, each.start, each.end, None) for each in stretches],
        origin=origin,
        origin_id=origin_id,
        layer_id=slot.layer_id,
        slot_start=slot.slot_start,
        whole=bool(shift) and stretches == [Window(shift[0].start, shift[-1].end)],
        now=now,
    )


def _stretches(times: Sequence[Window], turns: Sequence[Piece]) -> list[Window]:
    """The times, as one where whoever is replaced has no turn between them: a replacement does nothing there.

    Without turns nobody is replaced, and an override counts throughout.
    """
    found: list[Window] = []
    for each in times:
        if found and turns and not any(t.start < each.start and found[-1].end < t.end for t in turns):
            found[-1] = Window(found[-1].start, each.end)
        else:
            found.append(each)
    return found
