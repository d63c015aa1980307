"""How much a reporter may write to one report: counted by its own messages, never by who or where they are (J13)."""

from __future__ import annotations

import datetime as dt
import math

from sqlmodel import Session, col, select

from app.core.problems import TooManyRequests
from app.core.ratelimit import Allowance
from app.guidance.signs import Priority, priority_rank
from app.models import Report, ReportMessage
from app.paging import service as paging
from app.vocabulary import EscalationState, MessageAuthor, SubjectKind
from app.work import queue

TELL = "reports.tell_together"
# By policy: so many in so long. Somebody who tells a long story in short messages needs fewer than ten in ten minutes;
# a conversation of a whole day has room for sixty, and a thread that is filled on purpose is full after weeks.
LIMITS = (
    ("report-messages-day", 60, dt.timedelta(days=1)),
    ("report-messages", 10, dt.timedelta(minutes=10)),
)
TOGETHER_WITHIN = dt.timedelta(seconds=10)


def require(session: Session, report: Report, *, now: dt.datetime) -> bool:
    """Whether so much was written lately that those who answer are told of several together.

    Raises TooManyRequests, with the time to wait; never for a report that cannot wait: its next sentence may be the one
    that matters.
    """
    written = select(ReportMessage.sent_at).where(
        ReportMessage.report_id == report.id, ReportMessage.author == MessageAuthor.REPORTER
    )
    sent = list(
        session.exec(written.order_by(col(ReportMessage.sent_at).desc()).limit(max(most for _, most, _ in LIMITS)))
    )
    for policy, most, window in LIMITS:
        if len(sent) < most or sent[most - 1] <= now - window:
            continue
        if _cannot_wait(session, report):
            return True
        wait = max(1, math.ceil((sent[most - 1] + window - now).total_seconds()))
        left = Allowance(policy, most, int(window.total_seconds()), remaining=0, resets_in=wait)
        raise TooManyRequests(policy=policy, retry_after=wait, headers=left.headers())
    return False


def tell_together(session: Session, report: Report, *, now: dt.datetime) -> None:
    """They hear of this and of what follows within ten seconds in one word."""
    queue.share(session, TELL, report.id, due_at=now + TOGETHER_WITHIN, key=f"{TELL}:{report.id}", payload={})


def _cannot_wait(session: Session, report: Report) -> bool:
    if report.needs_person_check or report.response_rank == priority_rank(Priority.NOW):
        return True
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    return escalation is not None and escalation.state is not EscalationState.CLOSED
