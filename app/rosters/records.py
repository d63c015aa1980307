"""Who was on call, as facts: written as time passes and before anything is changed, and never recomputed."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.models import Roster, RosterRecord
from app.rosters import duty
from app.rosters.definition import Rendering, Stretch, Turn, Window
from app.rosters.rendering import assembled, render


def record(session: Session, roster: Roster, *, until: dt.datetime) -> None:
    """Write down who was on call up to `until`, a whole minute. The caller holds the roster's row.

    A stretch that goes on makes the last row longer; no row changes otherwise.
    """
    if until <= roster.recorded_until:
        return
    window = Window(roster.recorded_until, until)
    definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
    last = _holding(session, roster.id, roster.recorded_until, just_before=True)
    for stretch in render(definition, window).stretches:
        row = _row(roster.id, stretch)
        if last is not None and _same(last, row):
            last.ends_at = row.ends_at
            row = last
        session.add(row)
        last = row
    roster.recorded_until = until
    session.add(roster)
    session.flush()


def rendered(session: Session, roster: duty.Stored, *, start: dt.datetime, end: dt.datetime) -> Rendering:
    """Who is on call from `start` to `end`: the record as far as it goes, and from there on what the roster says."""
    seam = min(max(start, roster.recorded_until), end)
    stretches: list[Stretch] = []
    if start < seam:
        stretches += _recorded(session, roster.id, start=start, end=seam)
    if seam < end:
        definition = duty.definition_of(session, roster, start=seam, end=end)
        stretches += render(definition, Window(seam, end)).stretches
    return assembled(tuple(stretches))


def _recorded(session: Session, roster_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime) -> list[Stretch]:
    """The record, tiling the time; before the roster was made there was nobody."""
    first = _holding(session, roster_id, start)
    later = (
        select(RosterRecord)
        .where(RosterRecord.roster_id == roster_id, RosterRecord.starts_at > start, RosterRecord.starts_at < end)
        .order_by(col(RosterRecord.starts_at))
    )
    stretches: list[Stretch] = []
    at = start
    for row in ([first] if first is not None else []) + list(session.exec(later)):
        since, until = max(row.starts_at, start), min(row.ends_at, end)
        if at < since:
            stretches.append(Stretch(at, since, (), (), None))
        if since < until:
            stretches.append(_stretch(row, since, until))
            at = until
    if at < end:
        stretches.append(Stretch(at, end, (), (), None))
    return stretches


def _holding(
    session: Session, roster_id: uuid.UUID, instant: dt.datetime, *, just_before: bool = False
) -> RosterRecord | None:
    """The row that holds an instant, or that ends at it; found from the newest, however long the history."""
    statement = (
        select(RosterRecord)
        .where(RosterRecord.roster_id == roster_id, RosterRecord.starts_at <= instant)
        .order_by(col(RosterRecord.starts_at).desc())
        .limit(1)
    )
    row = session.exec(statement).first()
    if row is None or row.ends_at < instant or (row.ends_at == instant and not just_before):
        return None
    return row


def _row(roster_id: uuid.UUID, stretch: Stretch) -> RosterRecord:
    return RosterRecord(
        roster_id=roster_id,
        starts_at=stretch.start,
        ends_at=stretch.end,
        on_call=list(stretch.on_call),
        turns=[[turn.person, turn.layer_id, turn.slot_start.isoformat()] for turn in stretch.turns],
        override_id=None if stretch.override_id is None else uuid.UUID(stretch.override_id),
        away=list(stretch.away),
    )


def _same(one: RosterRecord, other: RosterRecord) -> bool:
    return (one.ends_at, one.on_call, one.turns, one.override_id, one.away) == (
        other.starts_at,
        other.on_call,
        other.turns,
        other.override_id,
        other.away,
    )


def _stretch(row: RosterRecord, start: dt.datetime, end: dt.datetime) -> Stretch:
    turns = tuple(Turn(person, layer, dt.datetime.fromisoformat(at)) for person, layer, at in row.turns)
    override = None if row.override_id is None else str(row.override_id)
    return Stretch(start, end, tuple(row.on_call), turns, override, tuple(row.away))
