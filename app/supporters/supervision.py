"""Supervision: sessions that are planned, and whether somebody was there. Nothing of what was said has a place here.

Who was there is between a supporter and the supervisor (STUDY D11): a coordinator plans sessions and sees who is
overdue, and no attendance.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, Forbidden, InvalidRequest, NotFound
from app.identity.actors import Actor, people_with
from app.models import Person, School, SupervisionAttendee, SupervisionSession, Supporter
from app.schools import service as schools
from app.supporters import supervision_rules as rules
from app.supporters.supervision_schemas import (
    AttendancePut,
    SupervisionAttendeeOut,
    SupervisionCreate,
    SupervisionPage,
    SupervisionSessionOut,
    SupervisionUpdate,
    Supervisor,
)
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME
from app.vocabulary.training import SupervisionKind

READERS = (Role.SUPPORTER, Role.ADVISER, Role.COORDINATOR)
PLANNERS = (Role.ADVISER, Role.COORDINATOR)


class SessionBegun(Conflict):
    code, status, title = "session_begun", 409, "This session has begun, and stays as it is"


class SessionNotBegun(Conflict):
    code, status, title = "session_not_begun", 409, "Nobody can have been there yet"


def visible_sessions(actor: Actor) -> Any:
    """A coordinator sees those of the school, others those that they lead or are to be at."""
    actor.require(*READERS)
    statement = select(SupervisionSession).where(SupervisionSession.school_id == actor.require_school())
    if actor.has(Role.COORDINATOR):
        return statement
    attends = select(SupervisionAttendee.session_id).where(SupervisionAttendee.person_id == actor.person_id)
    leads = col(SupervisionSession.supervisor_id) == actor.person_id
    return statement.where(sa.or_(leads, col(SupervisionSession.id).in_(attends)))


def page(
    session: Session, actor: Actor, request: PageRequest, *, upcoming: bool, series: uuid.UUID | None
) -> SupervisionPage:
    """By when they begin. `upcoming`: those that are not over."""
    statement = visible_sessions(actor)
    if upcoming:
        statement = statement.where(SupervisionSession.ends_at > clock.now())
    if series is not None:
        statement = statement.where(SupervisionSession.series_id == series)
    cut = request.slice(statement, at=col(SupervisionSession.starts_at), row_id=col(SupervisionSession.id))
    rows, cursor = request.page(list(session.exec(cut)), place=lambda row: (row.starts_at, row.id))
    return SupervisionPage(items=_shown(session, actor, rows), next_cursor=cursor)


def get(session: Session, actor: Actor, session_id: uuid.UUID) -> SupervisionSessionOut:
    """Raises NotFound."""
    return _shown(session, actor, [_find(session, actor, session_id)])[0]


def create(session: Session, actor: Actor, body: SupervisionCreate) -> SupervisionSessionOut:
    """Plan a session, or a series; the answer is the first of it. Advisers plan those that they lead themselves.

    Raises InvalidRequest for people who cannot be there or lead it, or a time that is past.
    """
    actor.require(*PLANNERS)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    _check_supervisor(session, actor, body.supervisor)
    people = _people_of(session, school, body.attendees)
    _check_apart(people, body.supervisor)
    starts = rules.occurrences(
        body.starts_local, every_weeks=body.every_weeks, ends_on=body.ends_on, zone=schools.zone_of(school)
    )
    if starts[0] <= now:
        raise _refused("#/starts_local", "in_the_past", "A session begins later than now.")
    series, made = new_id(), []
    for start in starts:
        row = SupervisionSession(
            school_id=school.id,
            series_id=series,
            kind=body.kind,
            supervisor_id=body.supervisor,
            starts_at=start,
            ends_at=start + dt.timedelta(minutes=body.minutes),
            place=body.place,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        made.append(row)
    session.flush()
    for row in made:
        session.add_all(SupervisionAttendee(session_id=row.id, person_id=person) for person in people)
    session.flush()
    _record(session, actor, made[0], "planned", now=now)
    return _shown(session, actor, made[:1])[0]


def update(
    session: Session, actor: Actor, session_id: uuid.UUID, body: SupervisionUpdate, *, version: Version
) -> SupervisionSessionOut:
    """Raises NotFound, PreconditionFailed, Forbidden, SessionBegun, and InvalidRequest as `create` does."""
    now = clock.now()
    row = _changeable(session, actor, session_id, version=version, now=now)
    school, said = session.get_one(School, row.school_id), body.model_fields_set
    rows = [row, *(_later(session, row) if body.and_following else [])]
    if body.supervisor is not None:
        _check_supervisor(session, actor, body.supervisor)
    people = None if body.attendees is None else _people_of(session, school, body.attendees)
    if people is not None and row.kind is SupervisionKind.INDIVIDUAL and len(people) > 1:
        raise _refused("#/attendees", "more_than_one", "An individual session has one attendee.")
    if body.starts_local is not None:
        start = rules.instant_in(body.starts_local, schools.zone_of(school))
        if start <= now:
            raise _refused("#/starts_local", "in_the_past", "A session begins later than now.")
        row.starts_at, row.ends_at = start, start + (row.ends_at - row.starts_at)
    for each in rows:
        each.supervisor_id = body.supervisor or each.supervisor_id
        if body.minutes is not None:
            each.ends_at = each.starts_at + dt.timedelta(minutes=body.minutes)
        if "place" in said:
            each.place = body.place
        if people is not None:
            _put_attendees(session, each, people)
        _check_apart(_attendees_of(session, [each])[each.id], each.supervisor_id)
        each.version += 1
        each.updated_at = now
        session.add(each)
    session.flush()
    _record(session, actor, row, "changed", now=now)
    return _shown(session, actor, [row])[0]


def remove(session: Session, actor: Actor, session_id: uuid.UUID, *, and_following: bool, version: Version) -> None:
    """Call it off, and with `and_following` what is left of the series. Raises as `update` does."""
    now = clock.now()
    row = _changeable(session, actor, session_id, version=version, now=now)
    rows = [row, *(_later(session, row) if and_following else [])]
    gone = col(SupervisionAttendee.session_id).in_([each.id for each in rows])
    session.connection().execute(sa.delete(SupervisionAttendee).where(gone))
    for each in rows:
        session.delete(each)
    session.flush()
    _record(session, actor, row, "called_off", now=now)


def attend(session: Session, actor: Actor, session_id: uuid.UUID, body: AttendancePut) -> SupervisionSessionOut:
    """A supporter says it of themselves, a supervisor of whoever was to be there; what was said last counts.

    Raises NotFound for who was not to be there, Forbidden for anybody else's word, SessionNotBegun.
    """
    row = _find(session, actor, session_id)
    if body.supporter is None:
        person_id = actor.person_id
    elif row.supervisor_id == actor.person_id:
        school = session.get_one(School, row.school_id)
        [person_id] = _people_of(session, school, [body.supporter], any_=True, at="#/supporter")
    else:
        raise Forbidden("Only the supervisor says it of others.")
    attendee = session.exec(
        select(SupervisionAttendee)
        .where(SupervisionAttendee.session_id == row.id, SupervisionAttendee.person_id == person_id)
        .with_for_update()
    ).one_or_none()
    if attendee is None:
        raise NotFound
    if clock.now() < row.starts_at:
        raise SessionNotBegun
    attendee.attendance = body.attendance
    session.add(attendee)
    session.flush()
    return _shown(session, actor, [row])[0]


def _find(session: Session, actor: Actor, session_id: uuid.UUID, *, lock: bool = False) -> SupervisionSession:
    statement = visible_sessions(actor).where(SupervisionSession.id == session_id)
    row: SupervisionSession | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _changeable(
    session: Session, actor: Actor, session_id: uuid.UUID, *, version: Version, now: dt.datetime
) -> SupervisionSession:
    """One that has not begun, for a coordinator or whoever leads it."""
    actor.require(*PLANNERS)
    row = _find(session, actor, session_id, lock=True)
    if not actor.has(Role.COORDINATOR) and row.supervisor_id != actor.person_id:
        raise Forbidden("This is for coordinators, and for who leads the session.")
    version.check(_shown(session, actor, [row])[0])
    if row.starts_at <= now:
        raise SessionBegun
    return row


def _later(session: Session, row: SupervisionSession) -> list[SupervisionSession]:
    statement = (
        select(SupervisionSession)
        .where(SupervisionSession.series_id == row.series_id, SupervisionSession.starts_at > row.starts_at)
        .order_by(col(SupervisionSession.id))
        .with_for_update()
    )
    return list(session.exec(statement))


def _put_attendees(session: Session, row: SupervisionSession, people: Collection[uuid.UUID]) -> None:
    known = _attendees_of(session, [row])[row.id]
    gone = [person for person in known if person not in people]
    session.connection().execute(
        sa.delete(SupervisionAttendee).where(
            col(SupervisionAttendee.session_id) == row.id, col(SupervisionAttendee.person_id).in_(gone)
        )
    )
    session.expire_all()
    session.add_all(
        SupervisionAttendee(session_id=row.id, person_id=person) for person in people if person not in known
    )
    session.flush()


def _check_supervisor(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Nobody has one of these roles who assesses students of the school (identity/role_rules.py)."""
    if not actor.has(Role.COORDINATOR) and person_id != actor.person_id:
        raise _refused("#/supervisor", "not_oneself", "An adviser plans what they lead; a coordinator plans any.")
    if person_id not in people_with(session, actor.require_school(), *PLANNERS):
        raise _refused("#/supervisor", "no_supervisor", "An adviser or a coordinator of this school.")


def _check_apart(people: Collection[uuid.UUID], supervisor: uuid.UUID) -> None:
    if supervisor in people:
        raise _refused("#/attendees", "own_supervisor", "Nobody supervises themselves.")


def _people_of(
    session: Session,
    school: School,
    supporter_ids: Sequence[uuid.UUID],
    *,
    any_: bool = False,
    at: str = "#/attendees",
) -> list[uuid.UUID]:
    """The people behind supporters, in order; `any_`: also those who are of the programme no more."""
    statement = select(Supporter).where(Supporter.school_id == school.id, col(Supporter.id).in_(supporter_ids))
    rows = [row for row in session.exec(statement) if any_ or row.status in OF_THE_PROGRAMME]
    if len(rows) < len(supporter_ids):
        raise _refused(at, "unknown_supporter", "Everybody who attends is a supporter of this school.")
    return [row.person_id for row in sorted(rows, key=lambda row: supporter_ids.index(row.id))]


def _attendees_of(
    session: Session, rows: Sequence[SupervisionSession]
) -> dict[uuid.UUID, dict[uuid.UUID, SupervisionAttendee]]:
    found: dict[uuid.UUID, dict[uuid.UUID, SupervisionAttendee]] = defaultdict(dict)
    statement = select(SupervisionAttendee).where(col(SupervisionAttendee.session_id).in_([row.id for row in rows]))
    for each in session.exec(statement):
        found[each.session_id][each.person_id] = each
    return found


def _shown(session: Session, actor: Actor, rows: Sequence[SupervisionSession]) -> list[SupervisionSessionOut]:
    attendees = _attendees_of(session, rows)
    named = {row.supervisor_id for row in rows} | {person for each in attendees.values() for person in each}
    people = {each.id: each for each in session.exec(select(Person).where(col(Person.id).in_(named)))}
    supporters = dict(
        session.exec(select(Supporter.person_id, Supporter.id).where(col(Supporter.person_id).in_(named))).all()
    )
    shown = []
    for row in rows:
        leads = row.supervisor_id == actor.person_id
        others = leads or actor.has(Role.COORDINATOR)
        lines = [
            SupervisionAttendeeOut(
                supporter=supporters[each.person_id],
                alias=people[each.person_id].alias,
                attendance=each.attendance if leads or each.person_id == actor.person_id else None,
            )
            for each in attendees[row.id].values()
            if others or each.person_id == actor.person_id
        ]
        supervisor = people[row.supervisor_id]
        shown.append(
            SupervisionSessionOut(
                id=row.id,
                series=row.series_id,
                kind=row.kind,
                supervisor=Supervisor(person=supervisor.id, alias=supervisor.alias, active=supervisor.active),
                start=row.starts_at,
                end=row.ends_at,
                place=row.place,
                attendees=sorted(lines, key=lambda line: (line.alias, line.supporter)),
                version=row.version,
            )
        )
    return shown


def _record(session: Session, actor: Actor, row: SupervisionSession, what: str, *, now: dt.datetime) -> None:
    """Plans alone: who says that they were there is in no trail."""
    trail.record(
        session,
        action=f"supervision.{what}",
        school_id=row.school_id,
        person_id=actor.person_id,
        subject=row.id,
        now=now,
    )


def _refused(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
