"""A run of retention to its end, step by step, for whoever waits for it: the command line."""

from __future__ import annotations

import datetime as dt
import functools
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.db import Database
from app.models import RetentionItem, RetentionRun
from app.retention import sweep
from app.schools import service as schools
from app.work import queue

TAKEN_OVER_AFTER = dt.timedelta(minutes=10)


def list_due(db: Database, school: str) -> uuid.UUID:
    """What is due by the policies of a school, named by its slug: a dry run. Raises SchoolNotFound."""

    def begin(session: Session) -> uuid.UUID:
        now = clock.now()
        run = sweep.begin_dry(session, schools.find(session, school).id, person_id=None, now=now)
        return _also_for_workers(session, run, now=now)

    return _to_the_end(db, db.write_now(begin))


def erase(db: Database, listed: uuid.UUID) -> uuid.UUID:
    """Erase what a dry run has listed. It cannot be brought back."""

    def begin(session: Session) -> uuid.UUID:
        now = clock.now()
        run = sweep.begin(session, session.get_one(RetentionRun, listed), person_id=None, only=sa.true(), now=now)
        trail.record(
            session, action="retention_run.started", school_id=run.school_id, person_id=None, subject=run.id, now=now
        )
        return _also_for_workers(session, run, now=now)

    return _to_the_end(db, db.write_now(begin))


def counted(db: Database, run_id: uuid.UUID) -> list[tuple[str, str, int]]:
    """What came of a run: class, result and how many, in their order."""
    statement = (
        select(RetentionItem.retention_class, RetentionItem.result, func.count())
        .where(RetentionItem.run_id == run_id)
        .group_by(col(RetentionItem.retention_class), col(RetentionItem.result))
    )
    found = db.read_now(lambda session: session.exec(statement).all())
    return sorted((kept_as, result, count) for kept_as, result, count in found)


def _also_for_workers(session: Session, run: RetentionRun, *, now: dt.datetime) -> uuid.UUID:
    """Should this process die, a worker ends what it has begun."""
    sweep.enqueue(session, run, now=now, due_at=now + TAKEN_OVER_AFTER)
    return run.id


def _to_the_end(db: Database, run_id: uuid.UUID) -> uuid.UUID:
    """Each step in a transaction of its own: the service goes on meanwhile."""
    place: sweep.Place | None = sweep.FROM_START
    while place is not None:
        place = db.write_now(functools.partial(_step, run_id=run_id, place=place))
    return run_id


def _step(session: Session, *, run_id: uuid.UUID, place: sweep.Place) -> sweep.Place | None:
    rest = sweep.step(session, run_id, place, now=clock.now())
    if rest is None:
        queue.cancel(session, kind=sweep.RUN, subject=run_id)
    return rest
