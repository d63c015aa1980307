"""Destroy what a request for advice says. That it was asked, of which topic, and what came of it stays for counting."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.models import AdviceMessage, AdviceRequest, CaseNote, Escalation
from app.paging import ending
from app.vault import columns
from app.vocabulary import AdviceStatus, SubjectKind

GONE = "This is no longer kept."


def erase(session: Session, request: AdviceRequest, *, now: dt.datetime) -> None:
    """Of one that is over and that the caller has locked, in the caller's transaction. Twice is no change.

    Whoever has gone without closing it finds it closed, should they come back.
    """
    if request.erased_hour is not None:
        return
    columns.ADVICE_SUMMARY.seal(session, request, GONE, school_id=request.school_id)
    ending.end(session, SubjectKind.ADVICE_REQUEST, request.id, now=now)
    request.status = AdviceStatus.CLOSED
    request.promise = {}
    request.created_at = hour_of(request.created_at)
    request.erased_hour = hour_of(now)
    request.version += 1
    session.add(request)
    connection = session.connection()
    connection.execute(sa.delete(AdviceMessage).where(col(AdviceMessage.request_id) == request.id))
    paged_for = select(Escalation.id).where(
        Escalation.subject_kind == SubjectKind.ADVICE_REQUEST, Escalation.subject_id == request.id
    )
    connection.execute(sa.delete(CaseNote).where(col(CaseNote.escalation_id).in_(paged_for)))
    ending.coarsen(session, SubjectKind.ADVICE_REQUEST, request.id, school_id=request.school_id)
