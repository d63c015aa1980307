"""Whether somebody gives advice in the weeks to come, and can be reached: people on rosters, or a service outside."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from app.core.schemas import Instant, OutputModel
from app.models import CoverageGap, Roster, School
from app.readiness.checks import Check, found, not_here
from app.rosters import duty, gaps
from app.rosters import service as rosters
from app.rosters.definition import Window
from app.rosters.rendering import render
from app.schools import service as schools
from app.vocabulary import GapState, Level, RosterLine
from app.webhooks import service as webhooks

# Either gives advice on demand (STUDY T10).
LINES = (RosterLine.CLINICAL_ADVICE, RosterLine.ACADEMIC_ADVICE)
MOST_LISTED = 200

Times = list[tuple[dt.datetime, dt.datetime]]


class Uncovered(OutputModel):
    start: Instant
    end: Instant


class CoverCheck(Check):
    """Clinical or academic advice, or declared external cover, at every minute. Does not apply to a school without a
    programme that has no roster of advisers."""

    code: Literal["advice_cover"]
    uncovered: Annotated[list[Uncovered], Field(max_length=MOST_LISTED)]


class ExternalAdviceCheck(Check):
    """Where there is neither a programme nor a roster of advisers: a service outside that the school declared, in its
    policies, and that its directory has, day and night (J11)."""

    code: Literal["external_advice"]


class UnreachablePerson(OutputModel):
    id: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]


class ContactCheck(Check):
    """Everybody who is on a roster has an endpoint that was seen to work."""

    code: Literal["working_contacts"]
    people: Annotated[list[UnreachablePerson], Field(max_length=MOST_LISTED)]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rosters of a school say of a window."""

    uncovered: Times
    people: set[uuid.UUID]
    has_advisers: bool


def look(session: Session, school: School, window: Window) -> Seen:
    covered: Times = []
    people: set[uuid.UUID] = set()
    has_advisers = False
    for roster in session.exec(select(Roster).where(Roster.school_id == school.id).order_by(col(Roster.id))):
        definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
        segments = render(definition, window).segments
        on_roster = {uuid.UUID(person) for segment in segments for person in segment.on_call}
        people |= on_roster
        has_advisers = has_advisers or roster.line in LINES
        if roster.line in LINES and roster.level is Level.PRIMARY:
            reachable = {str(person) for person in webhooks.reachable(session, on_roster)}
            covered += [(s.start, s.end) for s in segments if not reachable.isdisjoint(s.on_call)]
            covered += _external(session, roster, window, gaps.always_there(session, school))
    return Seen(_without(window, covered), people, has_advisers)


def cover(school: School, seen: Seen) -> CoverCheck:
    if _external_alone(school, seen):
        why = "There is no programme and no roster of advisers: see `external_advice`."
        return CoverCheck(code="advice_cover", uncovered=[], **not_here(why))
    times = [Uncovered(start=since, end=until) for since, until in seen.uncovered[:MOST_LISTED]]
    do = "Put somebody whose contact works on a roster of advice for these times, or declare external cover for a gap."
    return CoverCheck(code="advice_cover", uncovered=times, **found(not seen.uncovered, otherwise=do))


def external_advice(session: Session, school: School, seen: Seen) -> ExternalAdviceCheck:
    if not _external_alone(school, seen):
        return ExternalAdviceCheck(code="external_advice", **not_here("Advice comes from rosters: see `advice_cover`."))
    declared = schools.policies_of(school).external_advice_entry_id
    ok = declared is not None and declared in gaps.always_there(session, school)
    do = "Name in the school's policies an entry of its directory that is open day and night, and stands in for advice."
    return ExternalAdviceCheck(code="external_advice", **found(ok, otherwise=do))


def contacts(session: Session, seen: Seen) -> ContactCheck:
    silent = sorted(seen.people - webhooks.reachable(session, seen.people))
    aliases = rosters.aliases_of(session, silent)
    listed = [UnreachablePerson(id=person, alias=aliases[person]) for person in silent if person in aliases]
    do = "Each of these adds an endpoint that answers its ping (`me/webhook-endpoints`), or leaves the rosters."
    return ContactCheck(code="working_contacts", people=listed[:MOST_LISTED], **found(not silent, otherwise=do))


def _external_alone(school: School, seen: Seen) -> bool:
    return not schools.has_programme(school) and not seen.has_advisers


def _external(session: Session, roster: Roster, window: Window, there: Collection[str]) -> Times:
    """What was declared, by services that are still `there`."""
    rows = session.exec(
        select(CoverageGap).where(
            CoverageGap.roster_id == roster.id,
            CoverageGap.state == GapState.OPEN,
            col(CoverageGap.external_entry_id).is_not(None),
            CoverageGap.starts_at < window.end,
            CoverageGap.ends_at > window.start,
        )
    )
    still = (row for row in rows if row.external_entry_id in there)
    return [(max(row.starts_at, window.start), min(row.ends_at, window.end)) for row in still]


def _without(window: Window, covered: Iterable[tuple[dt.datetime, dt.datetime]]) -> Times:
    left, at = [], window.start
    for since, until in sorted(covered):
        if at < since:
            left.append((at, since))
        at = max(at, until)
    return [*left, (at, window.end)] if at < window.end else left
