"""Destroy what a report says. A tombstone stays: its id, its school, whole hours, and how it ended (domain, 3.5)."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core.clock import hour_of
from app.guidance.signs import AboutRole, AboutWhom, Priority, Wants, priority_rank
from app.idempotency import service as idempotency
from app.models import (
    CaseNote,
    Contact,
    Escalation,
    GivenContactCode,
    LegalHold,
    PrivacyIncident,
    RelaySummary,
    Report,
    ReportConflict,
    ReportMessage,
    ReportOutcome,
    ReportProposal,
    ReportWithdrawal,
)
from app.paging import ending
from app.reports import closing, counting, decisions, holds, states, unread
from app.vocabulary import Outcome, ReportState, RetentionAction, SubjectKind
from app.work import queue

# What belongs to a report, one line for each table. A table that names reports stands here or in KEPT
# (tests/reports/test_erasing.py): first rows that go, then texts that go from rows that stay.
ROWS: tuple[tuple[type[Any], str], ...] = (
    (ReportMessage, "report_id"),
    (ReportProposal, "report_id"),
    (RelaySummary, "report_id"),
    (Contact, "report_id"),
    # Codes that were given for a peer are theirs, and stay good: from here on nothing leads to them.
    (GivenContactCode, "report_id"),
)
TEXTS: tuple[tuple[type[Any], str, tuple[str, ...]], ...] = (
    (ReportWithdrawal, "report_id", ("note_sealed",)),
    (ReportConflict, "report_id", ("reason_sealed",)),
    (LegalHold, "report_id", ("reason_sealed", "authority_sealed", "note_sealed")),
    (PrivacyIncident, "report_id", ("what_happened_sealed", "harm_note_sealed", "people_told_sealed")),
    # That somebody was connected with a service stays for counting; with which, and how, is about them.
    (ReportOutcome, "report_id", ("note_sealed", "entry_id", "consent", "warm_handover")),
)
# Who must not know of it, and who has read it, are known for at least as long as the report was: they hold no word.
KEPT = ("report_accesses", "report_exclusions", "report_excluded_roles", "report_grants")
# That somebody was told more than was agreed, and why, is answered for when the report is gone (STUDY I05). Proposals
# that came to nothing are not (decisions.forget).
ANSWERED_FOR = ("confidentiality_decisions",)


def erase(
    session: Session,
    report: Report,
    *,
    now: dt.datetime,
    outcome: Outcome | None,
    action: RetentionAction = RetentionAction.DESTROY,
    person_id: uuid.UUID | None = None,
) -> None:
    """Destroy the texts of a report that the caller has locked, in the caller's transaction. Twice is no change.

    `outcome`: `withdrawn` where its reporter asked for it; None leaves it closed, or else makes it expired. Under
    `de_identify` the signs that were ticked stay, and nothing else of it. `person_id` is who asked for it, where a
    person did. Raises Held, and then nothing is changed.
    """
    holds.shut_out(session, report.school_id)
    if holds.held(session, report):
        raise holds.Held
    if report.erased_hour is not None:
        return
    if outcome is not Outcome.WITHDRAWN:
        counting.count_erased(session, report)
    ending.end(session, SubjectKind.REPORT, report.id, now=now)
    closing.coarsen(session, report)
    ticked = report.signs if action is RetentionAction.DE_IDENTIFY else []
    _empty(report, now=now)
    report.signs = ticked
    if outcome is Outcome.WITHDRAWN:
        report.state = ReportState.WITHDRAWN
    elif not states.is_over(report):
        report.state = ReportState.EXPIRED
    session.add(report)
    trail.record(
        session, action="report.erased", school_id=report.school_id, person_id=person_id, subject=report.id, now=now
    )
    session.flush()
    _drop(session, report.id)
    decisions.forget(session, report)
    # What was answered to whoever wrote a message is kept for a day, under no name; it must not outlast the message.
    idempotency.empty_old(session, now=now)


def forget_receipt(report: Report) -> None:
    """From now on no receipt opens it, and what is kept instead of the receipt's hash is the hash of nothing."""
    report.receipt_hash = secrets.token_bytes(32)


def _empty(report: Report, *, now: dt.datetime) -> None:
    """A column that cannot be empty says the code that tells least."""
    report.narrative_sealed = report.identity_sealed = report.identity_purpose = None
    report.signs, report.details, report.promise = [], {}, {}
    report.statement_version = report.priority_set = report.group_id = report.claimed_by = None
    report.about_whom, report.about_role, report.wants = AboutWhom.PREFER_NOT_TO_SAY, AboutRole.NOT_SURE, Wants.NOT_SURE
    report.priority_stated, report.response_rank = Priority.WHEN_YOU_CAN, priority_rank(Priority.WHEN_YOU_CAN)
    report.needs_person_check = report.text_hidden = False
    report.restricted = True
    report.receipt_good_until = now.date()
    report.erased_hour = report.updated_hour = hour_of(now)
    report.version += 1
    forget_receipt(report)


def _drop(session: Session, report_id: uuid.UUID) -> None:
    connection = session.connection()
    for table, column in ROWS:
        connection.execute(sa.delete(table).where(getattr(table, column) == report_id))
    for table, column, texts in TEXTS:
        connection.execute(sa.update(table).where(getattr(table, column) == report_id).values(dict.fromkeys(texts)))
    paged_for = select(Escalation.id).where(
        Escalation.subject_kind == SubjectKind.REPORT, Escalation.subject_id == report_id
    )
    connection.execute(sa.delete(CaseNote).where(col(CaseNote.escalation_id).in_(paged_for)))
    queue.cancel(session, kind=unread.UNREAD, subject=report_id)
