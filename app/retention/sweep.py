"""What a run does: a dry one lists whose time is over; one that erases takes what was listed, one record at a time.

Each record is erased in a transaction of its own, and only if everything that was true when it was listed still is. A
worker that dies leaves a run whose next step is due.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.advice import erasing as advice
from app.audit import trail
from app.core.ids import new_opaque_id
from app.identity.actors import people_with
from app.models import AdviceRequest, Report, RetentionItem, RetentionPolicy, RetentionRun
from app.reports import erasing, exclusions, holds
from app.retention import logs, policies, qualifying
from app.vocabulary import REPORT_IS_OVER, AdviceStatus, Role, SubjectKind
from app.vocabulary.keeping import RetentionResult, RetentionRunState
from app.work import queue
from app.work.queue import Item

RUN = "retention.run"
# So many are looked at in one transaction of a dry run, which changes none of them.
BATCH = 50
# Where a dry run begins, and its order. A run that erases needs no place: what is left is on its list.
Place = Mapping[str, str | None]
FROM_START: Place = {"kind": SubjectKind.REPORT, "after": None}


def begin_dry(
    session: Session, school_id: uuid.UUID, *, person_id: uuid.UUID | None, now: dt.datetime, automatic: bool = False
) -> RetentionRun:
    """A run that lists. The caller takes its steps, or enqueues them."""
    run = _new(school_id, dry_run=True, automatic=automatic, listed_by=None, person_id=person_id, now=now)
    session.add(run)
    session.flush()
    return run


def begin(
    session: Session,
    listed: RetentionRun,
    *,
    person_id: uuid.UUID | None,
    only: sa.ColumnElement[bool],
    now: dt.datetime,
    automatic: bool = False,
) -> RetentionRun:
    """A run that erases, of those due on the list of a dry run for which `only` holds."""
    run = _new(listed.school_id, dry_run=False, automatic=automatic, listed_by=listed.id, person_id=person_id, now=now)
    session.add(run)
    session.flush()
    due = select(RetentionItem).where(
        RetentionItem.run_id == listed.id, RetentionItem.result == RetentionResult.DUE, only
    )
    for item in session.exec(due).all():
        session.add(RetentionItem(**item.model_dump(exclude={"run_id"}), run_id=run.id))
    session.flush()
    return run


def enqueue(
    session: Session,
    run: RetentionRun,
    *,
    now: dt.datetime,
    place: Place = FROM_START,
    due_at: dt.datetime | None = None,
) -> None:
    queue.enqueue(session, RUN, run.id, due_at=due_at or now, now=now, payload=place, key=f"{RUN}/{run.id}")


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """One step, and the next is due at once, until there is none."""
    rest = step(session, item.subject, item.payload, now=now)
    if rest is not None:
        enqueue(session, session.get_one(RetentionRun, item.subject), now=now, place=rest)


def step(session: Session, run_id: uuid.UUID, place: Place, *, now: dt.datetime) -> Place | None:
    """Do one transaction's worth, and say where to go on; None when the run has finished. Safe to repeat."""
    run = session.get_one(RetentionRun, run_id, with_for_update=True)
    if run.state is RetentionRunState.FINISHED:
        return None
    rest = _list_some(session, run, place, now=now) if run.dry_run else _erase_one(session, run, place, now=now)
    if rest is None:
        if not run.dry_run:
            logs.drop_old(session, run.school_id, asked_for=not run.automatic, now=now)
        run.state, run.finished_at = RetentionRunState.FINISHED, now
        session.add(run)
    return rest


def _list_some(session: Session, run: RetentionRun, place: Place, *, now: dt.datetime) -> Place | None:
    kind, after = SubjectKind(str(place["kind"])), None if place["after"] is None else uuid.UUID(place["after"])
    known = policies.of_school(session, run.school_id)
    rows: Sequence[Report | AdviceRequest]
    if kind is SubjectKind.REPORT:
        rows = _over_reports(session, run.school_id, after=after)
    else:
        rows = _over_requests(session, run.school_id, after=after)
    for row in rows:
        if isinstance(row, Report):
            found = qualifying.look(session, row, known, now=now)
        else:
            found = qualifying.look_at_advice(session, row, known, now=now)
        if found is not None:
            item = RetentionItem(
                run_id=run.id, subject_id=row.id, subject_kind=kind, retention_class=found[0], result=found[1]
            )
            session.merge(item)
    if len(rows) == BATCH:
        return {"kind": kind, "after": str(rows[-1].id)}
    return {"kind": SubjectKind.ADVICE_REQUEST, "after": None} if kind is SubjectKind.REPORT else None


def _over_reports(session: Session, school_id: uuid.UUID, *, after: uuid.UUID | None) -> Sequence[Report]:
    statement = select(Report).where(
        Report.school_id == school_id, col(Report.erased_hour).is_(None), col(Report.state).in_(REPORT_IS_OVER)
    )
    if after is not None:
        statement = statement.where(col(Report.id) > after)
    return session.exec(statement.order_by(col(Report.id)).limit(BATCH)).all()


def _over_requests(session: Session, school_id: uuid.UUID, *, after: uuid.UUID | None) -> Sequence[AdviceRequest]:
    statement = select(AdviceRequest).where(
        AdviceRequest.school_id == school_id,
        col(AdviceRequest.erased_hour).is_(None),
        sa.or_(col(AdviceRequest.status) == AdviceStatus.CLOSED, qualifying.closed_by_nobody()),
    )
    if after is not None:
        statement = statement.where(col(AdviceRequest.id) > after)
    return session.exec(statement.order_by(col(AdviceRequest.id)).limit(BATCH)).all()


def _erase_one(session: Session, run: RetentionRun, place: Place, *, now: dt.datetime) -> Place | None:
    left = select(RetentionItem).where(RetentionItem.run_id == run.id, RetentionItem.result == RetentionResult.DUE)
    item = session.exec(left.order_by(col(RetentionItem.subject_id)).limit(1)).first()
    if item is None:
        return None
    known = policies.of_school(session, run.school_id)
    if item.subject_kind is SubjectKind.REPORT:
        item.result = _erase_report(session, run, item, known, now=now)
    else:
        item.result = _erase_advice(session, run, item, known, now=now)
    session.add(item)
    # Of a report its erasing is recorded with it (reports/erasing.py).
    if item.result is RetentionResult.ERASED and item.subject_kind is not SubjectKind.REPORT:
        trail.record(
            session,
            action=f"{item.subject_kind}.erased",
            school_id=run.school_id,
            person_id=run.person_id,
            subject=item.subject_id,
            now=now,
        )
    return place


def _erase_report(
    session: Session, run: RetentionRun, item: RetentionItem, known: qualifying.Policies, *, now: dt.datetime
) -> RetentionResult:
    locked = select(Report).where(Report.id == item.subject_id).with_for_update(key_share=True)
    report = session.exec(locked.execution_options(populate_existing=True)).one()
    # Before anything is looked at: a hold on the whole school is placed before this, or after it.
    holds.shut_out(session, report.school_id)
    found = qualifying.look(session, report, known, now=now)
    if found is None or found[0] is not item.retention_class or not _may_take(session, run, report, known[found[0]]):
        return RetentionResult.CHANGED
    if found[1] is not RetentionResult.DUE:
        return found[1]
    action = known[item.retention_class].action
    erasing.erase(session, report, now=now, outcome=None, action=action, person_id=run.person_id)
    return RetentionResult.ERASED


def _erase_advice(
    session: Session, run: RetentionRun, item: RetentionItem, known: qualifying.Policies, *, now: dt.datetime
) -> RetentionResult:
    locked = select(AdviceRequest).where(AdviceRequest.id == item.subject_id).with_for_update()
    request = session.exec(locked.execution_options(populate_existing=True)).one()
    holds.shut_out(session, request.school_id)
    found = qualifying.look_at_advice(session, request, known, now=now)
    if found is None or (run.automatic and not known[found[0]].automatic):
        return RetentionResult.CHANGED
    if found[1] is not RetentionResult.DUE:
        return found[1]
    advice.erase(session, request, now=now)
    return RetentionResult.ERASED


def _may_take(session: Session, run: RetentionRun, report: Report, policy: RetentionPolicy) -> bool:
    """Nothing is erased for an officer who must not know of it, nor without being asked where no officer may.

    Whoever runs the service and its command line has the database itself.
    """
    if run.person_id is None and not run.automatic:
        return True
    if run.automatic and not policy.automatic:
        return False
    officers = set(people_with(session, run.school_id, Role.PRIVACY_OFFICER))
    wanted = officers if run.person_id is None else officers & {run.person_id}
    return not report.independent and bool(exclusions.may_know(session, report, wanted))


def _new(
    school_id: uuid.UUID,
    *,
    dry_run: bool,
    automatic: bool,
    listed_by: uuid.UUID | None,
    person_id: uuid.UUID | None,
    now: dt.datetime,
) -> RetentionRun:
    return RetentionRun(
        id=new_opaque_id(),
        school_id=school_id,
        dry_run=dry_run,
        automatic=automatic,
        listed_by=listed_by,
        person_id=person_id,
        state=RetentionRunState.RUNNING,
        started_at=now,
    )
