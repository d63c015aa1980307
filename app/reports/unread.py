"""A report that was to be read by a time, and was not: whoever is on call is asked then (domain, 2.3).

It was not, either, where all who have opened it are gone, must not know of it any more, or have given it back; nor
where whoever holds it has let it lie for a day, and nobody has answered.

All reports of a school that are promised the same time share the row that looks after them then (decision 25). Whoever
reads it learns what the school promises, and not when a report came, or how many.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.guidance.signs import Priority
from app.identity.actors import people_with
from app.models import Report, ReportAccess, ReportOutcome
from app.paging import answering, grants
from app.paging import service as paging
from app.reports import calling, claims, exclusions
from app.vocabulary import ReportState, Role, SubjectKind
from app.work import queue
from app.work.queue import Item

# One report that may not have been read by its time.
UNREAD = "reports.unread"
# All those of a school that were to be read by one time.
UNREAD_BY = "reports.unread_by"
# Nobody has answered. The claim of somebody who has left counts as none.
UNANSWERED = (ReportState.NEW, ReportState.CLAIMED)
# Of a query over reports: those of which somebody has read something.
OPENED = sa.exists().where(col(ReportAccess.report_id) == col(Report.id))

# Of a school, and of the time in its own words: those of the answer.
Watched = tuple[uuid.UUID, dt.datetime, str]


def watch(session: Session, watched: Collection[Watched]) -> None:
    """Look whether they were read when the times come that were promised: the school, when, and as it was promised."""
    # Always in the same order: two processes that add the same ones must not wait for each other in a ring.
    for school_id, read_by, promised in sorted(set(watched)):
        key = f"{UNREAD_BY}:{school_id}:{promised}"
        queue.share(session, UNREAD_BY, school_id, due_at=read_by, key=key, payload={"read_by": promised})


def watch_again(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Of a report that has come back, or been left: as before, or at once when its time has passed meanwhile. Of one
    for which no time was named, never, unless somebody holds it: a claim has a clock of its own."""
    quiet_from = claims.quiet_from(session, report) if report.state in UNANSWERED else None
    if quiet_from is not None:
        watch_claim(session, report, quiet_from=quiet_from, now=now)
    promised = report.promise.get("read_by")
    if promised is None:
        return
    read_by = dt.datetime.fromisoformat(promised)
    if read_by > now:
        watch(session, [(report.school_id, read_by, promised)])
    else:
        queue.enqueue(session, UNREAD, report.id, due_at=read_by, now=now)


def watch_claim(session: Session, report: Report, *, quiet_from: dt.datetime, now: dt.datetime) -> None:
    """Of a report that somebody holds, which nobody has answered: look at it when they have let it lie, but not before
    the time by which it is to be read."""
    promised = report.promise.get("read_by")
    due_at = quiet_from if promised is None else max(quiet_from, dt.datetime.fromisoformat(promised))
    queue.enqueue(session, UNREAD, report.id, due_at=due_at, now=now, key=f"{UNREAD}:{report.id}:{due_at.isoformat()}")


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """The time has come: ask of each by itself, so that a fault of one is none of the others'."""
    promised = col(Report.promise)["read_by"].as_string()
    waiting = select(Report.id).where(
        Report.school_id == item.subject,
        col(Report.state).in_(UNANSWERED),
        promised == item.payload["read_by"],
    )
    for report_id in session.exec(waiting).all():
        queue.enqueue(session, UNREAD, report_id, due_at=item.due_at, now=now)


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """Nobody has it before them: page as for a question that is for today."""
    report = session.exec(select(Report).where(Report.id == item.subject).with_for_update(key_share=True)).one_or_none()
    if report is None or report.state not in UNANSWERED:
        return
    if paging.find_for(session, SubjectKind.REPORT, report.id) is not None:
        return
    quiet_from = claims.quiet_from(session, report)
    if quiet_from is None:
        waits = not readers(session, report, now=now)
    elif quiet_from > now:
        watch_claim(session, report, quiet_from=quiet_from, now=now)
        return
    else:
        waits = not _came_to_something(session, report)
    if waits:
        calling.start(session, report, priority=Priority.TODAY, now=now)


def readers(session: Session, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    """Those who have opened it, have not given it back and still can: as who reads reports, or while a page lasts."""
    opened = set(session.exec(select(ReportAccess.person_id).where(ReportAccess.report_id == report.id)))
    opened -= claims.given_back_by(session, report) if opened else set()
    if not opened:
        return set()
    paged = answering.readers(session, SubjectKind.REPORT, report.id, now=now)
    if report.independent:
        others = grants.holders(session, report.id)
    else:
        others = set(people_with(session, report.school_id, Role.TRIAGER))
    return exclusions.may_know(session, report, opened & (paged | others))


def _came_to_something(session: Session, report: Report) -> bool:
    """Whoever holds it has seen to it, if not by a word to its reporter."""
    recorded = select(ReportOutcome.id).where(ReportOutcome.report_id == report.id).limit(1)
    return session.exec(recorded).first() is not None
