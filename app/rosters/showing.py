"""A stored roster as there is to see of it: its people, times and gaps, for the picture and for the terminal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.core import clock
from app.identity.actors import Actor
from app.models import Roster, School
from app.rosters import duty, gaps, held, records
from app.rosters import service as rosters
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Rendering, Window
from app.rosters.definition import Roster as Definition
from app.rosters.gap_finding import Found, expected_times
from app.rosters.picture import MOST_SHAPES, draw, shapes
from app.rosters.views import View, bars_of, joined, people_of
from app.schools import service as schools
from app.vocabulary import GapCause, Level, RosterLine


def picture(session: Session, actor: Actor, roster_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime) -> str:
    """An SVG of a roster, for whoever may read its shifts. Raises InvalidRequest for a window it refuses."""
    roster = rosters.find(session, actor, roster_id)
    rosters.check_window(start, end)
    view = view_of(session, roster, start=start, end=end, now=clock.now())
    if shapes(view) > MOST_SHAPES:
        raise rosters.bad_window("So many shifts need a shorter window.")
    return draw(view)


def views_at(
    session: Session, slug: str, line: RosterLine, level: Level, *, first: dt.date | None, weeks: int
) -> list[View]:
    """What there is to see of every roster of a line and level, for whoever runs the deployment.

    From Monday of the week of `first`, else of this week, by each roster's own clock. Raises NotFound for a school that
    is not there.
    """
    now = clock.now()
    school = schools.find(session, slug)
    statement = (
        select(Roster)
        .where(Roster.school_id == school.id, Roster.line == line, Roster.level == level)
        .order_by(col(Roster.name), col(Roster.id))
    )
    found = []
    for roster in session.exec(statement):
        zone = _zone(session, roster, duty.definition_of(session, duty.of(roster), start=now, end=now))
        day = first or now.astimezone(zone).date()
        monday = day - dt.timedelta(days=day.weekday())
        start, end = (
            dt.datetime.combine(each, dt.time(), zone).astimezone(dt.UTC)
            for each in (monday, monday + dt.timedelta(weeks=weeks))
        )
        found.append(view_of(session, roster, start=start, end=end, now=now))
    return found


def view_of(session: Session, roster: Roster, *, start: dt.datetime, end: dt.datetime, now: dt.datetime) -> View:
    """Of the past the record, from now on the definition, as everywhere."""
    stored, window = duty.of(roster), Window(start, end)
    definition = duty.definition_of(session, stored, start=start, end=end)
    if edges(definition, window=window) > MOST_EDGES:
        raise rosters.bad_window("So many handoffs need a shorter window.")
    rendering = records.rendered(session, stored, start=start, end=end)
    acting = {stretch.override_id for stretch in rendering.stretches if stretch.override_id is not None}
    zone = _zone(session, roster, definition)
    school = session.get_one(School, roster.school_id)
    return View(
        key=f"r{roster.id.hex}",
        name=roster.name,
        line=roster.line,
        level=roster.level,
        zone=zone,
        window=window,
        people=people_of(rendering, names=_aliases(session, rendering)),
        bars=bars_of(rendering, overrides=held.overrides_by_id(session, acting)),
        gaps=_gaps(session, roster, definition, rendering, window, now=now),
        holidays=schools.public_holidays_between(school, start=start, end=end),
        today=now.astimezone(zone).date(),
    )


def _gaps(
    session: Session,
    roster: Roster,
    definition: Definition,
    rendering: Rendering,
    window: Window,
    *,
    now: dt.datetime,
) -> tuple[Found, ...]:
    """Of the past: where nobody was, and somebody was to be; contacts are known as they are now. Ahead: as found."""
    seam = min(max(rosters.minute_of(now), window.start), window.end)
    # Before it was made nobody expected anything of it.
    made = rosters.minute_of(roster.created_at)
    found = []
    if window.start < seam:
        past = expected_times(definition, Window(window.start, seam), expects=roster.expects)
        found += [Found(*part, GapCause.UNFILLED) for part in _nobody(rendering, past, made=made)]
    if seam < window.end:
        ahead = gaps.find_in(session, roster, definition, Window(seam, window.end))
        found += [Found(gap.start, gap.end, gaps.shown_cause(gap.cause)) for gap in ahead]
    return joined(found)


def _nobody(
    rendering: Rendering, expected: Sequence[tuple[dt.datetime, dt.datetime]], *, made: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime]]:
    parts = [(max(gap.start, since, made), min(gap.end, until)) for since, until in expected for gap in rendering.gaps]
    return sorted(part for part in parts if part[0] < part[1])


def _aliases(session: Session, rendering: Rendering) -> Mapping[str, str]:
    ids = []
    for person in rendering.minutes_per_person:
        with suppress(ValueError):
            ids.append(uuid.UUID(person))
    return {str(person): alias for person, alias in rosters.aliases_of(session, ids).items()}


def _zone(session: Session, roster: Roster, definition: Definition) -> ZoneInfo:
    """The roster's zone; the school's for a time in which the roster was not there yet."""
    if not definition.layers:
        return schools.zone_of(session.get_one(School, roster.school_id))
    return ZoneInfo(definition.time_zone)
