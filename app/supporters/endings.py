"""The last day of a supporter: said by them or a coordinator, told when it comes near, and kept off rosters beyond it.

What has to be handed over by then is above this: app/programme/stepping_down.py.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.events import outbox
from app.events.succession import SuccessionDue
from app.identity import role_giving
from app.identity.actors import Actor, people_with
from app.identity.grant_states import NOT_ENDED
from app.models import Person, RoleGrant, School, Supporter
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters.ending_schemas import ExpectedEndOut, ExpectedEndUpdate
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, SERVES, SupporterStatus
from app.work import queue
from app.work.queue import Item

SWEEP = "supporters.sweep_endings"
LOOK = "supporters.endings"
SWEEP_EVERY = dt.timedelta(hours=1)
# Work about a supporter; kinds.py says who does it, because what is handed over is above this.
OVER = "supporters.over"
# So long it takes to find somebody, and to show them (J9).
NOTICE = dt.timedelta(days=120)


class NotInProgramme(Conflict):
    code, status, title = "not_in_programme", 409, "This person is not in the programme"


def own(session: Session, actor: Actor, *, lock: bool = False) -> Supporter:
    """Raises NotFound for somebody who never was on the way into the programme."""
    row = supporters.own(session, actor, lock=lock)
    if row is None:
        raise NotFound
    return row


def shown(session: Session, row: Supporter) -> ExpectedEndOut:
    return ExpectedEndOut(
        id=row.id,
        person=row.person_id,
        alias=session.get_one(Person, row.person_id).alias,
        status=row.status,
        expected_end=row.expected_end,
        ends_at=row.ends_at,
        version=row.version,
    )


def update(
    session: Session, actor: Actor, row: Supporter, body: ExpectedEndUpdate, *, version: Version
) -> ExpectedEndOut:
    """Say the last day, or that none is known. The caller has locked the row.

    Raises PreconditionRequired, PreconditionFailed, NotInProgramme, and InvalidRequest for a day that is past.
    """
    version.check(shown(session, row))
    now = clock.now()
    refuse_outsiders(row)
    if body.expected_end is None and row.status is SupporterStatus.STEPPING_DOWN:
        row.status = SupporterStatus.ACTIVE
    put(session, row, body.expected_end, pointer="#/expected_end", now=now)
    record(session, actor, row, "supporter.expected_end_changed", now=now)
    return shown(session, row)


def put(session: Session, row: Supporter, day: dt.date | None, *, pointer: str, now: dt.datetime) -> None:
    """Keep the day; rosters are looked at anew for what it leaves open. Raises InvalidRequest for a day past."""
    school = session.get_one(School, row.school_id)
    if day is not None and day < schools.today(school, now=now):
        detail = "The past is a record: somebody goes today or later."
        raise InvalidRequest(errors=[{"pointer": pointer, "code": "in_the_past", "detail": detail}])
    row.expected_end, row.ends_at = day, None if day is None else over_at(school, day)
    row.version += 1
    row.updated_at = now
    session.add(row)
    session.flush()
    if row.ends_at is not None:
        # The look of each hour finds them too, and later.
        key = f"{OVER}/{row.id}/{row.expected_end}"
        queue.enqueue(session, OVER, row.id, due_at=row.ends_at, now=now, key=key)
    _tell_if_near(session, school, row, now=now)
    queue.enqueue(session, role_giving.CHANGED, school.id, due_at=now, now=now)


def over_at(school: School, day: dt.date) -> dt.datetime:
    """When a day is over where the school is. A day may have 23 hours, or 25; the last of the calendar has no next."""
    after = day if day == dt.date.max else day + dt.timedelta(days=1)
    return dt.datetime.combine(after, dt.time(), schools.zone_of(school)).astimezone(dt.UTC)


def refuse_outsiders(row: Supporter) -> None:
    """Raises NotInProgramme for who is not yet in it, or no more."""
    if row.status not in OF_THE_PROGRAMME:
        raise NotInProgramme


def record(session: Session, actor: Actor, row: Supporter, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school with supporters looked at, each in a transaction of its own, and come again. Safe to repeat."""
    queue.enqueue_for_each(session, LOOK, session.exec(supporters.with_supporters()), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """At one school, tell whose last day comes near, once for each day named; have those go whose day is over or whose
    role was ended. Safe to repeat."""
    school = session.get(School, item.subject)
    if school is None:
        return
    of_school = select(Supporter).where(Supporter.school_id == school.id).order_by(col(Supporter.id))
    for row in session.exec(of_school.where(col(Supporter.status).in_(SERVES), ~_has_role())).all():
        queue.enqueue(session, OVER, row.id, due_at=now, now=now, key=f"{OVER}/{row.id}")
    ending = of_school.where(
        col(Supporter.status).in_(OF_THE_PROGRAMME),
        or_(col(Supporter.expected_end).is_not(None), col(Supporter.ends_at).is_not(None)),
    )
    for row in session.exec(ending.with_for_update().execution_options(populate_existing=True)).all():
        _keep_in_step(session, school, row, now=now)
        _tell_if_near(session, school, row, now=now)
        if row.ends_at is not None and row.ends_at <= now:
            queue.enqueue(session, OVER, row.id, due_at=now, now=now, key=f"{OVER}/{row.id}")


def has_no_role(session: Session, row: Supporter) -> bool:
    """Whether whoever serves as a supporter has the role no more, and is not about to have it: a coordinator has ended
    it, or its time has run out."""
    served = select(Supporter.id).where(Supporter.id == row.id, col(Supporter.status).in_(SERVES), ~_has_role())
    return session.exec(served).first() is not None


def _has_role() -> sa.ColumnElement[bool]:
    """Of a query over supporters."""
    return sa.exists().where(
        col(RoleGrant.person_id) == col(Supporter.person_id), col(RoleGrant.role) == Role.SUPPORTER, NOT_ENDED
    )


def last_day(session: Session, person_id: uuid.UUID) -> dt.date | None:
    """Of somebody who is stepping down: for whoever has handed something to them."""
    row = supporters.of_person(session, person_id)
    return row.expected_end if row is not None and row.status is SupporterStatus.STEPPING_DOWN else None


def _keep_in_step(session: Session, school: School, row: Supporter, *, now: dt.datetime) -> None:
    """A day that was written without this file, such as in an application."""
    wanted = None if row.expected_end is None else over_at(school, row.expected_end)
    if row.ends_at != wanted:
        row.ends_at = wanted
        session.add(row)
        queue.enqueue(session, role_giving.CHANGED, school.id, due_at=now, now=now)


def _tell_if_near(session: Session, school: School, row: Supporter, *, now: dt.datetime) -> None:
    if row.expected_end is None or row.told_end == row.expected_end:
        return
    if row.expected_end - schools.today(school, now=now) > NOTICE:
        return
    row.told_end = row.expected_end
    session.add(row)
    who = {*people_with(session, school.id, Role.COORDINATOR), row.person_id}
    data = SuccessionDue(school=school.slug, supporter_id=row.id)
    outbox.emit(session, "succession.due", data, school_id=school.id, now=now, tell=who, only_people=True)
