"""Where nobody is, for those who plan and those who answer for it; and services outside that stand in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import CoverageGap, Roster, School
from app.rosters import duty, gaps
from app.rosters import service as rosters
from app.rosters.coverage_schemas import (
    CoverageGapOut,
    CoverageOut,
    ExternalCoverIn,
    ExternalCoverOut,
    FoundGapOut,
    GapPage,
    RosterCoverage,
)
from app.rosters.definition import Window
from app.rosters.gap_finding import Found, expected_times
from app.schools import service as schools
from app.vocabulary import GapCause, GapState, Role, RosterLine

ONLY_ALWAYS_THERE = "Only an entry that the directory shows in the school's region, and that is open 24 hours, 7 days."

_MINUTE = dt.timedelta(minutes=1)


class GapClosed(Conflict):
    code, status, title = "gap_closed", 409, "This is no gap any more"


def visible_gaps(actor: Actor) -> Any:
    """The gaps of the actor's school: for coordinators and sponsors, and for those who serve."""
    actor.require(*rosters.READERS)
    return select(CoverageGap).where(CoverageGap.school_id == actor.require_school())


def page(
    session: Session, actor: Actor, roster_id: uuid.UUID, request: PageRequest, *, state: GapState | None
) -> GapPage:
    """The gaps of one roster, in order of their start."""
    roster = rosters.find(session, actor, roster_id)
    statement = visible_gaps(actor).where(CoverageGap.roster_id == roster.id)
    if state is not None:
        statement = statement.where(CoverageGap.state == state)
    sliced = request.slice(statement, at=col(CoverageGap.starts_at), row_id=col(CoverageGap.id))
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda row: (row.starts_at, row.id))
    return GapPage(items=[out(session, actor, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, gap_id: uuid.UUID) -> FoundGapOut:
    return out(session, actor, _find(session, actor, gap_id))


def cover_externally(
    session: Session, actor: Actor, gap_id: uuid.UUID, body: ExternalCoverIn | None, *, version: Version
) -> FoundGapOut:
    """Declare that a service stands in, or (None) that it does not. The gap stays one, and is told of no more.

    Raises InvalidRequest for an entry that is not there day and night, GapClosed, PreconditionFailed.
    """
    actor.require(Role.COORDINATOR)
    now = clock.now()
    gap = _find(session, actor, gap_id)
    roster = rosters.find(session, actor, gap.roster_id, lock=True)
    session.refresh(gap)
    version.check(out(session, actor, gap))
    if gap.state is not GapState.OPEN:
        raise GapClosed
    school = session.get_one(School, roster.school_id)
    if body is not None and body.entry_id not in gaps.always_there(session, school):
        fault = {"pointer": "#/entry_id", "code": "entry_not_always_open", "detail": ONLY_ALWAYS_THERE}
        raise InvalidRequest(errors=[fault])
    gap.external_entry_id = None if body is None else body.entry_id
    gap.version += 1
    session.add(gap)
    session.flush()
    trail.record(
        session,
        action="coverage.external_cover",
        school_id=school.id,
        person_id=actor.person_id,
        subject=gap.id,
        now=now,
    )
    rosters.tell(session, actor, roster, change="external_cover", now=now)
    gaps.reconcile(session, roster, now=now, written=False)
    return out(session, actor, gap)


def overview(session: Session, actor: Actor, *, start: dt.datetime, end: dt.datetime) -> CoverageOut:
    """Every roster with its gaps from `start` to `end`. Of the past: what was found then. Raises InvalidRequest."""
    actor.require(Role.COORDINATOR, Role.SPONSOR)
    rosters.check_window(start, end)
    school = session.get_one(School, actor.require_school())
    found = session.exec(select(Roster).where(Roster.school_id == school.id).order_by(Roster.line, Roster.level))
    listed = [_coverage(session, actor, school, roster, start=start, end=end) for roster in found]
    without = sorted(set(RosterLine) - {each.line for each in listed})
    return CoverageOut.model_validate({"from": start, "to": end, "rosters": listed, "lines_without_roster": without})


def out(session: Session, actor: Actor, gap: CoverageGap) -> FoundGapOut:
    roster = session.get_one(Roster, gap.roster_id)
    school = session.get_one(School, gap.school_id)
    zone = schools.zone_of(school)
    return FoundGapOut(
        id=gap.id,
        roster_id=roster.id,
        name=roster.name,
        line=roster.line,
        level=roster.level,
        cause=_cause(actor, gap),
        start=gap.starts_at,
        start_local=_local(gap.starts_at, zone),
        end=gap.ends_at,
        end_local=_local(gap.ends_at, zone),
        state=gap.state,
        notice=gap.notice,
        external_cover=_external(session, school, gap),
        version=gap.version,
        found_at=gap.found_at,
        closed_at=gap.closed_at,
    )


def _coverage(
    session: Session, actor: Actor, school: School, roster: Roster, *, start: dt.datetime, end: dt.datetime
) -> RosterCoverage:
    now = rosters.minute_of(clock.now())
    rows = _rows(session, roster, start=start, end=end)
    stored = duty.of(roster)
    parts: list[tuple[Found, CoverageGap | None]] = []
    expected = dt.timedelta()
    if start < now:
        past = Window(start, min(now, end))
        parts += [
            (Found(max(row.starts_at, start), min(row.ends_at, past.end), _cause(actor, row)), row)
            for row in rows
            if row.starts_at < past.end and row.ends_at > start
        ]
        expected += _expected(session, roster, past)
    if now < end:
        ahead = Window(max(start, now), end)
        definition = duty.definition_of(session, stored, start=ahead.start, end=ahead.end)
        for gap in gaps.find_in(session, roster, definition, ahead):
            parts.append((gap, _row_of(rows, gap)))
        expected += _expected(session, roster, ahead)
    zone = schools.zone_of(school)
    joined = _joined(parts)
    return RosterCoverage(
        roster_id=roster.id,
        name=roster.name,
        line=roster.line,
        level=roster.level,
        expects=roster.expects,
        expected_minutes=expected // _MINUTE,
        gap_minutes=sum((gap.end - gap.start for gap, _ in joined), dt.timedelta()) // _MINUTE,
        gaps=[
            CoverageGapOut(
                id=None if row is None else row.id,
                cause=gap.cause if actor.has(Role.COORDINATOR) else gaps.shown_cause(gap.cause),
                start=gap.start,
                start_local=_local(gap.start, zone),
                end=gap.end,
                end_local=_local(gap.end, zone),
                external_cover=None if row is None else _external(session, school, row),
            )
            for gap, row in joined
        ],
    )


def _expected(session: Session, roster: Roster, window: Window) -> dt.timedelta:
    """Nobody was expected on it before it was made."""
    made = rosters.minute_of(roster.created_at)
    if window.end <= made:
        return dt.timedelta()
    window = Window(max(window.start, made), window.end)
    definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
    times = expected_times(definition, window, expects=roster.expects)
    return sum((until - since for since, until in times), dt.timedelta())


def _joined(parts: Sequence[tuple[Found, CoverageGap | None]]) -> list[tuple[Found, CoverageGap | None]]:
    """A gap that goes on past this minute is one: its past is of the record, its future of the roster."""
    joined: list[tuple[Found, CoverageGap | None]] = []
    for gap, row in sorted(parts, key=lambda part: part[0].start):
        if joined and joined[-1][0].end == gap.start and joined[-1][1] is row is not None:
            joined[-1] = (Found(joined[-1][0].start, gap.end, gap.cause), row)
        else:
            joined.append((gap, row))
    return joined


def _rows(session: Session, roster: Roster, *, start: dt.datetime, end: dt.datetime) -> list[CoverageGap]:
    """Gaps that are, or that were: one that was covered before it began never was."""
    statement = select(CoverageGap).where(
        CoverageGap.roster_id == roster.id, CoverageGap.starts_at < end, CoverageGap.ends_at > start
    )
    return [
        row
        for row in session.exec(statement.order_by(col(CoverageGap.starts_at)))
        if row.state is not GapState.COVERED or (row.closed_at is not None and row.starts_at < row.closed_at)
    ]


def _row_of(rows: Sequence[CoverageGap], gap: Found) -> CoverageGap | None:
    open_rows = (row for row in rows if row.state is GapState.OPEN and row.cause is gap.cause)
    return next((row for row in open_rows if row.starts_at < gap.end and gap.start < row.ends_at), None)


def _cause(actor: Actor, gap: CoverageGap) -> GapCause:
    """Of what is over nobody learns whether somebody was away, or why: a row of them could be counted."""
    goes_on = gap.state is GapState.OPEN and gap.ends_at > clock.now()
    return gap.cause if goes_on and actor.has(Role.COORDINATOR) else gaps.shown_cause(gap.cause)


def _external(session: Session, school: School, gap: CoverageGap) -> ExternalCoverOut | None:
    if gap.external_entry_id is None:
        return None
    entry = gaps.always_there(session, school).get(gap.external_entry_id)
    if entry is None and gap.state is GapState.OPEN:
        # What readers find no more covers nothing, also before the roster is looked at again.
        return None
    return ExternalCoverOut(entry_id=gap.external_entry_id, name=gap.external_entry_id if entry is None else entry.name)


def _local(instant: dt.datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")


def _find(session: Session, actor: Actor, gap_id: uuid.UUID) -> CoverageGap:
    gap: CoverageGap | None = session.exec(visible_gaps(actor).where(CoverageGap.id == gap_id)).one_or_none()
    if gap is None:
        raise NotFound
    return gap
