"""Who saw what, and who did what: kept at least as long as the records that it is about (domain, 3.5).

The trail is pruned from its beginning only (audit/chain.py): what may not go yet keeps all that came after it.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import chain, trail
from app.core.clock import hour_of
from app.models import Report, ReportAccess
from app.reports import holds
from app.retention import policies
from app.schools import service as schools
from app.vocabulary.keeping import RetentionClass


def drop_old(session: Session, school_id: uuid.UUID, *, asked_for: bool, now: dt.datetime) -> None:
    """Drop what is older than the school's policy, if it has one; unasked, only where that says `automatic`.

    Nothing of the trail goes that is as young as the oldest report which is not erased, or was not that long ago: what
    is about a report comes after it.
    """
    policy = policies.of_school(session, school_id)[RetentionClass.AUDIT_AND_ACCESS_LOG]
    period = policies.period_of(policy)
    if period is None or not (asked_for or policy.automatic):
        return
    holds.shut_out(session, school_id)
    if schools.is_held(session, school_id):
        return
    before = hour_of(now - period)
    kept = sa.or_(col(Report.erased_hour).is_(None), col(Report.erased_hour) > before)
    oldest = session.exec(select(func.min(Report.submitted_at)).where(Report.school_id == school_id, kept)).one()
    until = before if oldest is None else min(before, hour_of(oldest))
    gone = select(Report.id).where(Report.school_id == school_id, col(Report.erased_hour) <= before)
    session.connection().execute(sa.delete(ReportAccess).where(col(ReportAccess.report_id).in_(gone)))
    # Last: it holds the chain until the commit.
    if chain.prune(session, school_id, before=until, now=now):
        trail.record(
            session,
            action="audit_log.pruned",
            school_id=school_id,
            person_id=None,
            subject=f"before {until:%Y-%m-%dT%HZ}",
            now=now,
        )
