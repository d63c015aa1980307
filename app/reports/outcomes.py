"""What came of a report, several things allowed. None of them judges anybody, and none ends the reporter's part.

An outcome says how somebody was spoken with: a concern that was only ever mailed about was missed before (domain, 2.3).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest
from app.directory import catalogue
from app.identity.actors import Actor
from app.models import ConfidentialityDecision, Report, ReportOutcome, School
from app.reports import claims, dialogue, second_person, states, triage
from app.reports.handling_schemas import OutcomeCreate, OutcomeOut, OutcomePage, ReferralOut
from app.vault import columns
from app.vocabulary import ContactMethod, Outcome, ProposalKind, SecondPersonState

# Somebody was spoken with, or it was tried: it is said how.
BY_CONTACT = frozenset(
    {
        Outcome.ADVICE_GIVEN_TO_REPORTER,
        Outcome.SUPPORT_OFFERED,
        Outcome.SUPPORT_ACCEPTED,
        Outcome.SUPPORT_DECLINED,
        Outcome.CONNECTED_TO_SERVICE,
        Outcome.EMERGENCY_HELP_CALLED,
        Outcome.SHARED_WITHOUT_CONSENT,
        Outcome.REDIRECTED_TO_OTHER_PROCESS,
        Outcome.UNABLE_TO_REACH,
    }
)


class DecisionRequired(Conflict):
    code, status, title = "decision_required", 409, "This rests on a confidentiality decision"
    default_detail = "Name the decision, in effect, by which it was passed on without the peer's say."


class OutcomeNeeded(Conflict):
    code, status, title = "outcome_needed", 409, "Say first what came of it"
    default_detail = "A worry is not closed in silence: record at least one outcome."


def record(session: Session, actor: Actor, report_id: uuid.UUID, body: OutcomeCreate) -> OutcomeOut:
    """By whoever holds it, or anybody who sees it while nobody does. Raises AlreadyClaimed, and as `add` does."""
    report = triage.find(session, actor, report_id, lock=True)
    if claims.holder(session, report) not in (None, actor.person_id):
        raise triage.AlreadyClaimed
    return add(session, report, body, person_id=actor.person_id, now=clock.now())


def add(session: Session, report: Report, body: OutcomeCreate, *, person_id: uuid.UUID, now: dt.datetime) -> OutcomeOut:
    """To a report that the caller has locked. `misuse` waits for a second person, everything else counts at once.

    Raises ReportWithdrawn, ReportClosed, DecisionRequired, AlreadyProposed; InvalidRequest for fields that do not go
    with the outcome.
    """
    dialogue.must_be_open(report)
    _check(session, report, body)
    two = body.outcome is Outcome.MISUSE
    row = ReportOutcome(
        report_id=report.id,
        outcome=body.outcome,
        contact_method=body.contact_method or ContactMethod.NO_CONTACT,
        state=SecondPersonState.AWAITING_SECOND_PERSON if two else SecondPersonState.IN_EFFECT,
        person_id=person_id,
        decision_id=body.decision_id,
        hour=hour_of(now),
    )
    if body.note is not None:
        columns.REPORT_OUTCOME.seal(session, row, body.note, school_id=report.school_id)
    if body.referral is not None:
        row.entry_id = body.referral.entry_id
        row.consent, row.warm_handover = body.referral.consent, body.referral.warm_handover
    session.add(row)
    session.flush()
    if two:
        second_person.keep(
            session,
            report,
            ProposalKind.MISUSE,
            state=row.state,
            by=person_id,
            note=body.note,
            outcome_id=row.id,
            now=now,
        )
    if body.outcome is Outcome.CONNECTED_TO_SERVICE:
        states.refer(report)
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    session.flush()
    trail.record(
        session,
        action="report.misuse_proposed" if two else "report.outcome_recorded",
        school_id=report.school_id,
        person_id=person_id,
        subject=report.id,
        now=now,
    )
    return _out(session, report, row)


def page(session: Session, actor: Actor, report_id: uuid.UUID, request: PageRequest) -> OutcomePage:
    """With their notes: reading them is recorded as reading the report."""
    report = triage.to_read(session, actor, report_id)
    statement = select(ReportOutcome).where(ReportOutcome.report_id == report.id)
    statement = request.slice(statement, at=col(ReportOutcome.hour), row_id=col(ReportOutcome.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.hour, row.id))
    return OutcomePage(items=[_out(session, report, row) for row in rows], next_cursor=cursor)


def in_effect(session: Session, report: Report) -> list[Outcome]:
    """Each once, as they are listed in the vocabulary."""
    statement = select(ReportOutcome.outcome).where(
        ReportOutcome.report_id == report.id, ReportOutcome.state == SecondPersonState.IN_EFFECT
    )
    found = set(session.exec(statement))
    return [outcome for outcome in Outcome if outcome in found]


def _check(session: Session, report: Report, body: OutcomeCreate) -> None:
    faults = []
    if body.outcome is Outcome.WITHDRAWN:
        faults.append(_fault("outcome", "not_set_by_hand", "The reporter withdraws a report, nobody else."))
    if body.outcome in BY_CONTACT and body.contact_method in (None, ContactMethod.NO_CONTACT):
        faults.append(_fault("contact_method", "contact_method_needed", "Say how they were spoken with, or tried."))
    if body.outcome is Outcome.MISUSE and body.note is None:
        faults.append(_fault("note", "note_needed", "A second person needs to know why."))
    if body.outcome is Outcome.CONNECTED_TO_SERVICE and body.referral is None:
        faults.append(_fault("referral", "referral_needed", "Say which service it was."))
    if body.referral is not None:
        faults += _faults_of_referral(session, report, body.outcome, entry_id=body.referral.entry_id)
    if faults:
        raise InvalidRequest(errors=faults)
    without_say = body.referral is not None and not body.referral.consent
    if body.outcome is Outcome.SHARED_WITHOUT_CONSENT or without_say or body.decision_id is not None:
        _rests_on(session, report, body.decision_id)


def _faults_of_referral(session: Session, report: Report, outcome: Outcome, *, entry_id: str) -> list[dict[str, str]]:
    if outcome is not Outcome.CONNECTED_TO_SERVICE:
        return [_fault("referral", "no_referral", "Only `connected_to_service` has a referral.")]
    found = catalogue.catalogue_of(session, session.get_one(School, report.school_id))
    standing = found.directory.standings.get(entry_id)
    # Of another state, too: somebody may be at home there by now.
    if standing is not None and standing.published:
        return []
    return [_fault("referral/entry_id", "unknown_entry", "This is no entry of this school's directory.")]


def _rests_on(session: Session, report: Report, decision_id: uuid.UUID | None) -> None:
    """Raises DecisionRequired, the same for none, one of another report, and one that is not in effect."""
    found = None if decision_id is None else session.get(ConfidentialityDecision, decision_id)
    if found is None or found.report_id != report.id or found.state is not SecondPersonState.IN_EFFECT:
        raise DecisionRequired


def _fault(field: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": f"#/{field}", "code": code, "detail": detail}


def _out(session: Session, report: Report, row: ReportOutcome) -> OutcomeOut:
    referral = None
    if row.entry_id is not None:
        referral = ReferralOut(entry_id=row.entry_id, consent=bool(row.consent), warm_handover=bool(row.warm_handover))
    note = None
    if row.note_sealed is not None:
        note = columns.REPORT_OUTCOME.unseal(session, row, school_id=report.school_id)
    return OutcomeOut(
        id=row.id,
        outcome=row.outcome,
        contact_method=row.contact_method,
        state=row.state,
        note=note,
        referral=referral,
        decision_id=row.decision_id,
        hour=row.hour,
    )
