"""Who has gone too long without supervision: seen by them and by coordinators, told once, and held against nobody."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core import clock
from app.core.problems import NotFound
from app.events import outbox
from app.events.programme import SupervisionOverdue
from app.identity.actors import Actor, people_with
from app.models import Absence, School, SupervisionAttendee, SupervisionClock, SupervisionSession, Supporter
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters import supervision_rules as rules
from app.supporters.supervision_rules import Pause
from app.supporters.supervision_schemas import SupporterSupervision
from app.vocabulary import AbsenceKind, Role
from app.vocabulary.supporters import SERVES
from app.vocabulary.training import Attendance

# Who was at a session is of use to nobody after a year.
KEPT = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of somebody who serves: the instant from which their time counts, later by pauses that are over (`moved`), and
    the day of the school by which the next is due; None in a pause."""

    since: dt.datetime
    due_by: dt.date | None
    moved: bool

    def is_overdue(self, today: dt.date) -> bool:
        """Not before that day is over: they may be on their way to it."""
        return self.due_by is not None and self.due_by < today


def own(session: Session, actor: Actor) -> SupporterSupervision:
    """Raises NotFound for who is no supporter."""
    actor.require(Role.SUPPORTER)
    row = supporters.own(session, actor)
    if row is None:
        raise NotFound
    return _shown(session, row, theirs=True)


def of_supporter(session: Session, actor: Actor, supporter_id: uuid.UUID) -> SupporterSupervision:
    """Raises NotFound."""
    actor.require(Role.COORDINATOR)
    return _shown(session, supporters.find(session, actor, supporter_id), theirs=False)


def look(session: Session, school: School, rows: Sequence[Supporter], *, now: dt.datetime) -> None:
    """Begin to count for who serves, stop for who does no more, and tell of who is overdue, once. Safe to repeat."""
    clocks = {each.person_id: each for each in session.exec(_clocks(school.id).with_for_update())}
    serving = {row.person_id: row for row in rows if row.status in SERVES}
    for person_id, each in clocks.items():
        if person_id not in serving:
            session.delete(each)
    for person_id in serving.keys() - clocks.keys():
        begun = SupervisionClock(person_id=person_id, school_id=school.id, counts_from=now, pauses_until=now)
        session.add(begun)
    session.flush()
    today = schools.today(school, now=now)
    counted = counted_of(session, school, set(serving) & clocks.keys(), now=now)
    for person_id, found in sorted(counted.items()):
        each = clocks[person_id]
        if found.moved:
            each.counts_from = found.since
        if found.due_by is not None:
            each.pauses_until = now
        session.add(each)
        if found.is_overdue(today) and (each.told_from is None or found.since > each.told_from):
            each.told_from = found.since
            session.add(each)
            data = SupervisionOverdue(school=school.slug, supporter_id=serving[person_id].id)
            who = {person_id, *people_with(session, school.id, Role.COORDINATOR)}
            outbox.emit(session, "supervision.overdue", data, school_id=school.id, now=now, tell=who, only_people=True)


def anybody_overdue(session: Session, school: School, *, now: dt.datetime) -> bool:
    """Whether somebody who serves at a school has gone too long without supervision."""
    serving = select(Supporter.person_id).where(Supporter.school_id == school.id, col(Supporter.status).in_(SERVES))
    counted, today = counted_of(session, school, session.exec(serving).all(), now=now), schools.today(school, now=now)
    return any(each.is_overdue(today) for each in counted.values())


def counted_of(
    session: Session, school: School, people: Collection[uuid.UUID], *, now: dt.datetime
) -> dict[uuid.UUID, Counted]:
    """Of everybody among `people` whose time counts."""
    clocks = session.exec(_clocks(school.id).where(col(SupervisionClock.person_id).in_(people))).all()
    last = _last_attended(session, people, now=now)
    pauses = _pauses(session, people)
    weeks, zone = schools.policies_of(school).training.supervision_weeks, schools.zone_of(school)
    found = {}
    for each in clocks:
        since = max(each.counts_from, last.get(each.person_id, each.counts_from))
        new = [pause for pause in pauses[each.person_id] if pause[1] is None or pause[1] > each.pauses_until]
        if rules.is_paused(new, now=now):
            found[each.person_id] = Counted(since, None, moved=False)
            continue
        due = rules.due_at(since, weeks=weeks, pauses=[pause for pause in new if pause[0] <= now])
        moved_to = since if due is None else due - weeks * rules.WEEK
        due_by = None if due is None else due.astimezone(zone).date()
        found[each.person_id] = Counted(moved_to, due_by, moved=moved_to > since)
    return found


def _shown(session: Session, row: Supporter, *, theirs: bool) -> SupporterSupervision:
    school, now = session.get_one(School, row.school_id), clock.now()
    counted = counted_of(session, school, [row.person_id], now=now).get(row.person_id)
    if row.status not in SERVES:
        counted = None
    return SupporterSupervision(
        supporter=row.id,
        overdue=counted is not None and counted.is_overdue(schools.today(school, now=now)),
        due_by=counted.due_by if theirs and counted is not None else None,
        next=_next(session, row.person_id, now=now),
    )


def _next(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> dt.datetime | None:
    statement = (
        select(SupervisionSession.starts_at)
        .join(SupervisionAttendee, col(SupervisionAttendee.session_id) == col(SupervisionSession.id))
        .where(SupervisionAttendee.person_id == person_id, SupervisionSession.starts_at > now)
    )
    return session.exec(statement.order_by(col(SupervisionSession.starts_at)).limit(1)).first()


def _clocks(school_id: uuid.UUID) -> SelectOfScalar[SupervisionClock]:
    return select(SupervisionClock).where(SupervisionClock.school_id == school_id)


def _last_attended(
    session: Session, people: Collection[uuid.UUID], *, now: dt.datetime
) -> dict[uuid.UUID, dt.datetime]:
    statement = (
        select(SupervisionAttendee.person_id, SupervisionSession.starts_at)
        .join(SupervisionSession, col(SupervisionSession.id) == col(SupervisionAttendee.session_id))
        .where(
            col(SupervisionAttendee.person_id).in_(people),
            SupervisionAttendee.attendance == Attendance.ATTENDED,
            SupervisionSession.starts_at <= now,
        )
        .order_by(col(SupervisionSession.starts_at))
    )
    return dict(session.exec(statement).all())


def _pauses(session: Session, people: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Pause]]:
    found: dict[uuid.UUID, list[Pause]] = defaultdict(list)
    statement = select(Absence).where(
        col(Absence.person_id).in_(people), Absence.kind == AbsenceKind.PAUSED, col(Absence.removed_at).is_(None)
    )
    for each in session.exec(statement):
        found[each.person_id].append((each.starts_at, each.ends_at))
    return found


def forget(session: Session, school: School, *, now: dt.datetime) -> None:
    """Sessions that were too long ago, with who was there. Safe to repeat."""
    old = sa.select(col(SupervisionSession.id)).where(
        col(SupervisionSession.school_id) == school.id, col(SupervisionSession.starts_at) < now - KEPT
    )
    ask = session.connection().execute
    ask(sa.delete(SupervisionAttendee).where(col(SupervisionAttendee.session_id).in_(old)))
    ask(sa.delete(SupervisionSession).where(col(SupervisionSession.id).in_(old)))
