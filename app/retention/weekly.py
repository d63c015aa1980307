"""Each week a dry run of every school: privacy officers hear that something is due. Nothing is erased by itself.

Unless the school's policy for a class says `automatic`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.events import outbox
from app.events.keeping import RetentionDue
from app.identity.actors import people_with
from app.models import Report, RetentionItem, RetentionRun, School
from app.reports import exclusions
from app.retention import policies, sweep
from app.schools import service as schools
from app.vocabulary import Role, SubjectKind
from app.vocabulary.keeping import RetentionResult, RetentionRunState
from app.work import queue
from app.work.queue import Item

WEEKLY = "retention.weekly"
BEGIN = "retention.begin"
TOLD = "retention.tell"
# Monday morning of the school: whoever is told has the week to look.
WEEKDAY, FROM_HOUR = 0, 9
ONCE_IN = dt.timedelta(days=6)
# Longer than anybody goes by a list.
LISTS_KEPT = dt.timedelta(days=30)


def weekly(session: Session, item: Item, now: dt.datetime) -> None:
    """Begin those that are due, each in a transaction of its own, and come again in an hour."""
    due = defaultdict[dt.date, list[uuid.UUID]](list)
    for school in session.exec(select(School)):
        local = now.astimezone(schools.zone_of(school))
        if local.weekday() == WEEKDAY and local.hour >= FROM_HOUR:
            due[local.date()].append(school.id)
    for day, ids in due.items():
        queue.enqueue_for_each(session, BEGIN, ids, now=now, once=day)
    queue.enqueue(session, WEEKLY, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=WEEKLY)


def begin(session: Session, item: Item, now: dt.datetime) -> None:
    """The weekly dry run of a school, unless it was lately or a run goes on; old lists are dropped. What the command
    line has listed tells no officer, and is no weekly one."""
    school = session.exec(select(School).where(School.id == item.subject).with_for_update(key_share=True)).one()
    _drop_old_lists(session, school.id, now=now)
    lately = select(RetentionRun.id).where(
        RetentionRun.school_id == school.id,
        sa.or_(
            col(RetentionRun.state) == RetentionRunState.RUNNING,
            sa.and_(
                col(RetentionRun.dry_run).is_(True),
                col(RetentionRun.automatic).is_(True),
                col(RetentionRun.started_at) > now - ONCE_IN,
            ),
        ),
    )
    if session.exec(lately.limit(1)).first() is not None:
        return
    run = sweep.begin_dry(session, school.id, person_id=None, now=now, automatic=True)
    sweep.enqueue(session, run, now=now)
    queue.enqueue(session, TOLD, run.id, due_at=now + dt.timedelta(minutes=1), now=now, key=f"{TOLD}/{run.id}")


def tell(session: Session, item: Item, now: dt.datetime) -> None:
    """Once its list is there: tell the officers who may know of something on it, and begin what is automatic."""
    run = session.get_one(RetentionRun, item.subject)
    if run.state is RetentionRunState.RUNNING:
        later = now + dt.timedelta(minutes=1)
        queue.enqueue(session, TOLD, run.id, due_at=later, now=now, key=f"{TOLD}/{run.id}")
        return
    due = session.exec(
        select(RetentionItem).where(RetentionItem.run_id == run.id, RetentionItem.result == RetentionResult.DUE)
    ).all()
    officers = people_with(session, run.school_id, Role.PRIVACY_OFFICER)
    who = _concerned(session, due, officers)
    if who:
        data = RetentionDue(school=session.get_one(School, run.school_id).slug, run_id=run.id)
        outbox.emit(session, "retention.due", data, school_id=run.school_id, now=now, tell=who, only_people=True)
    known = policies.of_school(session, run.school_id)
    automatic = [each for each, policy in known.items() if policy.automatic]
    if automatic:
        only = col(RetentionItem.retention_class).in_(automatic)
        started = sweep.begin(session, run, person_id=None, only=only, now=now, automatic=True)
        sweep.enqueue(session, started, now=now)


def _concerned(session: Session, due: Collection[RetentionItem], officers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those officers who may know of at least one."""
    told: set[uuid.UUID] = set()
    for each in due:
        left = set(officers) - told
        if not left:
            break
        if each.subject_kind is not SubjectKind.REPORT:
            return set(officers)
        report = session.get_one(Report, each.subject_id)
        if not report.independent:
            told |= exclusions.may_know(session, report, left)
    return told


def _drop_old_lists(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> None:
    old = select(RetentionRun.id).where(
        RetentionRun.school_id == school_id,
        col(RetentionRun.dry_run).is_(True),
        col(RetentionRun.finished_at) < now - LISTS_KEPT,
    )
    session.connection().execute(sa.delete(RetentionItem).where(col(RetentionItem.run_id).in_(old)))
