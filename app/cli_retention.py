"""`peerline retention`: what a school's policies say is due, and erase it, from the command line."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Annotated

import sqlalchemy as sa
import typer
from sqlmodel import Session, col, func, select

from app import startup
from app.audit import trail
from app.command import fail, open_db
from app.core import clock
from app.core.db import Database
from app.models import RetentionItem, RetentionRun
from app.retention import sweep
from app.schools import service as schools
from app.settings import from_environment
from app.work import queue

TAKEN_OVER_AFTER = dt.timedelta(minutes=10)


def retention(
    school: Annotated[str, typer.Option(help="The school's slug.")],
    erase: Annotated[bool, typer.Option("--erase", help="Erase what was listed; it cannot be brought back.")] = False,
) -> None:
    """List what is due by the policies of a school, in numbers; with --erase, then erase it.

    Also what no privacy officer may know of, because the report is kept from them.
    """
    settings = from_environment()
    db = open_db(settings)
    try:
        startup.require_ready(settings, db)
        listed = db.write_now(lambda session: _list(session, school))
        _run_to_the_end(db, listed)
        typer.echo(_told(db, listed) or "Nothing is due.")
        if erase:
            erased = db.write_now(lambda session: _erase(session, listed))
            _run_to_the_end(db, erased)
            typer.echo(_told(db, erased) or "Nothing was erased.")
    except schools.SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    finally:
        db.close()


def _list(session: Session, school: str) -> uuid.UUID:
    now = clock.now()
    run = sweep.begin_dry(session, schools.find(session, school).id, person_id=None, now=now)
    return _also_for_workers(session, run, now=now)


def _erase(session: Session, listed: uuid.UUID) -> uuid.UUID:
    now = clock.now()
    run = sweep.begin(session, session.get_one(RetentionRun, listed), person_id=None, only=sa.true(), now=now)
    trail.record(
        session, action="retention_run.started", school_id=run.school_id, person_id=None, subject=run.id, now=now
    )
    return _also_for_workers(session, run, now=now)


def _also_for_workers(session: Session, run: RetentionRun, *, now: dt.datetime) -> uuid.UUID:
    """Should this process die, a worker ends what it has begun."""
    sweep.enqueue(session, run, now=now, due_at=now + TAKEN_OVER_AFTER)
    return run.id


def _run_to_the_end(db: Database, run_id: uuid.UUID) -> None:
    """Step by step, each in a transaction of its own: the service goes on meanwhile."""
    place: sweep.Place | None = sweep.FROM_START
    while place is not None:
        place = db.write_now(functools.partial(_step, run_id=run_id, place=place))


def _step(session: Session, *, run_id: uuid.UUID, place: sweep.Place) -> sweep.Place | None:
    rest = sweep.step(session, run_id, place, now=clock.now())
    if rest is None:
        queue.cancel(session, kind=sweep.RUN, subject=run_id)
    return rest


def _told(db: Database, run_id: uuid.UUID) -> str:
    counted = (
        select(RetentionItem.retention_class, RetentionItem.result, func.count())
        .where(RetentionItem.run_id == run_id)
        .group_by(col(RetentionItem.retention_class), col(RetentionItem.result))
    )
    found = db.read_now(lambda session: session.exec(counted).all())
    return "\n".join(f"{count:>6}  {kept_as}  {result}" for kept_as, result, count in sorted(found))
