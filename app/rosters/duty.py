"""Who is on, from stored rosters: asked for every answer, so without making rows into objects, and kept for a minute.

What is kept is kept by content (a roster's documents, overrides and absences), so an edit is seen at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.identity.grant_states import EVER_GIVEN, GIVEN, HELD_UNTIL
from app.models import Absence, Person, RoleGrant, Roster, RosterOverride, RosterVersion, Supporter
from app.rosters import rendering
from app.rosters.definition import Absence as Absent
from app.rosters.definition import OnCall, Override, Window
from app.rosters.definition import Roster as Definition
from app.rosters.schemas import RosterDefinition
from app.rosters.versions import Ruling, joined
from app.rosters.wall_clock import EPOCH
from app.vocabulary import GapCause, Level, Role, RosterLine, roles_on
from app.webhooks import service as webhooks

# Longer than anybody plans ahead.
PLANNED_WITHIN = dt.timedelta(days=3650)
# Most often somebody is on soon: a short look first is cheaper than a long one.
COVER_SEARCH = (dt.timedelta(hours=1), dt.timedelta(days=4), dt.timedelta(days=14))


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept roster, as far as rendering needs it. Until `recorded_until` its past is a record (rosters/records.py)."""

    id: uuid.UUID
    school_id: uuid.UUID
    recorded_until: dt.datetime
    line: RosterLine
    level: Level


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on a line at a level now. `reachable` are those with a working contact."""

    people: tuple[uuid.UUID, ...]
    reachable: tuple[uuid.UUID, ...]


NOBODY = Duty(people=(), reachable=())
_ASKED = "duty.asked"

# Built once: building costs more than asking, and these are asked for every answer.
_STORED = (col(Roster.id), col(Roster.school_id), col(Roster.recorded_until), col(Roster.line), col(Roster.level))
_AT_LEVEL = (
    sa.select(*_STORED)
    .where(
        col(Roster.school_id) == sa.bindparam("school_id"),
        col(Roster.line) == sa.bindparam("line"),
        col(Roster.level) == sa.bindparam("level"),
    )
    .order_by(col(Roster.id))
)
_VERSIONS = (
    sa.select(
        col(RosterVersion.effective_from),
        col(RosterVersion.effective_until),
        sa.cast(col(RosterVersion.definition), sa.Text),
    )
    .where(
        col(RosterVersion.roster_id) == sa.bindparam("roster_id"),
        col(RosterVersion.effective_from) < sa.bindparam("before"),
        sa.or_(
            col(RosterVersion.effective_until).is_(None), col(RosterVersion.effective_until) > sa.bindparam("after")
        ),
    )
    .order_by(col(RosterVersion.effective_from), col(RosterVersion.number))
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
        col(RosterOverride.removed_at).is_(None),
    )
    .order_by(col(RosterOverride.created_seq))
)
_ROLE = "role"
# Who is away, who has left, and when somebody has a role of the line: without one nobody is on call, whatever a roster
# says.
_AWAY: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(
        col(Absence.person_id), col(Absence.starts_at), col(Absence.ends_at), sa.cast(col(Absence.kind), sa.String(40))
    ).where(
        col(Absence.person_id).in_(sa.bindparam("people", expanding=True)),
        col(Absence.starts_at) < sa.bindparam("before"),
        sa.or_(col(Absence.ends_at).is_(None), col(Absence.ends_at) > sa.bindparam("after")),
        col(Absence.removed_at).is_(None),
        # Most keep somebody off all rosters; what a line asks of its people keeps them off that line's.
        sa.or_(col(Absence.line).is_(None), col(Absence.line) == sa.bindparam("line")),
    ),
    sa.select(
        col(Person.id),
        col(Person.left_at),
        sa.cast(sa.null(), sa.DateTime(timezone=True)),
        sa.literal(str(GapCause.ENDED)),
    ).where(
        col(Person.id).in_(sa.bindparam("people", expanding=True)),
        col(Person.active).is_(False),
    ),
    # Each time of a role, none where there is none: an end that is known ahead is a gap that is known ahead, and what
    # somebody had until it came is theirs, also where it is written down only after that.
    sa.select(
        col(Person.id),
        col(RoleGrant.starts_at),
        HELD_UNTIL,
        sa.case((col(RoleGrant.id).is_(None), str(GapCause.ENDED)), else_=_ROLE),
    )
    .outerjoin(
        RoleGrant,
        sa.and_(
            col(RoleGrant.person_id) == col(Person.id),
            EVER_GIVEN,
            col(RoleGrant.role).in_(sa.bindparam("roles", expanding=True)),
        ),
    )
    .where(col(Person.id).in_(sa.bindparam("people", expanding=True)), col(Person.active).is_(True)),
    # Whoever is there as a supporter alone, from the day on that is known to be the first without them (STUDY D09).
    sa.select(
        col(Supporter.person_id),
        col(Supporter.ends_at),
        sa.cast(sa.null(), sa.DateTime(timezone=True)),
        sa.literal(str(GapCause.ENDED)),
    ).where(
        col(Supporter.person_id).in_(sa.bindparam("people", expanding=True)),
        col(Supporter.ends_at).is_not(None),
        ~sa.exists().where(
            col(RoleGrant.person_id) == col(Supporter.person_id),
            GIVEN,
            col(RoleGrant.role).in_(sa.bindparam("roles", expanding=True)),
            col(RoleGrant.role) != Role.SUPPORTER,
            sa.or_(col(RoleGrant.ends_at).is_(None), col(RoleGrant.ends_at) > col(Supporter.ends_at)),
        ),
    ),
)


@contextlib.contextmanager
def asked_once(session: Session) -> Iterator[None]:
    """Who is on a line, which is looked up to choose one and again to ask those on it, is looked up once in here.

    For a part of a transaction that changes nothing of rosters, people and their endpoints, and all of one `now`.
    """
    session.info[_ASKED] = {}
    try:
        yield
    finally:
        del session.info[_ASKED]


def duty(session: Session, school_id: uuid.UUID, *, line: RosterLine, level: Level, now: dt.datetime) -> Duty:
    """Who is on now, by all rosters of a line and level. No roster and a roster with nobody both give an empty duty."""
    asked: dict[tuple[object, ...], Duty] | None = session.info.get(_ASKED)
    if asked is None:
        return _duty(session, school_id, line=line, level=level, now=now)
    key = (school_id, line, level, now)
    if key not in asked:
        asked[key] = _duty(session, school_id, line=line, level=level, now=now)
    return asked[key]


def _duty(session: Session, school_id: uuid.UUID, *, line: RosterLine, level: Level, now: dt.datetime) -> Duty:
    found: set[uuid.UUID] = set()
    for roster in at_level(session, school_id, line, level):
        found.update(uuid.UUID(person) for person in on_call_at(session, roster, now=now).on_call)
    people = tuple(sorted(found))
    reachable = webhooks.reachable(session, found)
    return Duty(people=people, reachable=tuple(person for person in people if person in reachable))


def at_level(session: Session, school_id: uuid.UUID, line: RosterLine, level: Level) -> list[Stored]:
    """The rosters of a line at a level: most often one, or none."""
    wanted = {"school_id": school_id, "line": line, "level": level}
    return [Stored(*row) for row in session.connection().execute(_AT_LEVEL, wanted)]


def has_roster(session: Session, school_id: uuid.UUID, line: RosterLine) -> bool:
    statement = select(Roster.id).where(Roster.school_id == school_id, Roster.line == line)
    return session.exec(statement.limit(1)).first() is not None


def on_call_at(session: Session, roster: Stored, *, now: dt.datetime) -> OnCall:
    """Who is on call in the minute of `now`."""
    minute = now.replace(second=0, microsecond=0)
    return _on_call_at(definition_of(session, roster, start=minute, end=minute), minute)


def next_cover(
    session: Session, rosters: Collection[Stored], *, after: dt.datetime, among: Collection[uuid.UUID]
) -> dt.datetime | None:
    """The next instant, within 14 days, at which one of `among` is on one of the rosters."""
    start = after.replace(second=0, microsecond=0)
    people = frozenset(str(person) for person in among)
    found = [
        _cover_from(definition_of(session, roster, start=start, end=start + COVER_SEARCH[-1]), start, people)
        for roster in rosters
    ]
    times = [time for time in found if time is not None]
    return max(min(times), after) if times else None


def of(roster: Roster) -> Stored:
    return Stored(roster.id, roster.school_id, roster.recorded_until, roster.line, roster.level)


def stored(session: Session, rosters: Any) -> Stored | None:
    """The first of what a statement over rosters finds."""
    row = session.connection().execute(rosters.with_only_columns(*_STORED)).first()
    return None if row is None else Stored(*row)


def definition_of(session: Session, roster: Stored, *, start: dt.datetime, end: dt.datetime) -> Definition:
    """The definition with the versions, overrides and absences that matter from `start` to `end`."""
    around = {
        "roster_id": roster.id,
        "after": start - rendering.LOOK_AHEAD,
        "before": end + rendering.LOOK_AHEAD,
    }
    ask = session.connection().execute
    layers = _layers(tuple((row[0], row[1], row[2]) for row in ask(_VERSIONS, around)))
    rows = ask(_OVERRIDES, around).all()
    overrides = tuple(Override(str(row[0]), row[1], row[2], _text(row[3]), row[4], _text(row[5])) for row in rows)
    named = _people(layers) | {row[3] for row in rows if row[3] is not None}
    around_it = {"after": start - rendering.LOOK_AHEAD, "before": end + rendering.LOOK_AHEAD}
    absences = _away(session, named, line=roster.line, level=roster.level, **around_it)
    if overrides or absences:
        return dataclasses.replace(layers, overrides=overrides, absences=absences)
    return layers


def named_in(definition: Definition) -> frozenset[str]:
    """Everybody who has a turn or an override."""
    people = {str(person) for person in _people(dataclasses.replace(definition, overrides=(), absences=()))}
    return frozenset(people | {each.person for each in definition.overrides if each.person is not None})


def absences_of(
    session: Session, people: Collection[uuid.UUID], *, roster: Roster, start: dt.datetime, end: dt.datetime
) -> tuple[Absent, ...]:
    """When any of `people` is away from a roster between two instants; somebody who has left, or has no role of its
    line, always is."""
    return _away(session, people, line=roster.line, level=roster.level, after=start, before=end)


def overrides_named(session: Session, ids: Collection[uuid.UUID]) -> list[Override]:
    """Overrides by their ids, removed ones too."""
    if not ids:
        return []
    rows = session.exec(select(RosterOverride).where(col(RosterOverride.id).in_(ids)))
    return [
        Override(str(row.id), row.starts_at, row.ends_at, _text(row.person_id), row.created_seq, _text(row.replaces))
        for row in rows
    ]


def _away(
    session: Session,
    people: Collection[uuid.UUID],
    *,
    line: RosterLine,
    level: Level,
    after: dt.datetime,
    before: dt.datetime,
) -> tuple[Absent, ...]:
    if not people:
        return ()
    wanted = {"people": list(people), "line": line, "roles": roles_on(line, level), "after": after, "before": before}
    away: list[Absent] = []
    in_role: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime | None]]] = {}
    for person, starts_at, ends_at, kind in session.connection().execute(_AWAY, wanted):
        start = _minute(starts_at or EPOCH)
        if kind == _ROLE:
            in_role.setdefault(person, []).append((start, ends_at and _minute(ends_at)))
        else:
            away.append(Absent(str(person), start, ends_at, str(kind)))
    for person, times in in_role.items():
        away += [
            Absent(str(person), start, end, str(GapCause.ENDED))
            for start, end in _outside(times)
            if start < before and (end is None or end > after)
        ]
    return tuple(away)


def _outside(times: list[tuple[dt.datetime, dt.datetime | None]]) -> Iterator[tuple[dt.datetime, dt.datetime | None]]:
    """The time that is in none of these, each until its end, or for good."""
    at = EPOCH
    for start, end in sorted(times, key=lambda each: each[0]):
        if start > at:
            yield at, start
        if end is None:
            return
        at = max(at, end)
    yield at, None


def _minute(instant: dt.datetime) -> dt.datetime:
    """Rosters go by minutes; a role can begin or end within one."""
    return instant.replace(second=0, microsecond=0)


def rulings_of(session: Session, roster_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime) -> list[Ruling]:
    """The versions that have a part in the time from `start` to `end`, and whatever is planned after it."""
    around = {"roster_id": roster_id, "after": start - rendering.LOOK_AHEAD, "before": end + PLANNED_WITHIN}
    return [
        Ruling(since, until, _parsed(document))
        for since, until, document in session.connection().execute(_VERSIONS, around)
    ]


@functools.lru_cache(maxsize=1024)
def _layers(versions: tuple[tuple[dt.datetime, dt.datetime | None, str], ...]) -> Definition:
    if not versions:
        # Nothing of it lies in this time: it had not been made.
        return Definition(time_zone="UTC", layers=())
    return joined([Ruling(since, until, _parsed(document)) for since, until, document in versions])


@functools.lru_cache(maxsize=1024)
def _parsed(document: str) -> Definition:
    return RosterDefinition.model_validate_json(document).to_definition()


@functools.lru_cache(maxsize=1024)
def _people(definition: Definition) -> frozenset[uuid.UUID]:
    rotations = [version.rotation for layer in definition.layers for version in layer.versions]
    return frozenset(uuid.UUID(person) for rotation in rotations for person in rotation.participants)


# Few: each is of one minute, and keeps a roster with all of its overrides. What is asked again is asked at once.
@functools.lru_cache(maxsize=128)
def _on_call_at(definition: Definition, minute: dt.datetime) -> OnCall:
    return rendering.on_call_at(definition, minute)


@functools.lru_cache(maxsize=128)
def _cover_from(definition: Definition, start: dt.datetime, among: frozenset[str]) -> dt.datetime | None:
    for reach in COVER_SEARCH:
        for segment in rendering.render(definition, Window(start, start + reach)).segments:
            if not among.isdisjoint(segment.on_call):
                return segment.start
    return None


def _text(person: uuid.UUID | None) -> str | None:
    return None if person is None else str(person)
