"""Training that everybody has before they are given anybody, and again before it ends (STUDY T09).

What a supporter has of it is read off their records each time. That nobody has a shift without it is an absence,
written as soon as the day is known, so that rosters show the gap weeks ahead.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.guidance.content import ModuleCode
from app.models import School, Supporter, TrainingAssignment, TrainingRecord
from app.rosters import absences
from app.rosters.wall_clock import first_minute, instant_of, wall_of
from app.schools import service as schools
from app.supporters import training_rules as rules
from app.supporters.training_rules import Had
from app.vocabulary import AbsenceKind, RosterLine
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus

MODULES = tuple(ModuleCode)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The last day of each module that somebody has, and the last on which they have all; days of their school."""

    until: dict[str, dt.date | None]
    valid_until: dt.date | None

    def is_valid(self, today: dt.date) -> bool:
        return self.valid_until is not None and today <= self.valid_until


def valid(session: Session, people: Collection[uuid.UUID], *, now: dt.datetime) -> set[uuid.UUID]:
    """Those of `people` whose training holds now: both modules."""
    if not people:
        return set()
    zones = dict(
        session.exec(
            select(Supporter.person_id, School.time_zone)
            .join(School, col(School.id) == col(Supporter.school_id))
            .where(col(Supporter.person_id).in_(people))
        ).all()
    )
    standings = standings_of(session, zones)
    return {
        person for person, zone in zones.items() if standings[person].is_valid(now.astimezone(ZoneInfo(zone)).date())
    }


def standings_of(session: Session, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """Of everybody who is named, also of who has nothing."""
    had: dict[uuid.UUID, dict[str, list[Had]]] = {person: defaultdict(list) for person in people}
    for row in session.exec(select(TrainingRecord).where(col(TrainingRecord.person_id).in_(people))):
        had[row.person_id][row.module].append(had_of(row))
    return {person: _standing(modules) for person, modules in had.items()}


def had_of(row: TrainingRecord) -> Had:
    return Had(row.kind, row.valid_until, row.needs_in_person)


def end_of(day: dt.date, school: School) -> dt.datetime:
    """The instant at which a day of the school's is over."""
    midnight = wall_of(dt.datetime.combine(day + _DAY, dt.time()))
    return instant_of(first_minute(midnight, zone=schools.zone_of(school)))


def begin(session: Session, supporter: Supporter, *, now: dt.datetime) -> None:
    """Somebody comes into training: both modules are theirs to do, and they are on no roster until they have."""
    school = session.get_one(School, supporter.school_id)
    due_on = schools.today(school, now=now) + rules.FIRST_DUE
    standing = standings_of(session, [supporter.person_id])[supporter.person_id]
    for module in MODULES:
        until = standing.until[module]
        if until is None or until < due_on:
            assign(session, school, supporter.person_id, module, due_on=due_on, now=now)
    follow(session, school, supporter, standing, now=now)


def status_changed(session: Session, supporter: Supporter, *, now: dt.datetime) -> None:
    """Somebody stands elsewhere in the programme now: they begin to train, or rosters follow."""
    if supporter.status is SupporterStatus.IN_TRAINING:
        begin(session, supporter, now=now)
        return
    standing = standings_of(session, [supporter.person_id])[supporter.person_id]
    follow(session, session.get_one(School, supporter.school_id), supporter, standing, now=now)


def assign(
    session: Session,
    school: School,
    person_id: uuid.UUID,
    module: ModuleCode,
    *,
    due_on: dt.date,
    now: dt.datetime,
    by: uuid.UUID | None = None,
) -> None:
    """Have them do a module by a day. What is open already gets this day, and is told of anew as it comes near."""
    row = open_assignments(session, person_id).get(module)
    if row is None:
        row = TrainingAssignment(
            school_id=school.id,
            person_id=person_id,
            module=module,
            assigned_on=schools.today(school, now=now),
            assigned_by=by,
            due_on=due_on,
        )
    elif row.due_on != due_on:
        row.due_on, row.assigned_by, row.told = due_on, by, None
    session.add(row)
    session.flush()


def open_assignments(session: Session, person_id: uuid.UUID) -> dict[str, TrainingAssignment]:
    statement = select(TrainingAssignment).where(
        TrainingAssignment.person_id == person_id, col(TrainingAssignment.done_on).is_(None)
    )
    return {row.module: row for row in session.exec(statement)}


def follow(session: Session, school: School, supporter: Supporter, standing: Standing, *, now: dt.datetime) -> None:
    """Keep them off rosters of supporters from the moment on at which the first module ends; at once without both.

    Whoever is not of the programme is kept off by other things, and by this no more. Safe to repeat.
    """
    start: dt.datetime | None = None
    if supporter.status in OF_THE_PROGRAMME:
        start = now if standing.valid_until is None else end_of(standing.valid_until, school)
    absences.follow_rule(
        session,
        school_id=school.id,
        person_id=supporter.person_id,
        kind=AbsenceKind.TRAINING_LAPSED,
        line=RosterLine.PEER_SUPPORT,
        start=start if start is None else start.replace(second=0, microsecond=0),
        now=now,
    )


def _standing(had: dict[str, list[Had]]) -> Standing:
    until = {module: rules.valid_until(had.get(module, [])) for module in MODULES}
    return Standing({str(module): day for module, day in until.items()}, rules.earliest(until.values()))
