"""Who is on, from stored rosters: asked for every answer, so without making rows into objects, and kept for a minute.

What is kept is kept by content (a roster's document and its overrides), so an edit is seen at once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import Person, Roster, RosterOverride
from app.rosters import rendering
from app.rosters.definition import OnCall, Override, Window
from app.rosters.definition import Roster as Definition
from app.rosters.schemas import RosterDefinition
from app.vocabulary import Level, RosterLine
from app.webhooks import service as webhooks

# Most often somebody is on soon: a short look first is cheaper than a long one.
COVER_SEARCH = (dt.timedelta(hours=1), dt.timedelta(days=4), dt.timedelta(days=14))


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept roster, as far as rendering needs it: `document` is its definition as JSON, without overrides."""

    id: uuid.UUID
    document: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on a line at a level now. `reachable` are those with a working contact."""

    people: tuple[uuid.UUID, ...]
    reachable: tuple[uuid.UUID, ...]


NOBODY = Duty(people=(), reachable=())

# Built once: building costs more than asking, and these are asked for every answer.
_STORED = (col(Roster.id), sa.cast(col(Roster.definition), sa.Text))
_AT_LEVEL = sa.select(*_STORED).where(
    col(Roster.school_id) == sa.bindparam("school_id"),
    col(Roster.line) == sa.bindparam("line"),
    col(Roster.level) == sa.bindparam("level"),
)
_OVERRIDES = (
    sa.select(
        col(RosterOverride.id),
        col(RosterOverride.starts_at),
        col(RosterOverride.ends_at),
        col(RosterOverride.person_id),
        col(RosterOverride.created_seq),
        col(RosterOverride.replaces),
    )
    .where(
        col(RosterOverride.roster_id) == sa.bindparam("roster_id"),
        col(RosterOverride.ends_at) > sa.bindparam("after"),
        col(RosterOverride.starts_at) < sa.bindparam("before"),
    )
    .order_by(col(RosterOverride.created_seq))
)


def duty(session: Session, school_id: uuid.UUID, *, line: RosterLine, level: Level, now: dt.datetime) -> Duty:
    """Who is on now. No such roster, and a roster with nobody, both give an empty duty."""
    roster = _at_level(session, school_id, line, level)
    if roster is None:
        return NOBODY
    people = _active(session, [uuid.UUID(person) for person in on_call_at(session, roster, now=now).on_call])
    reachable = webhooks.reachable(session, set(people))
    return Duty(people=people, reachable=tuple(person for person in people if person in reachable))


def find_primary(session: Session, school_id: uuid.UUID, line: RosterLine) -> Stored | None:
    """The roster of a line at its first level."""
    return _at_level(session, school_id, line, Level.PRIMARY)


def has_roster(session: Session, school_id: uuid.UUID, line: RosterLine) -> bool:
    statement = select(Roster.id).where(Roster.school_id == school_id, Roster.line == line)
    return session.exec(statement.limit(1)).first() is not None


def on_call_at(session: Session, roster: Stored, *, now: dt.datetime) -> OnCall:
    """Who is on call in the minute of `now`."""
    minute = now.replace(second=0, microsecond=0)
    return _on_call_at(definition_of(session, roster, start=minute, end=minute), minute)


def next_cover(
    session: Session, roster: Stored, *, after: dt.datetime, among: Collection[uuid.UUID]
) -> dt.datetime | None:
    """The next instant, within 14 days, at which one of `among` is on the roster."""
    start = after.replace(second=0, microsecond=0)
    definition = definition_of(session, roster, start=start, end=start + COVER_SEARCH[-1])
    found = _cover_from(definition, start, frozenset(str(person) for person in among))
    return None if found is None else max(found, after)


def stored(session: Session, rosters: Any) -> Stored | None:
    """The first of what a statement over rosters finds."""
    row = session.connection().execute(rosters.with_only_columns(*_STORED)).first()
    return None if row is None else Stored(row[0], row[1])


def definition_of(session: Session, roster: Stored, *, start: dt.datetime, end: dt.datetime) -> Definition:
    """The definition with the overrides that matter from `start` to `end`, read back from its rows."""
    around = {
        "roster_id": roster.id,
        "after": start - rendering.LOOK_AHEAD,
        "before": end + rendering.LOOK_AHEAD,
    }
    rows = session.connection().execute(_OVERRIDES, around)
    overrides = tuple(Override(str(row[0]), row[1], row[2], _text(row[3]), row[4], _text(row[5])) for row in rows)
    layers = _layers(roster.document)
    return dataclasses.replace(layers, overrides=overrides) if overrides else layers


@functools.lru_cache(maxsize=1024)
def _layers(document: str) -> Definition:
    return RosterDefinition.model_validate_json(document).to_definition()


@functools.lru_cache(maxsize=1024)
def _on_call_at(definition: Definition, minute: dt.datetime) -> OnCall:
    return rendering.on_call_at(definition, minute)


@functools.lru_cache(maxsize=1024)
def _cover_from(definition: Definition, start: dt.datetime, among: frozenset[str]) -> dt.datetime | None:
    for reach in COVER_SEARCH:
        for segment in rendering.render(definition, Window(start, start + reach)).segments:
            if not among.isdisjoint(segment.on_call):
                return segment.start
    return None


def _text(person: uuid.UUID | None) -> str | None:
    return None if person is None else str(person)


def _at_level(session: Session, school_id: uuid.UUID, line: RosterLine, level: Level) -> Stored | None:
    wanted = {"school_id": school_id, "line": line, "level": level}
    row = session.connection().execute(_AT_LEVEL, wanted).first()
    return None if row is None else Stored(row[0], row[1])


def _active(session: Session, people: Sequence[uuid.UUID]) -> tuple[uuid.UUID, ...]:
    """Those who have not left, in the order given. Someone who left is nobody on call."""
    if not people:
        return ()
    statement = select(Person.id).where(col(Person.id).in_(people), col(Person.active).is_(True))
    active = set(session.exec(statement))
    return tuple(person for person in people if person in active)
