"""Gaps as rows: found on every write that can cause one and as time passes, told once for each nearness, closed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import Session, select

from app.core.clock import hour_of
from app.directory import catalogue
from app.directory.entries import Entry
from app.events import outbox
from app.events.duty import CoverageGapClosed, CoverageGapLive, CoverageGapUpcoming
from app.identity.actors import people_with
from app.models import CoverageGap, Roster, School
from app.rosters import duty, records
from app.rosters.definition import Roster as Definition
from app.rosters.definition import Window
from app.rosters.gap_finding import Found, find
from app.rosters.rendering import render
from app.vocabulary import GapCause, GapNotice, GapState, Level, Role
from app.webhooks import service as webhooks
from app.work import queue
from app.work.queue import Item

LOOK = "rosters.look"
SWEEP = "rosters.sweep"
SWEEP_EVERY = dt.timedelta(hours=1)
# Work for a school: somebody is there where nobody was. Rosters know nobody who pages, so kinds.py says who does it.
FILLED = "rosters.filled"
# How far ahead gaps are looked for (roster-semantics).
HORIZON = dt.timedelta(days=90)
NEAR = {
    GapNotice.DAYS_28: dt.timedelta(days=28),
    GapNotice.DAYS_14: dt.timedelta(days=14),
    GapNotice.DAYS_7: dt.timedelta(days=7),
    GapNotice.DAYS_2: dt.timedelta(days=2),
    GapNotice.LIVE: dt.timedelta(),
}
_ORDER = tuple(NEAR)
_LEVELS = tuple(Level)
# Causes that say something about a person; whoever does not plan rosters sees that nobody is there.
PERSONAL = frozenset(
    {GapCause.PAUSED, GapCause.TRAINING_LAPSED, GapCause.LEAVE, GapCause.EXAM_WINDOW, GapCause.PLACEMENT}
)


def shown_cause(cause: GapCause) -> GapCause:
    """A cause as anybody but a coordinator sees it: a pause is nobody's business (STUDY D10, J8)."""
    return GapCause.UNFILLED if cause in PERSONAL else cause


def find_in(session: Session, roster: Roster, definition: Definition, window: Window) -> tuple[Found, ...]:
    """The gaps of a definition of this roster, with the contacts and the other levels as they are now."""
    rendering = render(definition, window)
    people = {uuid.UUID(person) for segment in rendering.segments for person in segment.on_call}
    reachable = webhooks.reachable(session, people)
    earlier = [
        render(duty.definition_of(session, other, start=window.start, end=window.end), window)
        for level in _LEVELS[: _LEVELS.index(roster.level)]
        for other in duty.at_level(session, roster.school_id, roster.line, level)
    ]
    return find(
        definition,
        window,
        expects=roster.expects,
        unreachable={str(person) for person in people - reachable},
        earlier=earlier,
        rendering=rendering,
    )


def reconcile(session: Session, roster: Roster, *, now: dt.datetime, written: bool = True) -> list[CoverageGap]:
    """Make the open gaps of a roster those that there are, tell what is near, and come again when one gets nearer.

    The caller holds the roster's row. `written`: something was changed, which can matter to the levels asked later.
    """
    minute = now.replace(second=0, microsecond=0)
    window = Window(minute, minute + HORIZON)
    definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
    found = find_in(session, roster, definition, window)
    rows = _match(session, roster, found, now=now, minute=minute)
    _end_cover(session, roster, rows)
    for row in rows:
        _tell(session, roster, row, now=now)
    _come_again(session, roster, rows, now=now)
    if written:
        for level in _LEVELS[_LEVELS.index(roster.level) + 1 :]:
            for other in duty.at_level(session, roster.school_id, roster.line, level):
                look_soon(session, other.id, now=now)
    return rows


def look_soon(session: Session, roster_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Have somebody look at a roster at once, in a transaction of its own."""
    # Without a key: one that is being done this moment may have looked already.
    queue.enqueue(session, LOOK, roster_id, due_at=now, now=now)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Write down who was on call so far, and see which gaps there are. Safe to repeat."""
    roster = session.exec(select(Roster).where(Roster.id == item.subject).with_for_update()).one_or_none()
    if roster is not None:
        records.record(session, roster, until=now.replace(second=0, microsecond=0))
        reconcile(session, roster, now=now, written=False)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Look at every roster of the deployment, and come again in an hour: the horizon moves on with time."""
    queue.enqueue_for_each(session, LOOK, session.exec(select(Roster.id)), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def school_changed(session: Session, item: Item, now: dt.datetime) -> None:
    """Somebody's endpoint works, or no longer does; or they have another role: look at the rosters of their school."""
    look_at_school(session, item.subject, now=now)


def look_at_school(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Have somebody look at all its rosters at once, each in a transaction of its own."""
    for roster_id in session.exec(select(Roster.id).where(Roster.school_id == school_id)):
        look_soon(session, roster_id, now=now)


def _match(
    session: Session, roster: Roster, found: Sequence[Found], *, now: dt.datetime, minute: dt.datetime
) -> list[CoverageGap]:
    """The open rows after this: each gap keeps its row while it moves, grows, shrinks or changes its cause.

    One that has begun and is not there this minute is over, and so is one that was told to be nearer than what is left
    of it: what goes on later is another gap, and told of in its time. No gap begins in silence.
    """
    statement = select(CoverageGap).where(CoverageGap.roster_id == roster.id, CoverageGap.state == GapState.OPEN)
    known = list(session.exec(statement))
    pairs = sorted(
        (
            (_overlap(row, gap), row.cause is gap.cause, -place, number)
            for place, gap in enumerate(found)
            for number, row in enumerate(known)
            if (row.starts_at >= minute or gap.start == minute) and not _nearer_than(row.notice, gap, now=now)
            if _overlap(row, gap) > dt.timedelta() or (row.cause is gap.cause and _touch(row, gap))
        ),
        reverse=True,
    )
    row_of: dict[int, CoverageGap] = {}
    used: set[int] = set()
    for _, _, minus_place, number in pairs:
        if -minus_place not in row_of and number not in used:
            row_of[-minus_place] = known[number]
            used.add(number)
    before = [(row.starts_at, row.ends_at, row.notice, row.external_entry_id) for row in known]
    open_rows = []
    for place, gap in enumerate(found):
        row = row_of.get(place) or _new(roster, gap, now=now)
        if place in row_of:
            _follow(row, gap, minute=minute)
        # What was told of the whole holds for its parts, and of the parts for the whole. What was declared of it holds
        # for its parts, and for nothing that is longer than what it was declared for.
        row.external_entry_id = None
        for starts_at, ends_at, notice, entry in before:
            if starts_at < gap.end and gap.start < ends_at:
                row.notice = max(row.notice, min(notice, _near(gap.start, now=now), key=_order), key=_order)
                endless = ends_at > minute + HORIZON - 2 * SWEEP_EVERY
                if starts_at <= row.starts_at and (gap.end <= ends_at or endless):
                    row.external_entry_id = row.external_entry_id or entry
        session.add(row)
        open_rows.append(row)
    for number, row in enumerate(known):
        if number not in used:
            merged = any(gap.start <= max(row.starts_at, minute) < gap.end for gap in found)
            _close(session, roster, row, now=now, minute=minute, tell=not merged)
    session.flush()
    return open_rows


def _end_cover(session: Session, roster: Roster, rows: Sequence[CoverageGap]) -> None:
    """What was declared covers as long as the school's readers find it; then the gap is told of as any other."""
    declared = [row for row in rows if row.external_entry_id is not None]
    if not declared:
        return
    there = always_there(session, session.get_one(School, roster.school_id))
    for row in declared:
        if row.external_entry_id not in there:
            row.external_entry_id = None
            row.version += 1
            session.add(row)
    session.flush()


def always_there(session: Session, school: School) -> dict[str, Entry]:
    """The entries that can stand in for the school's own people: what all readers get, and is open day and night."""
    entries = catalogue.catalogue_of(session, school).entries
    return {entry.id: entry for entry in entries if entry.always_open and entry.in_region(school.region)}


def _near(start: dt.datetime, *, now: dt.datetime) -> GapNotice | None:
    """The nearest notice that a gap with this start has reached."""
    return next((notice for notice in reversed(_ORDER) if start - now <= NEAR[notice]), None)


def _order(notice: GapNotice | None) -> int:
    return -1 if notice is None else _ORDER.index(notice)


def _nearer_than(told: GapNotice | None, gap: Found, *, now: dt.datetime) -> bool:
    return _order(told) > _order(_near(gap.start, now=now))


def _new(roster: Roster, gap: Found, *, now: dt.datetime) -> CoverageGap:
    return CoverageGap(
        school_id=roster.school_id,
        roster_id=roster.id,
        cause=gap.cause,
        starts_at=gap.start,
        ends_at=gap.end,
        state=GapState.OPEN,
        found_at=now,
    )


def _follow(row: CoverageGap, gap: Found, *, minute: dt.datetime) -> None:
    """What has begun began when it did; everything ahead is as it is now."""
    start = row.starts_at if gap.start == minute and row.starts_at < minute else gap.start
    changed = (start, gap.end, gap.cause, GapState.OPEN) != (row.starts_at, row.ends_at, row.cause, row.state)
    row.starts_at, row.ends_at, row.cause, row.state, row.closed_at = start, gap.end, gap.cause, GapState.OPEN, None
    row.version += changed


def _close(
    session: Session, roster: Roster, row: CoverageGap, *, now: dt.datetime, minute: dt.datetime, tell: bool
) -> None:
    """`tell` is False for one that has become part of another: nobody is there all the same."""
    row.state = GapState.PASSED if row.ends_at <= minute else GapState.COVERED
    row.closed_at = now
    row.version += 1
    if row.state is GapState.COVERED and row.starts_at <= minute:
        queue.enqueue(session, FILLED, roster.school_id, due_at=now, now=now)
    if row.starts_at < minute < row.ends_at:
        row.ends_at = minute
    session.add(row)
    if row.notice is not None and tell:
        school = session.get_one(School, roster.school_id)
        data = CoverageGapClosed(
            school=school.slug, gap_id=row.id, line=roster.line, level=roster.level, state=row.state
        )
        who = watchers(session, school.id)
        outbox.emit(session, "coverage.gap_closed", data, school_id=school.id, now=hour_of(now), tell=who)


def _tell(session: Session, roster: Roster, row: CoverageGap, *, now: dt.datetime) -> None:
    """Once for each nearness; a gap found late is told of as near as it is. Not where an external service stands in.

    Kept to the hour, as all notices of gaps are: beside a report that paged somebody a minute would say when.
    """
    near = _near(row.starts_at, now=now)
    if near is None or row.external_entry_id is not None or _order(near) <= _order(row.notice):
        return
    row.notice = near
    session.add(row)
    school = session.get_one(School, roster.school_id)
    who = watchers(session, school.id)
    cause = shown_cause(row.cause)
    if row.notice is GapNotice.LIVE:
        live = CoverageGapLive(
            school=school.slug,
            line=roster.line,
            level=roster.level,
            cause=cause,
            since=row.starts_at,
            gap_id=row.id,
        )
        outbox.emit(session, "coverage.gap_live", live, school_id=school.id, now=hour_of(now), tell=who)
        return
    upcoming = CoverageGapUpcoming(
        school=school.slug,
        gap_id=row.id,
        line=roster.line,
        level=roster.level,
        cause=cause,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        notice=row.notice,
    )
    outbox.emit(session, "coverage.gap_upcoming", upcoming, school_id=school.id, now=hour_of(now), tell=who)


def _come_again(session: Session, roster: Roster, rows: Sequence[CoverageGap], *, now: dt.datetime) -> None:
    """When the first of them gets nearer, begins or ends. Later looks come with the sweep.

    One that somebody is about to take this moment is there: they wait for the roster, which the caller has locked, and
    look after us. To add another would wait for them in turn.
    """
    times = [row.starts_at - before for row in rows for before in NEAR.values()]
    times += [row.ends_at for row in rows]
    ahead = [time for time in times if time > now]
    if ahead:
        due = min(ahead)
        key = f"{LOOK}/{roster.id}/{due.isoformat()}"
        if not queue.is_there(session, key):
            queue.enqueue(session, LOOK, roster.id, due_at=due, now=now, key=key)


def watchers(session: Session, school_id: uuid.UUID) -> list[uuid.UUID]:
    """Who must know that nobody is there: coordinators and sponsors."""
    return people_with(session, school_id, Role.COORDINATOR, Role.SPONSOR)


def _overlap(row: CoverageGap, gap: Found) -> dt.timedelta:
    return max(min(row.ends_at, gap.end) - max(row.starts_at, gap.start), dt.timedelta())


def _touch(row: CoverageGap, gap: Found) -> bool:
    return row.ends_at == gap.start or gap.end == row.starts_at
