"""What stands in a calendar of shifts: those of one person on all rosters of their school, or those of one roster."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import Absence, Roster, RosterOverride, RosterVersion, School
from app.rosters import duty, records, shadows
from app.rosters import service as rosters
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Absence as Absent
from app.rosters.definition import Override, Window
from app.rosters.definition import Roster as Definition
from app.rosters.gap_finding import expected_times
from app.rosters.given_up import State, Stated, given_up
from app.rosters.ical import Event
from app.rosters.rendering import render
from app.rosters.schemas import RosterDefinition
from app.rosters.told import Plan, Told, nobody, told
from app.schools import service as schools

BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=120)
# A shift that lies partly in the window is shown whole, and named by how it began: look a week and a day further.
MARGIN = dt.timedelta(days=8)
# A roster that hands over every hour, for twelve weeks. Writing them takes about a second.
MOST_EVENTS = 2000
# Of a roster that is edited every few days, the plans of a few weeks.
MOST_STATES = 12
MOST_OVERRIDES = 2000


@dataclass(frozen=True, slots=True)
class Content:
    """A calendar before it is written down."""

    name: str
    events: tuple[Event, ...]


def window_at(now: dt.datetime, zone: ZoneInfo) -> Window:
    """30 days back and 120 ahead of the local day, so that a calendar is the same all day while nothing changes."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    return Window(midnight - BACK, midnight + AHEAD)


def of_person(session: Session, school: School, person_id: uuid.UUID, *, now: dt.datetime) -> Content:
    """Their own shifts, on whatever rosters; those that they had and have no longer are cancelled."""
    zone = schools.zone_of(school)
    window = window_at(now, zone)
    found = [
        (each, _event(roster, each, summary=f"On call: {_duty(roster)}", busy=True))
        for roster in _naming(session, school.id, person_id, window)
        for each in _told(session, roster, window, zone=zone)
        if each.person == str(person_id)
    ]
    return Content(f"On call, {school.name}", (*_bounded(found, window), *_looking_on(session, person_id, window)))


def _looking_on(session: Session, person_id: uuid.UUID, window: Window) -> Iterator[Event]:
    """Shifts of somebody else at which they look on. One that is not that person's any more is cancelled."""
    for each in shadows.of_person(session, person_id, start=window.start, end=window.end):
        row, found = each.row, each.pieces
        start, end = (found[0].start, found[-1].end) if found else (row.starts_at, row.ends_at)
        if start < window.end and window.start < end:
            yield Event(
                uid=uuid.uuid5(row.id, "looking on"),
                sequence=each.roster.version,
                changed_at=each.roster.updated_at,
                start=start,
                end=end,
                summary=f"Looking on: {_duty(each.roster)}",
                cancelled=not found,
                busy=False,
            )


def of_roster(session: Session, school: School, roster: Roster, *, now: dt.datetime) -> Content:
    """Everybody's shifts, by alias, and when nobody is there who should be. It takes up nobody's time."""
    zone = schools.zone_of(school)
    window = window_at(now, zone)
    shifts = _told(session, roster, window, zone=zone, with_gaps=True)
    people = sorted({uuid.UUID(each.person) for each in shifts if each.person is not None})
    names: dict[str | None, str] = {None: "Nobody"}
    names |= {str(person): alias for person, alias in rosters.aliases_of(session, people).items()}
    found = [
        (each, _event(roster, each, summary=f"{names[each.person]} on call: {_duty(roster)}", busy=False))
        for each in shifts
    ]
    return Content(roster.name, _bounded(found, window))


def _told(session: Session, roster: Roster, window: Window, *, zone: ZoneInfo, with_gaps: bool = False) -> list[Told]:
    stored = duty.of(roster)
    start, end = window.start - MARGIN, window.end + MARGIN
    definition = duty.definition_of(session, stored, start=start, end=end)
    while edges(definition, window=Window(start, end)) > MOST_EDGES and end - window.start > 2 * MARGIN:
        end -= MARGIN
    reach = Window(start, end)
    actual = records.rendered(session, stored, start=start, end=end)
    overrides, taken_back = _overrides(session, roster.id, reach)
    returned = _called_off(session, definition, reach)
    otherwise = render(_with(definition, taken_back, returned), reach).stretches if taken_back or returned else ()
    states = given_up(_stated(session, roster.id, since=start - AHEAD), changed_at=roster.updated_at)
    found = told(
        actual.stretches,
        overrides=overrides,
        ruling=Plan(render(_layers_only(definition), reach).stretches),
        given_up=[plan for state in states[:MOST_STATES] for plan in _plan(state, reach)],
        otherwise=otherwise,
        zone=zone,
    )
    if with_gaps:
        made_at = max(start, roster.created_at.replace(second=0, microsecond=0))
        expected = expected_times(definition, Window(made_at, end), expects=roster.expects) if made_at < end else ()
        found += nobody(actual.gaps, expected=expected, edge=start, zone=zone)
    return found


def _plan(state: State, reach: Window) -> Iterator[Plan]:
    """A plan that was given up, as far as a calendar could have shown it before that."""
    start, end = max(reach.start, state.differs_from - MARGIN), min(reach.end, state.replaced_at + AHEAD)
    end = end.replace(second=0, microsecond=0)
    if start < end:
        yield Plan(render(state.definition, Window(start, end)).stretches, since=state.differs_from)


def _layers_only(definition: Definition) -> Definition:
    return dataclasses.replace(definition, overrides=(), absences=())


def _with(definition: Definition, overrides: Sequence[Override], absences: Sequence[Absent]) -> Definition:
    return dataclasses.replace(
        definition,
        overrides=(*definition.overrides, *overrides),
        absences=(*definition.absences, *absences),
    )


def _bounded(found: list[tuple[Told, Event]], window: Window) -> tuple[Event, ...]:
    """What lies in the window. Of too many the far end is left out, and what is cancelled before what is held."""
    inside = [each for each in found if each[0].start < window.end and window.start < each[0].end]
    nearest = sorted(inside, key=lambda each: (not each[0].held, each[0].start, each[1].uid))[:MOST_EVENTS]
    return tuple(event for _, event in sorted(nearest, key=lambda each: (each[0].start, each[1].uid)))


def _event(roster: Roster, each: Told, *, summary: str, busy: bool) -> Event:
    return Event(
        # By name, so that no calendar tells ids of people or overrides (RFC 9562, 5.5).
        uid=uuid.uuid5(roster.id, "\x1f".join((each.person or "", *each.name))),
        sequence=roster.version,
        changed_at=roster.updated_at,
        start=each.start,
        end=each.end,
        summary=summary,
        cancelled=not each.held,
        busy=busy,
    )


def _duty(roster: Roster) -> str:
    return f"{roster.line.replace('_', ' ')} ({roster.level})"


def _naming(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, window: Window) -> list[Roster]:
    """The rosters that have had this person in a plan that matters, or in an override."""
    since = window.start - MARGIN - AHEAD
    # An id is a word that stands in a document only where a participant is named.
    by_version = select(RosterVersion.roster_id).where(
        sa.or_(col(RosterVersion.effective_until).is_(None), col(RosterVersion.effective_until) > since),
        sa.cast(col(RosterVersion.definition), sa.Text).contains(str(person_id)),
    )
    by_override = select(RosterOverride.roster_id).where(
        RosterOverride.person_id == person_id, RosterOverride.ends_at > since
    )
    statement = select(Roster).where(
        Roster.school_id == school_id, sa.or_(col(Roster.id).in_(by_version), col(Roster.id).in_(by_override))
    )
    return list(session.exec(statement.order_by(col(Roster.id))))


def _stated(session: Session, roster_id: uuid.UUID, *, since: dt.datetime) -> list[Stated]:
    statement = select(RosterVersion).where(
        RosterVersion.roster_id == roster_id,
        sa.or_(col(RosterVersion.effective_until).is_(None), col(RosterVersion.effective_until) > since),
    )
    return [
        Stated(
            row.number,
            row.effective_from,
            row.effective_until,
            RosterDefinition.model_validate(row.definition).to_definition(),
            row.created_at,
        )
        for row in session.exec(statement)
    ]


def _overrides(session: Session, roster_id: uuid.UUID, reach: Window) -> tuple[list[Override], list[Override]]:
    """All that have some time in a window, and those of them that were taken back; the newest, if there are many."""
    statement = (
        select(RosterOverride)
        .where(
            RosterOverride.roster_id == roster_id,
            RosterOverride.ends_at > reach.start,
            RosterOverride.starts_at < reach.end,
        )
        .order_by(col(RosterOverride.created_seq).desc())
        .limit(MOST_OVERRIDES)
    )
    rows = list(session.exec(statement))[::-1]
    found = [
        Override(
            str(row.id),
            row.starts_at,
            row.ends_at,
            None if row.person_id is None else str(row.person_id),
            row.created_seq,
            None if row.replaces is None else str(row.replaces),
        )
        for row in rows
    ]
    return found, [override for override, row in zip(found, rows, strict=True) if row.removed_at is not None]


def _called_off(session: Session, definition: Definition, reach: Window) -> list[Absent]:
    """Absences that were taken back, of whoever has a part in the roster."""
    people = {
        uuid.UUID(person)
        for layer in definition.layers
        for each in layer.versions
        for person in each.rotation.participants
    }
    statement = select(Absence).where(
        col(Absence.person_id).in_(people),
        col(Absence.removed_at).is_not(None),
        Absence.starts_at < reach.end,
        sa.or_(col(Absence.ends_at).is_(None), col(Absence.ends_at) > reach.start),
    )
    return [Absent(str(row.person_id), row.starts_at, row.ends_at, str(row.kind)) for row in session.exec(statement)]
