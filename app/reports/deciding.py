"""To tell somebody more than was agreed takes two people; at 3 am, when nobody answers, one (design, 3; STUDY I05)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.core.schemas import rfc3339
from app.events import outbox
from app.events.conversations import DecisionReviewDue, SecondPersonChanged, SecondPersonRequested
from app.guidance.thresholds import ThresholdOut, threshold_of
from app.identity.actors import Actor
from app.models import ConfidentialityDecision, Report, School
from app.reports import decision_people, decisions, dialogue, exclusions, states, triage
from app.reports.decision_people import DECIDING, found
from app.reports.decision_schemas import (
    MOST_DECISIONS,
    AloneCreate,
    DecisionCreate,
    DecisionOut,
    SecondPersonAnswer,
    SecondPersonDecline,
)
from app.vault import service as vault
from app.vocabulary import ConfidentialityBasis, ReportState, Role, SecondPersonState
from app.work import queue
from app.work.queue import Item

# How long somebody else is waited for (design, 3), and by when one that was made alone must be looked into. Neither is
# a setting: whoever could make the first 0, or the second a year, could do without the second person.
WAIT = dt.timedelta(minutes=10)
REVIEW_WITHIN = dt.timedelta(hours=72)
MATTER = "confidentiality_decision"
# What was promised to whoever gave a name for the case that a life is at risk. Nobody here can promise against a court.
_OPENS_SEALED = (ConfidentialityBasis.SERIOUS_THREAT, ConfidentialityBasis.REQUIRED_BY_LAW)


class ThresholdChanged(Conflict):
    code, status, title = "threshold_changed", 409, "Another text is in force here"
    default_detail = "Read the threshold of this school again, and decide by what it says now."


class DecisionAwaits(Conflict):
    code, status, title = "decision_awaits", 409, "A decision about this waits for a second person"
    default_detail = "It has to be answered, or taken back, before there can be another one."


class TooManyDecisions(Conflict):
    code, status, title = "too_many_decisions", 409, "There are as many decisions about this as there can be"


class NothingToOpen(Conflict):
    code, status, title = "nothing_to_open", 409, "No name was given, or none was kept"
    default_detail = "Nothing can be opened. Send it again with opens_identity: false."


class OtherGroundNeeded(Conflict):
    code, status, title = "other_ground_needed", 409, "On this ground the name stays sealed"
    default_detail = (
        "It was given for the case that a life is at risk: only a serious threat opens it, or a law or court."
    )


class DecisionSettled(Conflict):
    code, status, title = "decision_settled", 409, "This is settled"
    default_detail = "Somebody has answered it, or it was taken back. Read it again."


class SamePerson(Conflict):
    code, status, title = "same_person", 409, "This takes somebody else"
    default_detail = "Whoever proposed it cannot be its second person."


class DeciderIsOut(Conflict):
    code, status, title = "decider_is_out", 409, "Whoever proposed it has nothing to do with this any more"
    default_detail = "They have left, or it is kept from them now. Decline it, and propose it yourself if it is needed."


class TooEarlyAlone(Conflict):
    code, status, title = "too_early_alone", 409, "Somebody may still answer"


class SecondPersonNeeded(Conflict):
    code, status, title = "second_person_needed", 409, "This takes a second person"
    default_detail = (
        "You have kept somebody out of this report, and nobody is left who could have answered, or nobody who looks "
        "into it. The name stays sealed until somebody else confirms this. What opens no name can be decided alone."
    )


def threshold(session: Session, actor: Actor) -> ThresholdOut:
    """The text in force for the school's place."""
    actor.require(*DECIDING)
    school = session.get_one(School, actor.require_school())
    return threshold_of(school.country, school.region)


def propose(session: Session, actor: Actor, report_id: uuid.UUID, body: DecisionCreate) -> DecisionOut:
    """By a triager who can see the report, or the independent handler who has it. Raises NotFound, and as `add`."""
    report = triage.find(session, actor, report_id, lock=True)
    return add(session, actor, report, body, role=triage.role_of(report), now=clock.now())


def add(
    session: Session, actor: Actor, report: Report, body: DecisionCreate, *, role: Role, now: dt.datetime
) -> DecisionOut:
    """Propose it, for somebody who may; the report is locked. Everybody who could be the second person is told at once.

    Raises ReportWithdrawn, ReportClosed, ThresholdChanged, NothingToOpen, OtherGroundNeeded, DecisionAwaits,
    TooManyDecisions, InvalidRequest.
    """
    if report.state is ReportState.WITHDRAWN:
        raise states.ReportWithdrawn
    if states.is_over(report):
        raise dialogue.ReportClosed
    school = session.get_one(School, report.school_id)
    text = threshold_of(school.country, school.region)
    if body.threshold_text_version != text.version:
        raise ThresholdChanged
    if not body.person_told and body.person_not_told_because is None:
        raise _unsaid()
    if body.opens_identity and report.identity_sealed is None:
        raise NothingToOpen
    if body.opens_identity and report.identity_purpose == vault.LIFE_AT_RISK and body.basis not in _OPENS_SEALED:
        raise OtherGroundNeeded
    earlier = decisions.of(session, report)
    if any(row.state is SecondPersonState.AWAITING_SECOND_PERSON for row in earlier):
        raise DecisionAwaits
    if len(earlier) >= MOST_DECISIONS:
        raise TooManyDecisions
    others = decision_people.second_people(session, report, but=actor.person_id, now=now)
    waits = bool(others) or decision_people.has_kept_out(session, report, actor.person_id)
    alone_from = now + WAIT if waits else now
    row = _row(session, report, body, text, decided_by=actor.person_id, decided_as=role, now=now)
    row.after_decline = any(each.state is SecondPersonState.DECLINED for each in earlier)
    row.alone_from = alone_from
    session.add(row)
    session.flush()
    triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
    _record(session, "decision.proposed", report, actor, now=now)
    if waits:
        queue.enqueue(session, decisions.UNANSWERED, row.id, due_at=alone_from, now=now)
    if others:
        data = SecondPersonRequested(school=school.slug, matter=MATTER, subject_id=row.id)
        outbox.emit(
            session,
            "second_person.requested",
            data,
            school_id=school.id,
            now=now,
            tell=others,
            only_people=True,
        )
    return decisions.out(session, row, actor)


def read(session: Session, actor: Actor, decision_id: uuid.UUID) -> DecisionOut:
    """With its reasons, and never the identity. The reporter sees as whom somebody read of their report, and when."""
    now = clock.now()
    row, report, role = found(session, actor, decision_id, now=now)
    triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
    return decisions.out(session, row, actor)


def confirm(
    session: Session, actor: Actor, decision_id: uuid.UUID, body: SecondPersonAnswer, *, version: Version
) -> DecisionOut:
    """As the second person: it takes effect. Raises SamePerson, DecisionSettled, DeciderIsOut."""
    row, report, now = _answering(session, actor, decision_id, body.note, version=version)
    if not exclusions.may_know(session, report, {row.decided_by}):
        raise DeciderIsOut
    _take_effect(session, row, report, now=now)
    _record(session, "decision.confirmed", report, actor, now=now)
    _tell_decider(session, row, now=now)
    return decisions.out(session, row, actor)


def decline(
    session: Session, actor: Actor, decision_id: uuid.UUID, body: SecondPersonDecline, *, version: Version
) -> DecisionOut:
    """As the second person: nobody is told anything. Raises SamePerson, DecisionSettled."""
    row, report, now = _answering(session, actor, decision_id, body.note, version=version)
    decisions.settle(session, row, SecondPersonState.DECLINED, now=now)
    _record(session, "decision.declined", report, actor, now=now)
    _tell_decider(session, row, now=now)
    return decisions.out(session, row, actor)


def take_back(session: Session, actor: Actor, decision_id: uuid.UUID, *, version: Version) -> DecisionOut:
    """Before anybody has answered. Raises NotFound for who did not propose it, DecisionSettled."""
    row, report, now = _mine(session, actor, decision_id, version=version)
    decisions.settle(session, row, SecondPersonState.TAKEN_BACK, now=now)
    _record(session, "decision.taken_back", report, actor, now=now)
    return decisions.out(session, row, actor)


def alone(
    session: Session, actor: Actor, decision_id: uuid.UUID, body: AloneCreate, *, version: Version
) -> DecisionOut:
    """Nobody has answered in ten minutes, or there is nobody who could: it takes effect, and has to be looked into.

    Raises NotFound for who did not propose it, DecisionSettled, TooEarlyAlone, which says from when on, and
    SecondPersonNeeded for who would open a name after keeping out those who could have said no, or would look into it.
    """
    row, report, now = _mine(session, actor, decision_id, version=version)
    others = _others(session, row, report, now=now)
    has_kept_out = decision_people.has_kept_out(session, report, row.decided_by)
    if row.alone_from is not None and now < row.alone_from and (others or has_kept_out):
        raise TooEarlyAlone(f"You can decide alone from {rfc3339(row.alone_from)} on, if nobody has answered by then.")
    if row.opens_identity and has_kept_out and not (others and decision_people.reviewers(session, report, row)):
        raise SecondPersonNeeded
    row.alone = True
    decisions.write(session, row, alone_reason=body.reason)
    row.review_by = hour_of(now + REVIEW_WITHIN)
    _take_effect(session, row, report, now=now)
    _record(session, "decision.made_alone", report, actor, now=now)
    queue.enqueue(session, decisions.UNREVIEWED, row.id, due_at=row.review_by, now=now)
    _tell_reviewers(session, row, report, now=now)
    return decisions.out(session, row, actor)


def unanswered(session: Session, item: Item, now: dt.datetime) -> None:
    """Ten minutes are over: whoever proposed it is told that they can decide alone now."""
    row = session.get(ConfidentialityDecision, item.subject, with_for_update={"key_share": True})
    if row is not None and row.state is SecondPersonState.AWAITING_SECOND_PERSON:
        _tell_decider(session, row, now=now)


def tell_reviewers_anew(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Others than were told look into what was decided alone about it."""
    for row in decisions.of(session, report):
        if row.alone and row.reviewed_hour is None:
            _tell_reviewers(session, row, report, now=now)


def unreviewed(session: Session, item: Item, now: dt.datetime) -> None:
    """Nobody has looked into it in time: those who should are told once more."""
    row = session.get(ConfidentialityDecision, item.subject)
    if row is not None and row.reviewed_hour is None:
        _tell_reviewers(session, row, session.get_one(Report, row.report_id), now=hour_of(now))


def _row(
    session: Session,
    report: Report,
    body: DecisionCreate,
    text: ThresholdOut,
    *,
    decided_by: uuid.UUID,
    decided_as: Role,
    now: dt.datetime,
) -> ConfidentialityDecision:
    row = ConfidentialityDecision(
        school_id=report.school_id,
        report_id=report.id,
        state=SecondPersonState.AWAITING_SECOND_PERSON,
        basis=body.basis,
        jurisdiction=text.jurisdiction,
        threshold_version=text.version,
        threshold=text.model_dump(mode="json"),
        necessary_because_sealed=b"",
        disclosed_what_sealed=b"",
        disclosed_to_sealed=b"",
        person_told=body.person_told,
        opens_identity=body.opens_identity,
        after_decline=False,
        decided_by=decided_by,
        decided_as=decided_as,
        proposed_hour=hour_of(now),
    )
    decisions.write(
        session,
        row,
        necessary_because=body.necessary_because,
        disclosed_what=body.disclosed_what,
        disclosed_to=body.disclosed_to,
        person_not_told_because=body.person_not_told_because,
    )
    return row


def _answering(
    session: Session, actor: Actor, decision_id: uuid.UUID, note: str | None, *, version: Version
) -> tuple[ConfidentialityDecision, Report, dt.datetime]:
    """The decision, locked, with the actor as its second person."""
    now = clock.now()
    row, report, role = found(session, actor, decision_id, now=now, lock=True)
    version.check(decisions.out(session, row, actor))
    if row.state is not SecondPersonState.AWAITING_SECOND_PERSON:
        raise DecisionSettled
    if row.decided_by == actor.person_id:
        raise SamePerson
    row.second_person, row.second_as = actor.person_id, role
    decisions.write(session, row, second_note=note)
    triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
    return row, report, now


def _mine(
    session: Session, actor: Actor, decision_id: uuid.UUID, *, version: Version
) -> tuple[ConfidentialityDecision, Report, dt.datetime]:
    """What the actor proposed and nobody has answered, locked."""
    now = clock.now()
    row, report, _ = found(session, actor, decision_id, now=now, lock=True)
    if row.decided_by != actor.person_id:
        raise NotFound
    version.check(decisions.out(session, row, actor))
    if row.state is not SecondPersonState.AWAITING_SECOND_PERSON:
        raise DecisionSettled
    return row, report, now


def _take_effect(session: Session, row: ConfidentialityDecision, report: Report, *, now: dt.datetime) -> None:
    decisions.settle(session, row, SecondPersonState.IN_EFFECT, now=now)
    report.state = ReportState.CONFIDENTIALITY_DECISION
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    session.flush()


def _tell_decider(session: Session, row: ConfidentialityDecision, *, now: dt.datetime) -> None:
    """Unless they must know of the report no more."""
    decider = exclusions.may_know(session, session.get_one(Report, row.report_id), {row.decided_by})
    if not decider:
        return
    school = session.get_one(School, row.school_id)
    data = SecondPersonChanged(school=school.slug, matter=MATTER, subject_id=row.id, state=row.state)
    outbox.emit(
        session,
        "second_person.changed",
        data,
        school_id=school.id,
        now=now,
        tell=decider,
        only_people=True,
    )


def _tell_reviewers(session: Session, row: ConfidentialityDecision, report: Report, *, now: dt.datetime) -> None:
    school = session.get_one(School, row.school_id)
    outbox.emit(
        session,
        "confidentiality_decision.review_due",
        DecisionReviewDue(school=school.slug, subject_id=row.id, review_by=row.review_by or now),
        school_id=school.id,
        now=now,
        tell=decision_people.reviewers(session, report, row),
        only_people=True,
    )


def _others(session: Session, row: ConfidentialityDecision, report: Report, *, now: dt.datetime) -> bool:
    return bool(decision_people.second_people(session, report, but=row.decided_by, now=now))


def _record(session: Session, action: str, report: Report, actor: Actor, *, now: dt.datetime) -> None:
    """Under the report's id: from whom that is kept, this is kept."""
    trail.record(
        session,
        action=action,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )


def _unsaid() -> InvalidRequest:
    fault = {
        "pointer": "#/person_not_told_because",
        "code": "required",
        "detail": "Say why the person was not told first.",
    }
    return InvalidRequest(errors=[fault])
