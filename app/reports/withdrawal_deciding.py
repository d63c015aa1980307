"""Whether a withdrawn report may go that has a red-flag sign and that nobody had read: somebody reads it and decides.

Withdrawal must not silently destroy it (J15): whoever withdrew it may not be who sent it.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core.clock import hour_of
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Report, ReportAccess
from app.paging import answering, ending
from app.reports import holds, triage, withdrawal, withdrawn
from app.reports.exclusions import kept_from
from app.reports.withdrawal_schemas import WithdrawalDecisionCreate, WithdrawalDecisionOut
from app.vault import columns
from app.vocabulary import SubjectKind, WithdrawalDecision


class NotToBeDecided(Conflict):
    code, status, title = "not_to_be_decided", 409, "There is nothing to decide here"
    default_detail = "It was not taken back, or it was read before it was."


class AlreadyDecided(Conflict):
    code, status, title = "already_decided", 409, "Somebody has decided otherwise"


class NotRead(Conflict):
    code, status, title = "not_read", 409, "Read it first"
    default_detail = "Whether it may go is decided by somebody who has read what it says."


def decide(
    session: Session, actor: Actor, report_id: uuid.UUID, body: WithdrawalDecisionCreate, *, now: dt.datetime
) -> WithdrawalDecisionOut:
    """Let it go, or go on without the reporter. The same decision twice is one.

    Raises NotFound for whoever may not read it, NotToBeDecided, AlreadyDecided, NotRead.
    """
    report = _found(session, actor, report_id, now=now)
    row = withdrawn.row_of(session, report)
    if row is not None and row.decision is not None:
        if row.decision is not body.decision:
            raise AlreadyDecided
        return _out(session, report, row.decision, row.decided_hour or hour_of(now))
    if row is None or not withdrawn.to_be_decided(session, report):
        raise NotToBeDecided
    if not _has_read(session, report, actor.person_id):
        raise NotRead
    row.decision, row.decided_by, row.decided_hour = body.decision, actor.person_id, hour_of(now)
    columns.WITHDRAWAL_NOTE.seal(session, row, body.note, school_id=report.school_id)
    report.updated_hour = hour_of(now)
    report.version += 1
    # Deciding is acknowledging: what they were asked about stays theirs to read.
    answering.take(session, SubjectKind.REPORT, report.id, person_id=actor.person_id, now=now)
    if body.decision is WithdrawalDecision.CONTINUE:
        report.state, report.restricted = row.state_before, False
        ending.answered(session, SubjectKind.REPORT, report.id, now=now)
    else:
        ending.end(session, SubjectKind.REPORT, report.id, now=now)
    session.add_all((row, report))
    trail.record(
        session,
        action=f"report.withdrawal_{body.decision}",
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    session.flush()
    made = _out(session, report, body.decision, hour_of(now))
    if report.undo_until is not None and report.undo_until <= now:
        withdrawal.settle(session, report, now=now)
    return made


def _found(session: Session, actor: Actor, report_id: uuid.UUID, *, now: dt.datetime) -> Report:
    """Locked, for a triager, or for somebody who has a page for it that they may still read. Raises NotFound."""
    if actor.has(*triage.READERS):
        try:
            return triage.find(session, actor, report_id, lock=True)
        except NotFound:
            # Not among the reports that they find; whoever was paged for it reads it through the page.
            pass
    statement = select(Report).where(
        Report.id == report_id, Report.school_id == actor.require_school(), ~kept_from(actor)
    )
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    report = session.exec(fresh).one_or_none()
    if report is None:
        raise NotFound
    triage.require_known_to(session, actor, report)
    if actor.person_id not in answering.readers(session, SubjectKind.REPORT, report.id, now=now):
        raise NotFound
    return report


def _has_read(session: Session, report: Report, person_id: uuid.UUID) -> bool:
    opened = select(ReportAccess.role).where(
        ReportAccess.report_id == report.id, col(ReportAccess.person_id) == person_id
    )
    return session.exec(opened.limit(1)).first() is not None


def _out(session: Session, report: Report, decision: WithdrawalDecision, hour: dt.datetime) -> WithdrawalDecisionOut:
    goes = decision is WithdrawalDecision.LET_GO and not holds.must_keep(session, report)
    return WithdrawalDecisionOut(
        decision=decision,
        decided_hour=hour,
        destroyed_from=max(report.undo_until or hour, hour) if goes else None,
    )
