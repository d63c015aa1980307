"""Succession plans: who comes next, the shifts at which they look on, and what is handed over (STUDY D09)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.guidance import wording
from app.identity.actors import Actor
from app.models import Person, Post, School, ShadowShift, SuccessionPlan
from app.programme import plan_rules
from app.programme.plan_schemas import (
    MOST_ITEMS,
    MOST_SHIFTS,
    ChecklistItem,
    PlanCreate,
    PlanOut,
    PlanPage,
    PlanPerson,
    PlanUpdate,
    ShadowOut,
    ShadowRef,
)
from app.rosters import service as rosters
from app.rosters import shadows
from app.rosters.shift_schemas import ShiftOut
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters import training
from app.vocabulary import Role
from app.vocabulary.succession import PlanState
from app.vocabulary.supporters import OF_THE_PROGRAMME, SERVES

READERS = (Role.COORDINATOR, Role.SPONSOR)
# A shift that is named lies within this: beyond it rosters are not planned.
AHEAD = dt.timedelta(days=180)
Lacks = Literal["successor", "not_in_programme", "training"]


class PlanExists(Conflict):
    code, status, title = "plan_exists", 409, "There is an open plan for this already"


class PlanIsDone(Conflict):
    code, status, title = "plan_done", 409, "This plan is done"
    default_detail = "Open it again first, where something is still to be done."


def create(session: Session, actor: Actor, body: PlanCreate) -> PlanOut:
    """Begin one, with the standard list. Raises PlanExists, and InvalidRequest for what is not of the school."""
    actor.require(Role.COORDINATOR)
    school_id, now = actor.require_school(), clock.now()
    if body.post is not None and _post(session, school_id, body.post) is None:
        raise _fault("#/post", "unknown_post", "The school has no such post.")
    if body.person is not None and not _in_programme(session, school_id, body.person):
        raise _fault("#/person", "not_in_programme", "A supporter who is in the programme.")
    row = SuccessionPlan(
        school_id=school_id,
        post_code=body.post,
        person_id=body.person,
        shadow_from=body.shadow_from,
        checklist=plan_rules.standard(of_post=body.post is not None),
        state=PlanState.OPEN,
        created_at=now,
        updated_at=now,
    )
    row.successor_id = _successor(session, row, body.successor)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        raise PlanExists from exc
    _record(session, actor, row, "succession_plan.created", now=now)
    return shown(session, row)


def page(session: Session, actor: Actor, request: PageRequest, *, state: PlanState | None) -> PlanPage:
    """In the order in which they were made."""
    statement = _visible(actor)
    if state is not None:
        statement = statement.where(SuccessionPlan.state == state)
    statement = request.slice(statement, at=col(SuccessionPlan.created_at), row_id=col(SuccessionPlan.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return PlanPage(items=[shown(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, plan_id: uuid.UUID) -> PlanOut:
    """Raises NotFound."""
    return shown(session, _find(session, actor, plan_id))


def update(session: Session, actor: Actor, plan_id: uuid.UUID, body: PlanUpdate, *, version: Version) -> PlanOut:
    """Raises NotFound, PreconditionRequired, PreconditionFailed, PlanIsDone, PlanExists, InvalidRequest."""
    actor.require(Role.COORDINATOR)
    row, now = _find(session, actor, plan_id, lock=True), clock.now()
    version.check(shown(session, row))
    if row.state is PlanState.DONE and body.state is not PlanState.OPEN:
        raise PlanIsDone
    if "shadow_from" in body.model_fields_set:
        row.shadow_from = body.shadow_from
    if "successor" in body.model_fields_set:
        row.successor_id = _successor(session, row, body.successor)
    row.checklist = _checklist(session, actor, row, body, now=now)
    if body.state is not None:
        row.state = body.state
    row.version += 1
    row.updated_at = now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        raise PlanExists from exc
    _look_on(session, row, body.shadow_shifts, now=now)
    _record(session, actor, row, "succession_plan.changed", now=now)
    return shown(session, row)


def shown(session: Session, row: SuccessionPlan) -> PlanOut:
    goes = _goes(session, row)
    supporter = None if goes is None else supporters.of_person(session, goes)
    return PlanOut(
        id=row.id,
        post=row.post_code,
        goes=_person(session, row, goes),
        ends_on=None if supporter is None else supporter.expected_end,
        successor=_person(session, row, row.successor_id),
        missing=_missing(session, row),
        shadow_from=row.shadow_from,
        shadow_shifts=[_shadow(session, each) for each in _latest(session, row)],
        checklist=[ChecklistItem.model_validate(each) for each in row.checklist],
        state=row.state,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _missing(session: Session, row: SuccessionPlan) -> list[Lacks]:
    if row.successor_id is None:
        return ["successor"]
    if row.person_id is None:
        return []
    supporter = supporters.of_person(session, row.successor_id)
    if supporter is None or supporter.status not in OF_THE_PROGRAMME:
        return ["not_in_programme"]
    trained = row.successor_id in training.valid(session, [row.successor_id], now=clock.now())
    return [] if trained and supporter.status in SERVES else ["training"]


def _goes(session: Session, row: SuccessionPlan) -> uuid.UUID | None:
    """Whoever is followed: the supporter, or who holds the post now."""
    if row.post_code is None:
        return row.person_id
    post = _post(session, row.school_id, row.post_code)
    return None if post is None else post.holder_id


def _person(session: Session, row: SuccessionPlan, person_id: uuid.UUID | None) -> PlanPerson | None:
    person = None if person_id is None else session.get(Person, person_id)
    if person is None or person.school_id != row.school_id:
        return None
    return PlanPerson(person=person.id, alias=person.alias, active=person.active)


def _successor(session: Session, row: SuccessionPlan, wanted: uuid.UUID | None) -> uuid.UUID | None:
    """Raises InvalidRequest for a stranger, and for whoever goes."""
    if wanted is None:
        return None
    person = session.get(Person, wanted)
    if person is None or person.service or not person.active or person.school_id != row.school_id:
        raise _fault("#/successor", "unknown_person", "An active person of this school.")
    if wanted == _goes(session, row):
        raise _fault("#/successor", "two_people", "Nobody comes after themselves.")
    return wanted


def _checklist(
    session: Session, actor: Actor, row: SuccessionPlan, body: PlanUpdate, *, now: dt.datetime
) -> list[plan_rules.Item]:
    for place, text in enumerate(body.add):
        found = wording.suggestions(text)
        if found:
            raise _fault(f"#/add/{place}", "wording", f"Not in these words: {found[0].why}")
    items = plan_rules.with_own(row.checklist, body.add)
    if len(items) > MOST_ITEMS:
        raise _fault("#/add", "too_many_items", f"A list has {MOST_ITEMS} items at the most.")
    strange = plan_rules.unknown(items, [*body.done, *body.not_done])
    if strange:
        raise _fault("#/done", "unknown_item", f"The list has no item {strange[0]}.")
    today = schools.today(session.get_one(School, row.school_id), now=now)
    return plan_rules.ticked(items, done=body.done, not_done=body.not_done, by=str(actor.person_id), on=today)


def _look_on(session: Session, row: SuccessionPlan, wanted: list[ShadowRef] | None, *, now: dt.datetime) -> None:
    """Keep the shifts that are named. What is past stays as it was; without a successor nobody looks on."""
    to_come = select(ShadowShift).where(ShadowShift.plan_id == row.id, col(ShadowShift.ends_at) > now)
    ahead = list(session.exec(to_come.order_by(col(ShadowShift.id))))
    if wanted is not None or row.successor_id is None or row.state is PlanState.DONE:
        for each in ahead:
            session.delete(each)
        ahead = []
    for each in ahead:
        # Another successor looks on instead.
        each.shadow_id = row.successor_id or each.shadow_id
        session.add(each)
    session.flush()
    if not wanted:
        return
    goes = _goes(session, row)
    if goes is None or row.successor_id is None or row.state is PlanState.DONE:
        raise _fault("#/shadow_shifts", "nobody_looks_on", "That takes an open plan with somebody who goes and comes.")
    for place, ref in enumerate(wanted):
        session.add(_named(session, row, ref, goes, row.successor_id, f"#/shadow_shifts/{place}", now=now))
    session.flush()


def _named(
    session: Session,
    row: SuccessionPlan,
    ref: ShadowRef,
    goes: uuid.UUID,
    successor: uuid.UUID,
    pointer: str,
    *,
    now: dt.datetime,
) -> ShadowShift:
    """Raises InvalidRequest for a shift that whoever goes does not have ahead."""
    minute = rosters.minute_of(now)
    made = ShadowShift(
        plan_id=row.id,
        person_id=goes,
        shadow_id=successor,
        roster_id=ref.roster_id,
        layer_id=ref.shift.layer_id,
        slot_start=ref.shift.slot_start,
        override_id=ref.shift.override_id,
        starts_at=minute,
        ends_at=minute + AHEAD,
    )
    roster = rosters.of_school(session, row.school_id, ref.roster_id)
    times = [] if roster is None else [each for each in shadows.of_holder(session, roster, made) if each.end > minute]
    if not times:
        raise _fault(pointer, "not_their_shift", "A shift to come of whoever goes.")
    made.starts_at, made.ends_at = times[0].start, times[-1].end
    return made


def _shadow(session: Session, row: ShadowShift) -> ShadowOut:
    found = shadows.looked_up(session, row).pieces
    return ShadowOut(
        roster_id=row.roster_id,
        shift=ShiftOut(layer_id=row.layer_id, slot_start=row.slot_start, override_id=row.override_id),
        start=found[0].start if found else row.starts_at,
        end=found[-1].end if found else row.ends_at,
        still_theirs=bool(found),
    )


def _latest(session: Session, row: SuccessionPlan) -> list[ShadowShift]:
    """All that lie ahead, and of those that are past the latest, as far as a plan has room for them; in order."""
    statement = select(ShadowShift).where(ShadowShift.plan_id == row.id)
    latest = statement.order_by(col(ShadowShift.starts_at).desc(), col(ShadowShift.id).desc()).limit(MOST_SHIFTS)
    return list(reversed(session.exec(latest).all()))


def _in_programme(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    row = supporters.of_person(session, person_id)
    return row is not None and row.school_id == school_id and row.status in OF_THE_PROGRAMME


def _post(session: Session, school_id: uuid.UUID, code: str) -> Post | None:
    return session.exec(select(Post).where(Post.school_id == school_id, Post.code == code)).one_or_none()


def _visible(actor: Actor) -> Any:
    actor.require(*READERS)
    return select(SuccessionPlan).where(SuccessionPlan.school_id == actor.require_school())


def _find(session: Session, actor: Actor, plan_id: uuid.UUID, *, lock: bool = False) -> SuccessionPlan:
    statement = _visible(actor).where(SuccessionPlan.id == plan_id)
    row: SuccessionPlan | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _record(session: Session, actor: Actor, row: SuccessionPlan, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def _fault(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
