"""Which line a matter goes to: the wanted one, or the next of clinical, academic, independent that is staffed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlmodel import Session

from app.identity.actors import people_with
from app.rosters import duty
from app.rosters.stored import CoverageNow, LineCoverage
from app.vocabulary import ADVICE_LINES, Level, Role, RosterLine
from app.webhooks import service as webhooks


def staffed(
    session: Session,
    school_id: uuid.UUID,
    line: RosterLine,
    *,
    now: dt.datetime,
    excluded: Collection[uuid.UUID] = frozenset(),
) -> bool:
    """Whether somebody with a working contact, and not among `excluded`, is on the line now, as primary or backup."""
    return any(
        set(duty.duty(session, school_id, line=line, level=level, now=now).reachable).difference(excluded)
        for level in (Level.PRIMARY, Level.BACKUP)
    )


def choose_line(
    session: Session,
    school_id: uuid.UUID,
    wanted: RosterLine,
    *,
    now: dt.datetime,
    excluded: Collection[uuid.UUID],
    last_resort: RosterLine | None,
) -> RosterLine:
    """The line to page now. With nobody anywhere: the first of them that has a roster at all, else the wanted one.

    `excluded` will not be asked, and staff no line. `last_resort` is asked when no advice line is staffed: for a
    report, the people who read reports.
    """
    resort = () if last_resort is None else (last_resort,)
    candidates: list[RosterLine] = list(dict.fromkeys((wanted, *ADVICE_LINES, *resort)))
    for line in candidates:
        if staffed(session, school_id, line, now=now, excluded=excluded):
            return line
    return next((line for line in candidates if duty.has_roster(session, school_id, line)), wanted)


def has_advisers(session: Session, school_id: uuid.UUID) -> bool:
    """Whether there is a roster of advisers at all, whoever is on it."""
    return any(duty.has_roster(session, school_id, line) for line in ADVICE_LINES[:2])


def lines_after(wanted: RosterLine) -> list[RosterLine]:
    """The lines that a matter may be asked on later: independent handlers have no substitute inside (J14)."""
    if wanted is RosterLine.INDEPENDENT_ADVICE:
        return [wanted]
    return list(dict.fromkeys((wanted, *ADVICE_LINES)))


def next_cover(
    session: Session,
    school_id: uuid.UUID,
    wanted: RosterLine,
    *,
    now: dt.datetime,
    excluded: Collection[uuid.UUID] = frozenset(),
    levels: Collection[Level] = (Level.PRIMARY,),
) -> dt.datetime | None:
    """When somebody who can be reached and asked is next on any line that `wanted` falls to, within 14 days.

    `now` where that is a primary; who is on at another level now comes on no more.
    """
    people = webhooks.reachable(session, set(people_with(session, school_id, *Role)).difference(excluded))
    times = []
    for line in lines_after(wanted):
        for level in sorted(levels):
            for roster in duty.at_level(session, school_id, line, level):
                time = duty.next_cover(session, [roster], after=now, among=people)
                if time is not None and (time > now or level is Level.PRIMARY):
                    times.append(time)
    return min(times, default=None)


def coverage_now(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> CoverageNow:
    """Staffed or not, line by line. Lines without a roster are lines that nobody is on."""
    return CoverageNow(
        lines=[
            LineCoverage(line=line, staffed=staffed(session, school_id, line, now=now)) for line in sorted(RosterLine)
        ]
    )
