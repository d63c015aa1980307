"""After something urgent a supporter is offered a talk (STUDY D10). They take it or not, and nobody asks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.events import outbox
from app.events.programme import DebriefOffered, DebriefTaken
from app.identity.actors import Actor, people_with
from app.models import DebriefOffer, Person, School
from app.programme import forgetting
from app.programme.debrief_schemas import DebriefAsked, DebriefAskedPage, DebriefOut, DebriefPage, DebriefTake
from app.rosters import duty
from app.schools import service as schools
from app.vocabulary import ADVICE_LINES, Level, Role
from app.vocabulary.supporters import DebriefState
from app.work import queue
from app.work.queue import Item

OPEN_FOR = dt.timedelta(days=14)
KEPT_FOR = dt.timedelta(days=28)
AHEAD = dt.timedelta(weeks=4)
FORGET = "debriefs.forget"
# Who is on call for advice, and so may be talked with, is one of these.
TALKING = (Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER)


class DebriefOver(Conflict):
    code, status, title = "debrief_over", 409, "This offer is over"
    default_detail = "You can ask for advice at any hour, about anything."


def offer(session: Session, item: Item, now: dt.datetime) -> None:
    """Somebody for whom it was urgent is not theirs any more. Whoever has an offer that is open gets no second one."""
    person = session.get(Person, item.subject)
    if person is None or not person.active or person.school_id is None:
        return
    school = session.get_one(School, person.school_id)
    # Of two that end at once the second finds the first.
    session.exec(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True)).one()
    waiting = select(DebriefOffer.id).where(
        DebriefOffer.person_id == person.id,
        DebriefOffer.state == DebriefState.OFFERED,
        col(DebriefOffer.open_until) > now,
    )
    if not schools.policies_of(school).supporter_load.debrief or session.exec(waiting).first() is not None:
        return
    row = DebriefOffer(
        school_id=school.id,
        person_id=person.id,
        adviser_id=_on_call(session, school.id, not_with={str(person.id), *item.payload.get("not_with", ())}, now=now),
        state=DebriefState.OFFERED,
        offered_hour=hour_of(now),
        open_until=hour_of(now) + OPEN_FOR,
    )
    session.add(row)
    session.flush()
    queue.enqueue(session, FORGET, row.id, due_at=row.open_until + KEPT_FOR, now=now)
    data = DebriefOffered(school=school.slug, debrief_id=row.id)
    outbox.emit(
        session, "debrief.offered", data, school_id=school.id, now=hour_of(now), tell={person.id}, only_people=True
    )


def forget(session: Session, item: Item, now: dt.datetime) -> None:
    """Four weeks after it lapsed, or could have. Safe to repeat."""
    row = session.get(DebriefOffer, item.subject)
    if row is None or row.open_until + KEPT_FOR > now or forgetting.held(session, row.school_id, item, now=now):
        return
    session.delete(row)


def page(session: Session, actor: Actor, request: PageRequest) -> DebriefPage:
    rows, cursor = _page(session, _own(actor), request)
    return DebriefPage(items=[_out(session, row, now=clock.now()) for row in rows], next_cursor=cursor)


def take(session: Session, actor: Actor, debrief_id: uuid.UUID, body: DebriefTake) -> DebriefOut:
    """Say when. Whoever it is with is told; without somebody, coordinators are. Another time changes the first.

    Raises NotFound, DebriefOver, InvalidRequest.
    """
    row, now, when = _locked(session, actor, debrief_id), clock.now(), body.when
    if when is not None and not now <= when <= now + AHEAD:
        detail = "A time within the next four weeks."
        raise InvalidRequest(errors=[{"pointer": "#/when", "code": "not_soon", "detail": detail}])
    if _state(row, now=now) in (DebriefState.DECLINED, DebriefState.LAPSED):
        raise DebriefOver
    if row.state is DebriefState.TAKEN and row.wanted_at == when:
        return _out(session, row, now=now)
    row.state, row.wanted_at = DebriefState.TAKEN, when
    row.version += 1
    session.add(row)
    session.flush()
    school = session.get_one(School, row.school_id)
    data = DebriefTaken(school=school.slug, debrief_id=row.id)
    adviser = _adviser(session, row)
    told = {adviser} if adviser else set(people_with(session, school.id, Role.COORDINATOR)) - {row.person_id}
    outbox.emit(session, "debrief.taken", data, school_id=school.id, now=hour_of(now), tell=told, only_people=True)
    return _out(session, row, now=now)


def decline(session: Session, actor: Actor, debrief_id: uuid.UUID) -> DebriefOut:
    """No reason, and nobody is told. Twice is once. Raises NotFound, DebriefOver."""
    row, now = _locked(session, actor, debrief_id), clock.now()
    if _state(row, now=now) in (DebriefState.TAKEN, DebriefState.LAPSED):
        raise DebriefOver
    row.state = DebriefState.DECLINED
    session.add(row)
    session.flush()
    return _out(session, row, now=now)


def asked(session: Session, actor: Actor, request: PageRequest) -> DebriefAskedPage:
    """Those who would like to talk with the actor; for coordinators also those for whom nobody was on call, or whose
    adviser is there no more."""
    mine = col(DebriefOffer.adviser_id) == actor.person_id
    if actor.has(Role.COORDINATOR):
        there = people_with(session, actor.require_school(), *TALKING)
        mine = mine | col(DebriefOffer.adviser_id).is_(None) | col(DebriefOffer.adviser_id).not_in(there)
    statement = select(DebriefOffer).where(
        DebriefOffer.school_id == actor.require_school(), DebriefOffer.state == DebriefState.TAKEN, mine
    )
    rows, cursor = _page(session, statement, request)
    items = [
        DebriefAsked(
            id=row.id,
            alias=session.get_one(Person, row.person_id).alias,
            wanted_at=row.wanted_at,
            offered_hour=row.offered_hour,
        )
        for row in rows
    ]
    return DebriefAskedPage(items=items, next_cursor=cursor)


def _on_call(
    session: Session, school_id: uuid.UUID, *, not_with: Collection[str], now: dt.datetime
) -> uuid.UUID | None:
    """An adviser who can be reached now, of the first line and level that has one, and may know of what it is about."""
    for line in ADVICE_LINES[:2]:
        for level in Level:
            found = duty.duty(session, school_id, line=line, level=level, now=now).reachable
            others = [each for each in found if str(each) not in not_with]
            if others:
                return others[0]
    return None


def _adviser(session: Session, row: DebriefOffer) -> uuid.UUID | None:
    """With whom it is; None where nobody was on call, or they have left since or have no such role any more."""
    return row.adviser_id if row.adviser_id in people_with(session, row.school_id, *TALKING) else None


def _own(actor: Actor) -> Any:
    return select(DebriefOffer).where(
        DebriefOffer.school_id == actor.require_school(), DebriefOffer.person_id == actor.person_id
    )


def _page(session: Session, statement: Any, request: PageRequest) -> tuple[Sequence[DebriefOffer], str | None]:
    statement = request.slice(
        statement, at=col(DebriefOffer.offered_hour), row_id=col(DebriefOffer.id), newest_first=True
    )
    return request.page(list(session.exec(statement)), place=lambda row: (row.offered_hour, row.id))


def _locked(session: Session, actor: Actor, debrief_id: uuid.UUID) -> DebriefOffer:
    statement = _own(actor).where(DebriefOffer.id == debrief_id).with_for_update()
    row: DebriefOffer | None = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _state(row: DebriefOffer, *, now: dt.datetime) -> DebriefState:
    lapsed = row.state is DebriefState.OFFERED and row.open_until <= now
    return DebriefState.LAPSED if lapsed else row.state


def _out(session: Session, row: DebriefOffer, *, now: dt.datetime) -> DebriefOut:
    adviser = _adviser(session, row)
    return DebriefOut(
        id=row.id,
        adviser=None if adviser is None else session.get_one(Person, adviser).alias,
        state=_state(row, now=now),
        offered_hour=row.offered_hour,
        open_until=row.open_until,
        wanted_at=row.wanted_at,
    )
