"""What somebody has to look at in a directory, and telling of it once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import structlog
from sqlmodel import Session, select

from app.core import clock
from app.core.pagination import PageRequest
from app.directory import catalogue, corrections
from app.directory.held import KEEPERS, rows_of, school_of
from app.directory.keeping_schemas import ReviewTask, ReviewTaskPage, TaskCode
from app.directory.overlay import BaseState, Standing
from app.events import outbox
from app.events.fields import MOST_NAMED
from app.events.keeping import DirectoryBaseChanged, DirectoryVerificationOverdue
from app.identity.actors import Actor, people_with
from app.models import LocalEntry, School
from app.packs import PackError
from app.schools import service as schools
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.directory")

SWEEP = "directory.review"
LOOK = "directory.look"
SWEEP_EVERY = dt.timedelta(hours=1)
# Where the national entry is gone, there is no version of it to have been told of.
GONE = "gone"
_RANK = {code: rank for rank, code in enumerate(TaskCode)}


def page(session: Session, actor: Actor, request: PageRequest) -> ReviewTaskPage:
    """By kind, then by entry."""
    school = school_of(session, actor)
    place = request.after_names()
    after = place[0] if place else None
    found = sorted(_tasks(session, school, now=clock.now()), key=_key)
    wanted = [task for task in found if after is None or _key(task) > after]
    shown = wanted[: request.limit]
    more = len(wanted) > len(shown)
    return ReviewTaskPage(items=shown, next_cursor=request.cursor_at_names([_key(shown[-1])]) if more else None)


def overdue_of(session: Session, school: School, *, today: dt.date) -> list[Standing]:
    """The entries that readers get, and that nobody has checked in time."""
    standings = catalogue.catalogue_of(session, school).directory.standings.values()
    return [each for each in standings if each.served and each.entry is not None and is_due(each, today)]


def is_due(standing: Standing, today: dt.date) -> bool:
    return standing.entry is not None and standing.entry.verify_by is not None and standing.entry.verify_by < today


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school looked at, each in a transaction of its own, and come again in an hour. Safe to repeat."""
    queue.enqueue_for_each(session, LOOK, session.exec(select(School.id)), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Tell a school of what is overdue, and of what the country has changed under its words.

    Once for each day that a check was due, and once for each version: safe to repeat.
    """
    school = session.get(School, item.subject)
    if school is None:
        return
    try:
        standings = catalogue.catalogue_of(session, school).directory.standings
    except PackError as exc:
        log.error("directory.not_looked_at", school=str(school.id), reason=type(exc).__name__)
        return
    rows = rows_of(session, school.id)
    who = people_with(session, school.id, *KEEPERS)
    today = schools.today(school, now=now)
    late = [each.id for each in overdue_of(session, school, today=today) if _not_told(session, school, each, rows, now)]
    if late:
        overdue = DirectoryVerificationOverdue(school=school.slug, overdue=len(late), entry_ids=late[:MOST_NAMED])
        outbox.emit(session, "directory.verification_overdue", overdue, school_id=school.id, now=now, tell=who)
    for row in rows.values():
        standing = standings.get(row.entry_id)
        if row.told_overdue_at is not None and (standing is None or not is_due(standing, today)):
            # Checked by the country, or gone: what is still marked is what nobody has checked.
            row.told_overdue_at = None
            session.add(row)
        if standing is None or standing.base_state not in (BaseState.CHANGED, BaseState.GONE):
            continue
        present = GONE if standing.base is None else standing.base.version
        if row.told_base_version == present:
            continue
        row.told_base_version = present
        session.add(row)
        changed = DirectoryBaseChanged(school=school.slug, entry_id=row.entry_id, state=standing.base_state)
        outbox.emit(session, "directory.base_changed", changed, school_id=school.id, now=now, tell=who)


def _not_told(
    session: Session, school: School, overdue: Standing, rows: dict[str, LocalEntry], now: dt.datetime
) -> bool:
    """Whether nobody was told yet that this is overdue; from now on somebody was."""
    due = None if overdue.entry is None else overdue.entry.verify_by
    row = rows.get(overdue.id)
    told_at = None if row is None else row.told_overdue_at
    if due is None or (told_at is not None and schools.today(school, now=told_at) > due):
        return False
    if row is None:
        # No change of the directory: it says nothing of the entry but that this was told.
        row = rows[overdue.id] = LocalEntry(school_id=school.id, entry_id=overdue.id, entry={}, version=0)
    row.told_overdue_at = now
    session.add(row)
    return True


def _tasks(session: Session, school: School, *, now: dt.datetime) -> Iterator[ReviewTask]:
    rows = rows_of(session, school.id)
    waiting = corrections.open_by_entry(session, school.id)
    today = schools.today(school, now=now)
    for each in catalogue.catalogue_of(session, school).directory.standings.values():
        row = rows.get(each.id)
        if each.broken is not None:
            yield _task(TaskCode.BROKEN_ROW, each)
        if each.kept_for_safety:
            yield _task(TaskCode.KEPT_FOR_SAFETY, each)
        if each.id in waiting:
            count, since = waiting[each.id]
            yield _task(TaskCode.CORRECTION_OPEN, each, since=since.date(), count=count)
        if each.served and is_due(each, today):
            yield _task(TaskCode.VERIFICATION_OVERDUE, each, since=each.entry.verify_by if each.entry else None)
        if each.base_state is BaseState.GONE:
            yield _task(TaskCode.BASE_GONE, each)
        if each.base_state is BaseState.CHANGED:
            yield _task(TaskCode.BASE_CHANGED, each)
        until = None if row is None else row.hidden_until
        if until is not None and until <= now:
            yield _task(TaskCode.HIDDEN_EXPIRED, each, since=until.date())


def _task(code: TaskCode, standing: Standing, *, since: dt.date | None = None, count: int = 1) -> ReviewTask:
    return ReviewTask(code=code, entry_id=standing.id, since=since, count=count)


def _key(task: ReviewTask) -> str:
    return f"{_RANK[task.code]}|{task.entry_id}"
