"""The reporter takes their report back (J15): told what comes of it, done as it was told, and undone within a day.

The report's row is locked first, here and by whoever reads it: of a first reading and a withdrawal at the same moment
one is before the other, and what the reporter was promised is what happens.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import Session, select

from app.audit import trail
from app.contacts import service as contacts
from app.core.clock import hour_of
from app.core.problems import Conflict
from app.guidance.pack import load_guidance
from app.models import Report, ReportAccess, ReportWithdrawal
from app.paging import ending, holding
from app.paging import service as paging
from app.reports import closing, decisions, dialogue, erasing, holds, mine, states, unread, withdrawn
from app.reports.withdrawal_schemas import MyWithdrawal, WithdrawalCreate
from app.vocabulary import (
    MessageAuthor,
    Outcome,
    ReportState,
    SubjectKind,
    WithdrawalDecision,
    WithdrawalOutcome,
    WithdrawalReason,
)
from app.work import queue
from app.work.queue import Item

UNDO_OVER = "reports.withdrawal"
# From the beginning of the hour in which it was asked for: a day at least, and on a whole hour.
UNDO_FOR = dt.timedelta(hours=25)


class OutcomeChanged(Conflict):
    code, status, title = "outcome_changed", 409, "What becomes of it has changed since you looked"
    default_detail = "Nothing was done. Look at the preview again, and confirm what it says now."


class NotWithdrawn(Conflict):
    code, status, title = "not_withdrawn", 409, "There is nothing to undo"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a withdrawal would do at this moment, and why it does no more."""

    outcome: WithdrawalOutcome
    because: tuple[WithdrawalReason, ...]
    was_read: bool


def outlook(session: Session, report: Report) -> Outlook:
    """Decided by what is true now: a decision that stands, a reading, a red-flag sign, a law, a hold or an incident, in
    this order.

    These three are named as well where a reading alone would have the same effect.
    """
    was_read = _was_read(session, report)
    because: list[WithdrawalReason] = []
    if was_read:
        because.append(WithdrawalReason.READ)
    if holds.records_law(session, report):
        because.append(WithdrawalReason.RECORDS_LAW)
    if holds.held(session, report):
        because.append(WithdrawalReason.LEGAL_HOLD)
    if holds.looked_into(session, report):
        because.append(WithdrawalReason.PRIVACY_INCIDENT)
    if decisions.stands(session, report):
        return Outlook(WithdrawalOutcome.CONTINUES, (WithdrawalReason.DECISION_STANDS,), was_read)
    if report.needs_person_check and not was_read:
        return Outlook(WithdrawalOutcome.RESTRICTED_UNTIL_DECIDED, (WithdrawalReason.RED_FLAG, *because), was_read)
    outcome = WithdrawalOutcome.RESTRICTED if because else WithdrawalOutcome.DESTROYED
    return Outlook(outcome, tuple(because), was_read)


def preview(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> MyWithdrawal:
    """What would become of it; of one that is withdrawn, what does. Raises NotFound."""
    return _shown(session, mine.find(session, report_id, now=now, taken_back=True), now=now)


def withdraw(session: Session, report_id: uuid.UUID, body: WithdrawalCreate, *, now: dt.datetime) -> MyWithdrawal:
    """Take it back, now, as it was expected. Doing it twice is one withdrawal.

    Raises NotFound, OutcomeChanged, or TooManyMessages for a reason where no message fits any more.
    """
    report = mine.find(session, report_id, now=now, lock=True, taken_back=True)
    if report.withdrawn_hour is not None:
        return _shown(session, report, now=now)
    found = outlook(session, report)
    if found.outcome is not body.expected:
        shown = _shown(session, report, now=now)
        raise OutcomeChanged(extra={"preview": shown.model_dump(mode="json")})
    goes_on = found.outcome in (WithdrawalOutcome.CONTINUES, WithdrawalOutcome.RESTRICTED_UNTIL_DECIDED)
    if body.reason is not None and goes_on and not states.is_over(report):
        dialogue.add(session, report, body.reason, author=MessageAuthor.REPORTER, person_id=None, now=now)
    session.add(
        ReportWithdrawal(
            report_id=report.id,
            outcome=found.outcome,
            state_before=report.state,
            paging_ended=not goes_on and _end_paging(session, report, now=now),
        )
    )
    # Nothing new is passed on; whoever has accepted goes on until it can no longer be undone.
    contacts.take_back(session, report, now=now)
    report.withdrawn_hour = report.updated_hour = hour_of(now)
    report.undo_until = hour_of(now) + UNDO_FOR
    if found.outcome is not WithdrawalOutcome.CONTINUES:
        report.state, report.restricted = ReportState.WITHDRAWN, True
        decisions.end(session, report, now=now)
    report.version += 1
    session.add(report)
    queue.enqueue(session, UNDO_OVER, report.id, due_at=report.undo_until, now=now)
    _record(session, report, "report.withdrawn", now=now)
    session.flush()
    return _shown(session, report, now=now)


def undo(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Everything is as it was; whoever was asked is asked again, from the first step. Raises NotWithdrawn, NotFound."""
    report = mine.find(session, report_id, now=now, lock=True, taken_back=True)
    row = withdrawn.row_of(session, report)
    if row is None or report.withdrawn_hour is None:
        raise NotWithdrawn
    if report.state is ReportState.WITHDRAWN:
        report.state = row.state_before
    report.withdrawn_hour = report.undo_until = None
    report.restricted = False
    report.updated_hour = hour_of(now)
    report.version += 1
    # Whoever has decided that the work goes on without its reporter has answered nobody.
    ended = row.paging_ended or (row.decision is not None and not states.is_over(report))
    session.add(report)
    session.delete(row)
    session.flush()
    queue.cancel(session, kind=UNDO_OVER, subject=report.id)
    if ended:
        _ask_again(session, report, now=now)
    unread.watch_again(session, report, now=now)
    _record(session, report, "report.withdrawal_undone", now=now)


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """The time for undoing it is over: its receipt opens nothing any more, and what may go is destroyed."""
    statement = select(Report).where(Report.id == item.subject).with_for_update(key_share=True)
    report = session.exec(statement).one_or_none()
    if report is None or report.withdrawn_hour is None or report.undo_until is None or now < report.undo_until:
        return
    erasing.forget_receipt(report)
    session.add(report)
    settle(session, report, now=now)


def settle(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Do what is to become of one that can no longer be undone. One that nobody has decided about stays as it is.

    Whatever becomes of it, no supporter has anything of its reporter left.
    """
    row = withdrawn.row_of(session, report)
    if row is None:
        return
    contacts.end_all(session, report, now=now)
    let_go = row.outcome is WithdrawalOutcome.DESTROYED or row.decision is WithdrawalDecision.LET_GO
    if row.outcome is WithdrawalOutcome.RESTRICTED:
        # What kept it, unread, may be over since: a hold was released, an incident closed. Its reporter was told so.
        let_go = outlook(session, report).outcome is WithdrawalOutcome.DESTROYED
    if let_go and not holds.must_keep(session, report):
        erasing.erase(session, report, now=now, outcome=Outcome.WITHDRAWN)
    elif let_go or row.outcome is WithdrawalOutcome.RESTRICTED:
        closing.coarsen(session, report)
        report.closed_hour = report.closed_hour or hour_of(now)
        session.add(report)


def _shown(session: Session, report: Report, *, now: dt.datetime) -> MyWithdrawal:
    texts, found = load_guidance().withdrawal, outlook(session, report)
    outcome, because = found.outcome, found.because
    row = withdrawn.row_of(session, report)
    if row is not None and row.outcome is WithdrawalOutcome.RESTRICTED_UNTIL_DECIDED:
        # Whoever has read it since has read it to decide about it.
        outcome, because = row.outcome, (WithdrawalReason.RED_FLAG,)
    return MyWithdrawal(
        withdrawn=row is not None,
        outcome=outcome,
        what_happens=texts.outcomes[outcome],
        because=list(because),
        because_text=[texts.reasons[reason] for reason in because],
        was_read=found.was_read,
        destroyed=texts.destroyed[outcome],
        kept=texts.kept[outcome],
        actions_stand=texts.actions_stand if found.was_read else None,
        undo_until=report.undo_until or hour_of(now) + UNDO_FOR,
    )


def _was_read(session: Session, report: Report) -> bool:
    """Whoever has taken it on was shown it then."""
    if report.claimed_by is not None:
        return True
    opened = select(ReportAccess.report_id).where(ReportAccess.report_id == report.id)
    return session.exec(opened.limit(1)).first() is not None


def _end_paging(session: Session, report: Report, *, now: dt.datetime) -> bool:
    """Nobody is asked any more. Whether somebody still was."""
    queue.cancel(session, kind=unread.UNREAD, subject=report.id)
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    asked = escalation is not None and not ending.is_over(escalation)
    # Also of what was asked in vain, and answered later: it would stand open for good.
    ending.end(session, SubjectKind.REPORT, report.id, now=now)
    return asked


def _ask_again(session: Session, report: Report, *, now: dt.datetime) -> None:
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    if escalation is not None and ending.is_over(escalation):
        holding.ask_anew(session, escalation, now=now)


def _record(session: Session, report: Report, action: str, *, now: dt.datetime) -> None:
    """By nobody: the reporter has no name here."""
    trail.record(session, action=action, school_id=report.school_id, person_id=None, subject=report.id, now=now)
