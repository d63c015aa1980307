"""A programme term by term: who will be there, what is covered, and which posts and sponsors end (STUDY D09, T11)."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.core import clock
from app.identity.actors import Actor
from app.models import Person, Post, Roster, School, SuccessionPlan
from app.programme import forecast_rules, risk
from app.programme.forecast_rules import NOTICE, Term
from app.programme.forecast_schemas import (
    ForecastOut,
    LineForecast,
    PostForecast,
    SponsorForecast,
    TermForecast,
)
from app.rosters import duty
from app.rosters import service as rosters
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Roster as Definition
from app.rosters.definition import Window
from app.rosters.gap_finding import expected_times
from app.rosters.rendering import render
from app.schools import profile
from app.schools import service as schools
from app.supporters import endings
from app.supporters import service as supporters
from app.vocabulary import Expects, Level, Role, RosterLine
from app.vocabulary.succession import PlanState

LINES = (RosterLine.PEER_SUPPORT, RosterLine.CLINICAL_ADVICE, RosterLine.ACADEMIC_ADVICE)
READERS = (Role.COORDINATOR, Role.SPONSOR)
# A term that ends later has no last day in earnest, and rosters are planned for months.
FARTHEST = dt.timedelta(days=3653)
Times = list[tuple[dt.datetime, dt.datetime]]
Span = tuple[tuple[dt.datetime, dt.datetime], ...]


def forecast(session: Session, actor: Actor) -> ForecastOut:
    """The next four terms, as everything stands now."""
    actor.require(*READERS)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    standing = risk.standing_of(session, school, now=now)
    terms = risk.next_terms(session, school, now=now)
    return ForecastOut(
        active=len(standing.supporters),
        minimum=standing.minimum,
        at_risk=risk.reasons_of(session, school, now=now),
        terms=_terms(session, school, standing, terms, now=now),
        posts=_posts(session, school, until=terms[-1].ends_on),
        sponsors=[
            SponsorForecast(kind=each.kind, title=each.title, term_end=each.term_end)
            for each in profile.sponsors(session, school.id, now=now)
            if each.term_end is not None and each.term_end <= max(terms[-1].ends_on, now.date() + NOTICE)
        ],
    )


def _terms(
    session: Session,
    school: School,
    standing: forecast_rules.Standing,
    terms: Sequence[Term],
    *,
    now: dt.datetime,
) -> list[TermForecast]:
    # From midnight, so that what was worked out is the same all day.
    found, start = [], endings.over_at(school, schools.today(school, now=now) - dt.timedelta(days=1))
    for term in terms:
        end = endings.over_at(school, term.ends_on)
        expected = forecast_rules.expected_after(standing.supporters, term.ends_on)
        found.append(
            TermForecast(
                name=term.name,
                ends_on=term.ends_on,
                set_by_school=term.set_by_school,
                staying=expected.staying,
                unknown=expected.unknown,
                too_few=expected.too_few(standing.minimum),
                unsure=expected.staying < standing.minimum and not expected.too_few(standing.minimum),
                lines=[_line(session, school, line, Window(start, end), now=now) for line in LINES],
            )
        )
        start = end
    return found


def _line(session: Session, school: School, line: RosterLine, window: Window, *, now: dt.datetime) -> LineForecast:
    """Who is asked first: a line with a backup alone is not covered."""
    if window.end - now > FARTHEST:
        return LineForecast(line=line, covered_percent=None)
    expected: Times = []
    covered: Times = []
    statement = select(Roster).where(Roster.school_id == school.id, Roster.line == line, Roster.level == Level.PRIMARY)
    for roster in session.exec(statement.order_by(col(Roster.id))):
        # Nobody was expected on it before it was made.
        own = Window(max(window.start, rosters.minute_of(roster.created_at)), window.end)
        if own.start >= own.end:
            continue
        definition = duty.definition_of(session, duty.of(roster), start=own.start, end=own.end)
        if edges(definition, window=own) > MOST_EDGES:
            return LineForecast(line=line, covered_percent=None)
        due, held = _looked_at(definition, own, roster.expects)
        expected += due
        covered += held
    wanted = _united(expected)
    total = _length(wanted)
    if not total:
        return LineForecast(line=line, covered_percent=None)
    there = _length(_both(wanted, _united(covered)))
    return LineForecast(line=line, covered_percent=int(100 * there / total))


@functools.lru_cache(maxsize=256)
def _looked_at(definition: Definition, window: Window, expects: Expects) -> tuple[Span, Span]:
    """When somebody is expected, and when somebody is there. Kept by content, like everything that rosters say."""
    there = tuple((each.start, each.end) for each in render(definition, window).segments if each.on_call)
    return tuple(expected_times(definition, window, expects=expects)), there


def _united(times: Times) -> Times:
    united: Times = []
    for start, end in sorted(times):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def _both(one: Times, other: Times) -> Times:
    """What lies in both, each of which is ascending and apart."""
    found: Times = []
    first = 0
    for start, end in one:
        while first < len(other) and other[first][1] <= start:
            first += 1
        at = first
        while at < len(other) and other[at][0] < end:
            found.append((max(start, other[at][0]), min(end, other[at][1])))
            at += 1
    return found


def _length(times: Times) -> dt.timedelta:
    return sum((end - start for start, end in times), dt.timedelta())


def _posts(session: Session, school: School, *, until: dt.date) -> list[PostForecast]:
    rows = session.exec(select(Post).where(Post.school_id == school.id).order_by(col(Post.created_at))).all()
    holders = {row.holder_id for row in rows if row.holder_id is not None}
    there = _there(session, school, holders)
    ends = {person: row.expected_end for person, row in supporters.of_people(session, holders).items()}
    planned = set(
        session.exec(
            select(SuccessionPlan.post_code).where(
                SuccessionPlan.school_id == school.id, SuccessionPlan.state == PlanState.OPEN
            )
        )
    )
    found = []
    for row in rows:
        held = row.holder_id in there
        end = ends.get(row.holder_id) if held and row.holder_id is not None else None
        if held and (end is None or end > until):
            continue
        found.append(PostForecast(post=row.code, title=row.title, ends_on=end, has_plan=row.code in planned))
    return found[:500]


def _there(session: Session, school: School, people: set[uuid.UUID]) -> set[uuid.UUID]:
    statement = select(Person.id).where(
        col(Person.id).in_(people), Person.school_id == school.id, col(Person.active).is_(True)
    )
    return set(session.exec(statement))
