"""Erasure runs, as a privacy officer starts and reads them. What they do is in sweep.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Person, Report, RetentionItem, RetentionRun, School
from app.retention import records, sweep
from app.retention.schemas import (
    RetentionCount,
    RetentionItemOut,
    RetentionItemPage,
    RetentionRunOut,
    RetentionRunPage,
    RunWanted,
)
from app.vocabulary import Role, SubjectKind
from app.vocabulary.keeping import RetentionClass, RetentionResult, RetentionRunState

# A list that is older says too little of what there is now.
LIST_GOOD_FOR = dt.timedelta(days=7)
# Items have no time, on purpose: a list of them goes by their random ids alone.
NO_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class DryRunNeeded(Conflict):
    code, status, title = "dry_run_needed", 409, "See first what would be erased"
    default_detail = "A dry run of the last seven days is needed: what it lists is what will be erased."


class RunGoesOn(Conflict):
    code, status, title = "run_goes_on", 409, "A run goes on"
    default_detail = "Wait until it has finished."


def start(session: Session, actor: Actor, wanted: RunWanted) -> RetentionRunOut:
    """Begin one; workers do it. One that erases takes what the last dry run listed of what this officer may know of.

    Raises DryRunNeeded, RunGoesOn.
    """
    actor.require(Role.PRIVACY_OFFICER)
    now = clock.now()
    school = session.exec(
        select(School).where(School.id == actor.require_school()).with_for_update(key_share=True)
    ).one()
    going = select(RetentionRun.id).where(
        RetentionRun.school_id == school.id, RetentionRun.state == RetentionRunState.RUNNING
    )
    if session.exec(going.limit(1)).first() is not None:
        raise RunGoesOn
    if wanted.dry_run:
        run = sweep.begin_dry(session, school.id, person_id=actor.person_id, now=now)
    else:
        listed = last_list(session, school.id, now=now)
        if listed is None:
            raise DryRunNeeded
        run = sweep.begin(session, listed, person_id=actor.person_id, only=_known_to(actor), now=now)
    trail.record(
        session,
        action="retention_run.listed" if wanted.dry_run else "retention_run.started",
        school_id=school.id,
        person_id=actor.person_id,
        subject=run.id,
        now=now,
    )
    sweep.enqueue(session, run, now=now)
    return _out(session, actor, run)


def last_list(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> RetentionRun | None:
    """The newest dry run that has finished, unless it is too old to go by."""
    finished = select(RetentionRun).where(
        RetentionRun.school_id == school_id,
        col(RetentionRun.dry_run).is_(True),
        col(RetentionRun.finished_at) > now - LIST_GOOD_FOR,
    )
    return session.exec(finished.order_by(col(RetentionRun.finished_at).desc(), col(RetentionRun.id)).limit(1)).first()


def page(session: Session, actor: Actor, request: PageRequest) -> RetentionRunPage:
    statement = request.slice(
        _visible(actor), at=col(RetentionRun.started_at), row_id=col(RetentionRun.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.started_at, row.id))
    return RetentionRunPage(items=[_out(session, actor, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, run_id: uuid.UUID) -> RetentionRunOut:
    return _out(session, actor, _find(session, actor, run_id))


def items(session: Session, actor: Actor, run_id: uuid.UUID, request: PageRequest) -> RetentionItemPage:
    """What a run found, less what this officer must not know of."""
    run = _find(session, actor, run_id)
    statement = select(RetentionItem).where(RetentionItem.run_id == run.id, _known_to(actor))
    after = request.after()
    if after is not None:
        statement = statement.where(col(RetentionItem.subject_id) > after[1])
    statement = statement.order_by(col(RetentionItem.subject_id)).limit(request.limit + 1)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (NO_TIME, row.subject_id))
    found = [
        RetentionItemOut(
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            retention_class=row.retention_class,
            result=row.result,
        )
        for row in rows
    ]
    return RetentionItemPage(items=found, next_cursor=cursor)


def _known_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Of a query over items: those of which this officer may know."""
    known = records.visible_records(actor).with_only_columns(Report.id)
    return sa.or_(col(RetentionItem.subject_kind) != SubjectKind.REPORT, col(RetentionItem.subject_id).in_(known))


def _visible(actor: Actor) -> Any:
    actor.require(Role.PRIVACY_OFFICER)
    return select(RetentionRun).where(RetentionRun.school_id == actor.require_school())


def _find(session: Session, actor: Actor, run_id: uuid.UUID) -> RetentionRun:
    run: RetentionRun | None = session.exec(_visible(actor).where(RetentionRun.id == run_id)).one_or_none()
    if run is None:
        raise NotFound
    return run


def _out(session: Session, actor: Actor, run: RetentionRun) -> RetentionRunOut:
    counted = (
        select(RetentionItem.retention_class, RetentionItem.result, func.count())
        .where(RetentionItem.run_id == run.id, _known_to(actor))
        .group_by(col(RetentionItem.retention_class), col(RetentionItem.result))
    )
    found = [
        RetentionCount(retention_class=RetentionClass(kept_as), result=RetentionResult(result), count=number)
        for kept_as, result, number in session.exec(counted).all()
    ]
    by = None if run.person_id is None else session.get_one(Person, run.person_id)
    return RetentionRunOut(
        id=run.id,
        dry_run=run.dry_run,
        automatic=run.automatic,
        listed_by=run.listed_by,
        started_by=None if by is None else by.alias,
        state=run.state,
        started_at=run.started_at,
        finished_at=run.finished_at,
        counts=sorted(found, key=lambda each: (each.retention_class, each.result)),
    )
