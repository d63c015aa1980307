"""Supporters' training as it is read, passed, assigned and recorded. Of attempts only that one passed is kept."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.problems import InvalidRequest, NotFound
from app.guidance import reading
from app.guidance.content import ModuleCode
from app.guidance.passing import marked
from app.guidance.shelf import View
from app.identity.actors import Actor
from app.models import School, Supporter, TrainingAssignment, TrainingRecord
from app.schools import service as schools
from app.supporters import endings, training
from app.supporters import service as supporters
from app.supporters import training_rules as rules
from app.supporters.training_schemas import (
    MOST_RECORDS,
    AssignmentCreate,
    AssignmentOut,
    AttemptCreate,
    AttemptOut,
    InPersonCreate,
    SupporterTraining,
    TrainedModuleOut,
    TrainingRecordOut,
)
from app.vocabulary import Role
from app.vocabulary.training import TrainingKind

LATEST_DUE = dt.timedelta(days=366)


def own(session: Session, actor: Actor) -> SupporterTraining:
    """Raises NotFound for who is no supporter."""
    return _shown(session, _own(session, actor), now=clock.now())


def of_supporter(session: Session, actor: Actor, supporter_id: uuid.UUID) -> SupporterTraining:
    """Raises NotFound."""
    actor.require(Role.COORDINATOR)
    return _shown(session, supporters.find(session, actor, supporter_id), now=clock.now())


def attempt(session: Session, actor: Actor, view: View, module: ModuleCode, body: AttemptCreate) -> AttemptOut:
    """Answer a module. What passes is a record; of anything else nothing is written, anywhere.

    The same again on one day is the same record. Raises NotFound, NotInProgramme, and InvalidRequest for what is no
    answer to every exercise.
    """
    supporter, now = _own(session, actor, lock=True), clock.now()
    endings.refuse_outsiders(supporter)
    whole = reading.whole_module(view, module)
    passed, exercises = marked(whole, body.answers)
    if passed:
        school = session.get_one(School, supporter.school_id)
        today = schools.today(school, now=now)
        asked = schools.policies_of(school).training
        _keep(
            session,
            actor,
            school,
            supporter,
            TrainingRecord(
                school_id=school.id,
                person_id=supporter.person_id,
                module=module,
                kind=TrainingKind.EXERCISES,
                module_version=whole.version,
                held_on=today,
                valid_until=today + dt.timedelta(days=asked.valid_days),
                needs_in_person=asked.in_person,
            ),
            now=now,
        )
    shown = next(each for each in _shown(session, supporter, now=now).modules if each.module == module)
    return AttemptOut(
        module=module, passed=passed, valid_until=shown.valid_until, missing=shown.missing, exercises=exercises
    )


def assign(session: Session, actor: Actor, supporter_id: uuid.UUID, body: AssignmentCreate) -> SupporterTraining:
    """Have them do a module again. What is open already gets the new day. Raises NotFound, NotInProgramme, and
    InvalidRequest for a day that is past or more than a year ahead."""
    actor.require(Role.COORDINATOR)
    supporter, now = supporters.find(session, actor, supporter_id, lock=True), clock.now()
    endings.refuse_outsiders(supporter)
    school = session.get_one(School, supporter.school_id)
    today = schools.today(school, now=now)
    if not today <= body.due_on <= today + LATEST_DUE:
        raise _refused("#/due_on", "not_within_a_year", "A day from today on, within a year.")
    training.assign(session, school, supporter.person_id, body.module, due_on=body.due_on, by=actor.person_id, now=now)
    _record(session, actor, supporter, "training.assigned", now=now)
    return _shown(session, supporter, now=now)


def record_in_person(
    session: Session, actor: Actor, supporter_id: uuid.UUID, body: InPersonCreate
) -> SupporterTraining:
    """Write down training that somebody had with others. It is asked beside the exercises, and never instead of them.

    Raises NotFound, NotInProgramme, and InvalidRequest for a day to come, or so long ago that it holds no more.
    """
    actor.require(Role.COORDINATOR)
    supporter, now = supporters.find(session, actor, supporter_id, lock=True), clock.now()
    endings.refuse_outsiders(supporter)
    school = session.get_one(School, supporter.school_id)
    today = schools.today(school, now=now)
    if body.held_on > today:
        raise _refused("#/held_on", "not_held_yet", "Only what has been can be recorded.")
    valid_until = body.held_on + dt.timedelta(days=schools.policies_of(school).training.valid_days)
    if valid_until < today:
        raise _refused("#/held_on", "too_long_ago", "By what the school asks this holds no more.")
    record = TrainingRecord(
        school_id=school.id,
        person_id=supporter.person_id,
        module=body.module,
        kind=body.kind,
        held_on=body.held_on,
        valid_until=valid_until,
        needs_in_person=False,
        recorded_by=actor.person_id,
    )
    _keep(session, actor, school, supporter, record, now=now)
    return _shown(session, supporter, now=now)


def vouch(session: Session, supporter: Supporter, *, held_on: dt.date, valid_until: dt.date) -> None:
    """Both modules of somebody who serves already, for whoever sets up a school past what the product asks."""
    for module in training.MODULES:
        session.add(
            TrainingRecord(
                school_id=supporter.school_id,
                person_id=supporter.person_id,
                module=module,
                kind=TrainingKind.BROUGHT_OVER,
                held_on=held_on,
                valid_until=valid_until,
                needs_in_person=False,
            )
        )
    session.flush()


def _keep(
    session: Session, actor: Actor, school: School, supporter: Supporter, record: TrainingRecord, *, now: dt.datetime
) -> None:
    """Unless it is there already; then what was to be done is done, and rosters follow."""
    same = select(TrainingRecord.id).where(
        TrainingRecord.person_id == record.person_id,
        TrainingRecord.module == record.module,
        TrainingRecord.kind == record.kind,
        TrainingRecord.held_on == record.held_on,
        TrainingRecord.needs_in_person == record.needs_in_person,
        TrainingRecord.valid_until == record.valid_until,
    )
    if session.exec(same.limit(1)).first() is not None:
        return
    session.add(record)
    session.flush()
    _close(session, school, record, now=now)
    standing = training.standings_of(session, [supporter.person_id])[supporter.person_id]
    training.follow(session, school, supporter, standing, now=now)
    _record(session, actor, supporter, "training.recorded", now=now)


def _close(session: Session, school: School, record: TrainingRecord, *, now: dt.datetime) -> None:
    """An assignment is done once its exercises were passed after it was made, with all that goes with them."""
    row = training.open_assignments(session, record.person_id).get(record.module)
    if row is None:
        return
    records = _records(session, record.person_id, module=record.module)
    passed = any(each.kind is TrainingKind.EXERCISES and each.held_on >= row.assigned_on for each in records)
    today = schools.today(school, now=now)
    if passed and not rules.missing(map(training.had_of, records), today=today, asks_in_person=False):
        row.done_on = today
        session.add(row)
        session.flush()


def _shown(session: Session, supporter: Supporter, *, now: dt.datetime) -> SupporterTraining:
    school = session.get_one(School, supporter.school_id)
    today = schools.today(school, now=now)
    asks = schools.policies_of(school).training.in_person
    records = _records(session, supporter.person_id)
    standing = training.standings_of(session, [supporter.person_id])[supporter.person_id]
    to_do = training.open_assignments(session, supporter.person_id)
    return SupporterTraining(
        supporter=supporter.id,
        valid=standing.is_valid(today),
        valid_until=standing.valid_until,
        lapses_at=None if standing.valid_until is None else training.end_of(standing.valid_until, school),
        modules=[
            TrainedModuleOut(
                module=module,
                valid_until=standing.until[module],
                missing=rules.missing(
                    [training.had_of(row) for row in records if row.module == module], today=today, asks_in_person=asks
                ),
                assignment=_assignment(to_do.get(module), today),
            )
            for module in training.MODULES
        ],
        records=[_record_out(row) for row in records[:MOST_RECORDS]],
    )


def _assignment(row: TrainingAssignment | None, today: dt.date) -> AssignmentOut | None:
    if row is None:
        return None
    return AssignmentOut(id=row.id, assigned_on=row.assigned_on, due_on=row.due_on, overdue=row.due_on < today)


def _record_out(row: TrainingRecord) -> TrainingRecordOut:
    return TrainingRecordOut(
        id=row.id,
        module=ModuleCode(row.module),
        kind=row.kind,
        module_version=row.module_version,
        held_on=row.held_on,
        valid_until=row.valid_until,
    )


def _records(session: Session, person_id: uuid.UUID, *, module: str | None = None) -> list[TrainingRecord]:
    """The newest first."""
    statement = select(TrainingRecord).where(TrainingRecord.person_id == person_id)
    if module is not None:
        statement = statement.where(TrainingRecord.module == module)
    return list(session.exec(statement.order_by(col(TrainingRecord.held_on).desc(), col(TrainingRecord.id).desc())))


def _own(session: Session, actor: Actor, *, lock: bool = False) -> Supporter:
    actor.require(Role.SUPPORTER)
    row = supporters.own(session, actor, lock=lock)
    if row is None:
        raise NotFound
    return row


def _record(session: Session, actor: Actor, supporter: Supporter, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session,
        action=action,
        school_id=supporter.school_id,
        person_id=actor.person_id,
        subject=supporter.id,
        now=now,
    )


def _refused(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
