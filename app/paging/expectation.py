"""What a reporter or supporter can expect: computed from rosters and hours, in words that hold (J6)."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.directory import catalogue, opening_hours
from app.directory.catalogue import Catalogue, Place
from app.identity.actors import people_with
from app.models import Escalation, School
from app.paging import asking
from app.paging import service as paging
from app.paging.schemas import Expect
from app.paging.service import Standing
from app.rosters import duty, words
from app.schools import service as schools
from app.vocabulary import EscalationState, Level, Role, RosterLine

BEING_PAGED = (
    "Somebody is on duty and is being paged now. If they have not answered by this time, the next person is asked, and "
    "that is shown here."
)
ASKED_UNSURE = (
    "Somebody has been asked, but we cannot tell yet that they can be reached. Please do not wait for us: the services "
    "listed here answer now."
)
NOBODY_NOW = (
    "Nobody from the programme can answer right now. This is when somebody is next on duty. Please do not wait for us: "
    "the services listed here answer now."
)
TAKEN_ON = (
    "Somebody has taken this on. If they have not written by this time, the next person is asked, and that is shown "
    "here."
)
READ_NOW = "Somebody is there to read your report now."
READ_NOW_UNTIL = "Somebody is there to read your report now. Reading hours end on {end}, by the school's clock."
READ_FROM = "Somebody is there to read your report from {start}, by the school's clock."
ANSWERED = "Somebody has answered. What they wrote is in the conversation."
NOBODY_AT_ALL = (
    "Nobody from the programme can answer, and we cannot say when somebody will. Please turn to the services listed "
    "here: they answer now."
)


def of_paging(
    session: Session,
    school: School,
    standing: Standing,
    *,
    line: RosterLine,
    now: dt.datetime,
    excluded: Collection[uuid.UUID],
    in_reading_hours: bool,
) -> Expect:
    """After paging: who was reached is known only later, so this says what is true at this moment.

    The hours of `excluded` promise nothing: for them it does not exist. `in_reading_hours`: those who read reports
    find it, too.
    """
    found = catalogue.catalogue_of(session, school)
    if standing.state is EscalationState.OPEN and standing.reachable:
        return _expect(found, school, staffed=True, read_by=standing.due_at, basis=BEING_PAGED, now=now)
    if standing.state is EscalationState.OPEN:
        return _expect(found, school, staffed=False, read_by=None, basis=ASKED_UNSURE, now=now)
    # Exhausted: the only time there may be is that at which somebody is asked again, which is a row (decision 9).
    reading = None
    # Who reads reports inside the programme may never read what is for independent handlers (J14).
    if in_reading_hours and line is not RosterLine.INDEPENDENT_ADVICE:
        reading = next_reading(session, school, after=now, excluded=excluded)
    times = [time for time in (standing.due_at, reading) if time is not None and time > now]
    if not times:
        return _expect(found, school, staffed=False, read_by=None, basis=NOBODY_AT_ALL, now=now)
    return _expect(found, school, staffed=False, read_by=min(times), basis=NOBODY_NOW, now=now)


def of_nobody(session: Session, school: School, *, basis: str, now: dt.datetime) -> Expect:
    """Of what nobody will answer any more, because whoever asked has taken it back."""
    return _expect(catalogue.catalogue_of(session, school), school, staffed=False, read_by=None, basis=basis, now=now)


def as_it_stands(
    session: Session,
    school: School,
    escalation: Escalation | None,
    promise: dict[str, Any],
    *,
    now: dt.datetime,
    in_reading_hours: bool,
) -> Expect:
    """What is true now for whoever comes back: of a matter that pages somebody, by where its escalation stands.

    Of one that can wait it is what was promised, which stays a fact.
    """
    if escalation is None:
        return Expect(**{**promise, "fallback": catalogue.fallback(session, school, at=now)})
    found = catalogue.catalogue_of(session, school)
    if escalation.answered_at is not None:
        return _expect(found, school, staffed=False, read_by=None, basis=ANSWERED, now=now)
    if escalation.state is EscalationState.ACKNOWLEDGED:
        return _expect(found, school, staffed=True, read_by=escalation.next_due_at, basis=TAKEN_ON, now=now)
    return of_paging(
        session,
        school,
        paging.standing(session, escalation),
        line=escalation.line,
        now=now,
        excluded=asking.kept_out(session, escalation),
        in_reading_hours=in_reading_hours,
    )


def when_read(
    session: Session,
    school: School,
    found: Catalogue,
    *,
    now: dt.datetime,
    excluded: Collection[uuid.UUID] = frozenset(),
) -> Expect:
    """For a report that can wait: the school's reading hours, where somebody who may know of it is there to read.

    The sentence is made of the same instants as `read_by`: what a school writes of its hours can be wrong.
    """
    start = next_reading(session, school, after=now, excluded=excluded)
    if start is None:
        return _expect(found, school, staffed=False, read_by=None, basis=NOBODY_AT_ALL, now=now)
    if start <= now:
        closes = opening_hours.next_change(
            schools.policies_of(school).reading_hours,
            after=now,
            zone=schools.zone_of(school),
            public_holidays=schools.public_holidays(school, around=now),
        )
        basis = READ_NOW if closes is None else READ_NOW_UNTIL.format(end=_said(closes, school))
        return _expect(found, school, staffed=True, read_by=closes, basis=basis, now=now)
    basis = READ_FROM.format(start=_said(start, school))
    return _expect(found, school, staffed=False, read_by=start, basis=basis, now=now)


def next_reading(
    session: Session, school: School, *, after: dt.datetime, excluded: Collection[uuid.UUID] = frozenset()
) -> dt.datetime | None:
    """The next instant within reading hours at which somebody reads: from the triage roster where there is one.

    `after` itself when that is now; None when nobody reads here, or not within the days that can be foreseen.
    """
    readers = set(people_with(session, school.id, Role.TRIAGER)).difference(excluded)
    if not readers:
        return None
    hours = schools.policies_of(school).reading_hours
    rosters = duty.at_level(session, school.id, RosterLine.TRIAGE, Level.PRIMARY)
    at = after
    for _ in range(14):
        opens = _next_opening(hours, catalogue.place_of(school), at)
        if opens is None or not rosters:
            return opens
        cover = duty.next_cover(session, rosters, after=opens, among=readers)
        if cover is None or cover <= opens:
            return opens if cover is not None else None
        at = cover
    return None


def _next_opening(hours: str, place: Place, after: dt.datetime) -> dt.datetime | None:
    """`after` itself when it is open then. Within a minute the answer is the same for everyone, and is kept."""
    minute = after.replace(second=0, microsecond=0)
    opens = _opening_from(hours, place, minute)
    return after if opens == minute else opens


@functools.lru_cache(maxsize=1024)
def _opening_from(hours: str, place: Place, minute: dt.datetime) -> dt.datetime | None:
    country, region, time_zone, local_days = place
    zone = ZoneInfo(time_zone)
    holidays = schools.holidays_around(country, region, minute.astimezone(zone).year, local_days)
    return opening_hours.next_opening(hours, after=minute, zone=zone, public_holidays=holidays)


def kept(expect: Expect) -> dict[str, Any]:
    """What is kept of a promise, as a fact: the entries are found again when it is shown."""
    return expect.model_dump(mode="json", exclude={"fallback"})


def _expect(
    found: Catalogue, school: School, *, staffed: bool, read_by: dt.datetime | None, basis: str, now: dt.datetime
) -> Expect:
    whole = None if read_by is None else _up_to_minute(read_by)
    return Expect(
        staffed_now=staffed,
        read_by=whole,
        read_by_local=local_text(whole, school),
        basis=basis,
        fallback=catalogue.fallback_from(found, school, at=now),
    )


def _said(instant: dt.datetime, school: School) -> str:
    """As in Mon 2 Nov 2026 09:00, on the school's clock."""
    return words.moment(_up_to_minute(instant), schools.zone_of(school))


def _up_to_minute(instant: dt.datetime) -> dt.datetime:
    """Rounded up: a promise is never earlier than what it was computed from."""
    if instant.second == 0 and instant.microsecond == 0:
        return instant
    return instant.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)


def local_text(instant: dt.datetime | None, school: School) -> str | None:
    """RFC 3339 with the school's own offset, for people to read."""
    if instant is None:
        return None
    local = instant.astimezone(schools.zone_of(school))
    return local.isoformat(timespec="seconds")
