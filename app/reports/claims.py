"""Who has taken a report on. The claim of somebody who can no longer answer it counts as none: the next may take it.

So may they when its holder has let it lie. What somebody did about a report is in the trail, which is asked (decision
60); what they wrote to its reporter is in the conversation, and a note that they left is with its page.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.identity.grant_states import CURRENT
from app.models import (
    AuditEntry,
    CaseNote,
    Escalation,
    Person,
    Report,
    ReportExcludedRole,
    ReportExclusion,
    ReportGrant,
    ReportMessage,
    RoleGrant,
)
from app.paging import ending
from app.paging import service as paging
from app.vocabulary import Role, SubjectKind

# Somebody holds a report and does nothing about it: after so long another may take it over.
QUIET_AFTER = dt.timedelta(hours=24)
CLAIMED, TAKEN_OVER, RELEASED = "report.claimed", "report.taken_over", "report.released"
# In the trail, and no more than looking.
_LOOKING = ("report.read", "report.identity_opened")


def holder(session: Session, report: Report) -> uuid.UUID | None:
    return holders(session, [report]).get(report.id)


def holders(session: Session, reports: Sequence[Report]) -> dict[uuid.UUID, uuid.UUID]:
    """By report, whoever holds it: still there, still who may read it, and nobody it is kept from."""
    claimed = [report.id for report in reports if report.claimed_by is not None]
    if not claimed:
        return {}
    held = sa.and_(col(RoleGrant.person_id) == col(Person.id), CURRENT)
    kept_from = sa.exists().where(
        col(ReportExclusion.report_id) == col(Report.id), col(ReportExclusion.person_id) == col(Person.id)
    )
    kept_from_role = sa.exists().where(
        col(ReportExcludedRole.report_id) == col(Report.id), col(ReportExcludedRole.role) == col(RoleGrant.role), held
    )
    triager = sa.and_(col(Report.independent).is_(False), sa.exists().where(held, col(RoleGrant.role) == Role.TRIAGER))
    handler = sa.and_(
        col(Report.independent).is_(True),
        sa.exists().where(held, col(RoleGrant.role) == Role.INDEPENDENT_HANDLER),
        sa.exists().where(
            col(ReportGrant.report_id) == col(Report.id),
            col(ReportGrant.person_id) == col(Person.id),
            col(ReportGrant.ended_hour).is_(None),
        ),
    )
    statement = (
        select(Report.id, Person.id)
        .join(Person, col(Person.id) == col(Report.claimed_by))
        .where(
            col(Report.id).in_(claimed),
            col(Person.active).is_(True),
            sa.or_(triager, handler),
            ~kept_from,
            ~kept_from_role,
        )
    )
    return dict(session.exec(statement).all())


def quiet_from(session: Session, report: Report) -> dt.datetime | None:
    """When its holder will have done nothing about it for a day, if they do nothing more. None where nobody holds it.

    It counts from the beginning of the hour of what they did last, because the trail knows hours."""
    held_by = holder(session, report)
    if held_by is None:
        return None
    done = select(func.max(AuditEntry.hour)).where(
        col(AuditEntry.subject) == str(report.id),
        AuditEntry.person_id == held_by,
        col(AuditEntry.action).not_in(_LOOKING),
    )
    written = select(func.max(ReportMessage.sent_at)).where(
        ReportMessage.report_id == report.id, ReportMessage.person_id == held_by
    )
    # Of a note that they left on a page the trail speaks under the page.
    noted = (
        select(func.max(CaseNote.hour))
        .join(Escalation, col(Escalation.id) == col(CaseNote.escalation_id))
        .where(
            Escalation.subject_kind == SubjectKind.REPORT,
            Escalation.subject_id == report.id,
            CaseNote.person_id == held_by,
        )
    )
    acts = [at for at in (session.exec(each).one() for each in (done, written, noted)) if at is not None]
    return hour_of(max(acts, default=report.submitted_at)) + QUIET_AFTER


def is_quiet(session: Session, report: Report, *, now: dt.datetime) -> bool:
    """Whether another may take over a report that somebody holds."""
    quiet = quiet_from(session, report)
    return quiet is not None and quiet <= now


def given_back_by(session: Session, report: Report) -> set[uuid.UUID]:
    """Those who held it once and have given it back, or were relieved of it: nobody counts on them, unless they have
    taken it on again, have acknowledged a page that waits for their answer, or have written since, in a later hour:
    the trail knows hours."""
    since = _held_until(session, report)
    if not since:
        return set()
    written = select(ReportMessage.person_id, func.max(ReportMessage.sent_at)).where(
        ReportMessage.report_id == report.id, col(ReportMessage.person_id).in_(since)
    )
    wrote = {who: at for who, at in session.exec(written.group_by(col(ReportMessage.person_id))) if who is not None}
    again = {holder(session, report)} | {who for who, at in wrote.items() if hour_of(at) > since[who]}
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    if escalation is not None and not ending.is_over(escalation):
        again.add(escalation.acknowledged_by)
    return since.keys() - again


def _held_until(session: Session, report: Report) -> dict[uuid.UUID, dt.datetime]:
    """The hour in which somebody gave it back, or in which another took it over from them. Nobody takes over what was
    claimed less than a day before, so that of the two the later hour is the later act."""
    acts = select(AuditEntry.person_id, AuditEntry.action, func.max(AuditEntry.hour)).where(
        col(AuditEntry.subject) == str(report.id), col(AuditEntry.action).in_((CLAIMED, TAKEN_OVER, RELEASED))
    )
    since: dict[uuid.UUID, dt.datetime] = {}
    claimed: dict[uuid.UUID, dt.datetime] = {}
    relieving: dict[uuid.UUID, dt.datetime] = {}
    for who, action, hour in session.exec(acts.group_by(col(AuditEntry.person_id), col(AuditEntry.action))):
        if who is None:
            continue
        if action == RELEASED:
            since[who] = hour
            continue
        claimed[who] = max(hour, claimed.get(who, hour))
        if action == TAKEN_OVER:
            relieving[who] = hour
    for who, hour in claimed.items():
        relieved = [each for other, each in relieving.items() if other != who and each > hour]
        if relieved and since.get(who, hour) <= hour:
            since[who] = max(relieved)
    return since
