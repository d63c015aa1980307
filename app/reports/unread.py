"""A report that was to be read by a time, and was not: whoever is on call is asked then (domain, 2.3)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, select

from app.guidance.signs import Priority
from app.models import Report, ReportAccess
from app.paging import service as paging
from app.reports import calling
from app.vocabulary import ReportState, SubjectKind
from app.work import queue
from app.work.queue import Item

UNREAD = "reports.unread"


def watch(session: Session, report: Report, *, read_by: dt.datetime, now: dt.datetime) -> None:
    """Look whether it was read when the time comes that was promised for it."""
    queue.enqueue(session, UNREAD, report.id, due_at=read_by, now=now)


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """Nobody has opened it: page as for a question that is for today."""
    report = session.exec(select(Report).where(Report.id == item.subject).with_for_update(key_share=True)).one_or_none()
    if report is None or not _waits(session, report):
        return
    calling.start(session, report, priority=Priority.TODAY, now=now)


def _waits(session: Session, report: Report) -> bool:
    if report.state is not ReportState.NEW or report.claimed_by is not None:
        return False
    opened = session.exec(select(ReportAccess.hour).where(ReportAccess.report_id == report.id).limit(1)).first()
    return opened is None and paging.find_for(session, SubjectKind.REPORT, report.id) is None
