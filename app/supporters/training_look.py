"""What time does to training: modules are assigned again before they end, and people are reminded, once each time."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.events import outbox
from app.events.programme import TrainingDue
from app.identity.actors import people_with
from app.models import School, Supporter, TrainingAssignment, TrainingRecord
from app.rosters import absences
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters import supervised, training
from app.supporters import training_rules as rules
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus
from app.vocabulary.training import TrainingNotice
from app.work import queue
from app.work.queue import Item

SWEEP = "training.sweep"
LOOK = "training.look"
SWEEP_EVERY = dt.timedelta(hours=1)
# What has ended, was done, or was left undone by who left then, is of no use to anybody after a year.
KEPT = dt.timedelta(days=365)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school with supporters looked at, each in a transaction of its own, and come again. Safe to repeat."""
    queue.enqueue_for_each(session, LOOK, session.exec(supporters.with_supporters()), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Assign what ends soon, tell of what is due, and put right who is on rosters. Safe to repeat.

    Whoever pauses is left alone: they are told of the nearest notice when they are back.
    """
    held = select(School).where(School.id == item.subject).with_for_update(key_share=True)
    school = session.exec(held).one_or_none()
    if school is None:
        return
    if not schools.is_held(session, school.id):
        _forget(session, school, now=now)
        supervised.forget(session, school, now=now)
    rows = session.exec(
        select(Supporter).where(Supporter.school_id == school.id).order_by(col(Supporter.id)).with_for_update()
    ).all()
    supervised.look(session, school, rows, now=now)
    standings = training.standings_of(session, [row.person_id for row in rows])
    paused = absences.paused(session, [row.person_id for row in rows], now=now)
    for row in rows:
        standing = standings[row.person_id]
        training.follow(session, school, row, standing, now=now)
        if row.status in OF_THE_PROGRAMME:
            _renew(session, school, row, standing, now=now)
            if row.person_id not in paused:
                _remind(session, school, row, standing, now=now)


def _renew(
    session: Session, school: School, supporter: Supporter, standing: training.Standing, *, now: dt.datetime
) -> None:
    """What is not there is due in four weeks, what ends soon on its last day."""
    today = schools.today(school, now=now)
    to_do = training.open_assignments(session, supporter.person_id)
    for module in training.MODULES:
        until = standing.until[module]
        if module in to_do or (until is not None and until > today + rules.RENEW_AHEAD):
            continue
        due_on = today + rules.FIRST_DUE if until is None else until
        training.assign(session, school, supporter.person_id, module, due_on=due_on, now=now)


def _remind(
    session: Session, school: School, supporter: Supporter, standing: training.Standing, *, now: dt.datetime
) -> None:
    """In one word of all that is due: two modules most often are on one day. A module that ends before the day that
    somebody was given for it is due when it ends."""
    today = schools.today(school, now=now)
    told: list[TrainingNotice] = []
    for row in training.open_assignments(session, supporter.person_id).values():
        notice = rules.notice_of(min(row.due_on, standing.until[row.module] or row.due_on), today=today)
        if notice is not None and rules.is_nearer(notice, than=row.told):
            row.told = notice
            session.add(row)
            told.append(notice)
    for notice in TrainingNotice:
        if notice in told:
            _tell(session, school, supporter, notice, now=now)


def _tell(session: Session, school: School, supporter: Supporter, notice: TrainingNotice, *, now: dt.datetime) -> None:
    who: set[uuid.UUID] = {supporter.person_id}
    if notice is TrainingNotice.OVERDUE:
        who |= set(people_with(session, school.id, Role.COORDINATOR))
    data = TrainingDue(school=school.slug, supporter_id=supporter.id, notice=notice)
    outbox.emit(session, "training.due", data, school_id=school.id, now=now, tell=who, only_people=True)


def _forget(session: Session, school: School, *, now: dt.datetime) -> None:
    before = schools.today(school, now=now) - KEPT
    over = col(TrainingRecord.school_id) == school.id, col(TrainingRecord.valid_until) < before
    session.connection().execute(sa.delete(TrainingRecord).where(*over))
    done = col(TrainingAssignment.school_id) == school.id, col(TrainingAssignment.done_on) < before
    session.connection().execute(sa.delete(TrainingAssignment).where(*done))
    # What they were to do is over with their leaving, and nobody does it any more.
    left = sa.select(col(Supporter.person_id)).where(
        col(Supporter.school_id) == school.id,
        col(Supporter.status) == SupporterStatus.ALUMNI,
        col(Supporter.left_on) < before,
    )
    undone = col(TrainingAssignment.school_id) == school.id, col(TrainingAssignment.done_on).is_(None)
    never = sa.delete(TrainingAssignment).where(*undone, col(TrainingAssignment.person_id).in_(left))
    session.connection().execute(never)
