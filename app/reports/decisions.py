"""Decisions about a report, as rows: which there are, what each of them says, and which of them stand for ever."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.crypto import Place
from app.guidance import answers
from app.guidance.thresholds import ThresholdOut
from app.identity.actors import Actor
from app.models import ConfidentialityDecision, Report
from app.reports.decision_schemas import DecisionBrief, DecisionOut, DecisionSummary, MyDecision
from app.vault import service as vault
from app.vocabulary import ConfidentialityBasis, SecondPersonState
from app.webhooks import retention
from app.work import queue

# Due when nobody has answered in time.
UNANSWERED = "decisions.unanswered"
# Due when somebody must have looked into what was made alone.
UNREVIEWED = "decisions.unreviewed"


def of(session: Session, report: Report) -> list[ConfidentialityDecision]:
    """All there have been, by their hour; within it in no order of time."""
    statement = select(ConfidentialityDecision).where(ConfidentialityDecision.report_id == report.id)
    return list(
        session.exec(statement.order_by(col(ConfidentialityDecision.proposed_hour), col(ConfidentialityDecision.id)))
    )


def stands(session: Session, report: Report) -> bool:
    """Whether it was decided that a life, or somebody's health or safety, is in serious danger.

    Then the matter goes on, whatever the reporter takes back (J15). No decision is ever removed, on whatever ground.
    """
    statement = select(ConfidentialityDecision.id).where(
        ConfidentialityDecision.report_id == report.id,
        ConfidentialityDecision.state == SecondPersonState.IN_EFFECT,
        ConfidentialityDecision.basis == ConfidentialityBasis.SERIOUS_THREAT,
    )
    return session.exec(statement.limit(1)).first() is not None


def briefly(session: Session, report: Report) -> list[DecisionBrief]:
    """For those who work on the report: that there are decisions, and none of their texts."""
    return [
        DecisionBrief(
            id=row.id,
            state=row.state,
            basis=row.basis,
            alone=row.alone,
            hour=row.settled_hour or row.proposed_hour,
        )
        for row in of(session, report)
    ]


def told(session: Session, report: Report) -> list[MyDecision]:
    """What the reporter is told: only what has taken effect, in general words."""
    return [
        MyDecision(
            basis=row.basis,
            text=answers.decision_text(row.basis, alone=row.alone, opens_identity=row.opens_identity),
            alone=row.alone,
            hour=row.settled_hour or row.proposed_hour,
        )
        for row in of(session, report)
        if row.state is SecondPersonState.IN_EFFECT
    ]


def settle(session: Session, row: ConfidentialityDecision, state: SecondPersonState, *, now: dt.datetime) -> None:
    """Nobody waits for a second person any more, and no minute of it is kept."""
    row.state, row.settled_hour, row.alone_from = state, hour_of(now), None
    session.add(row)
    queue.cancel(session, kind=UNANSWERED, subject=row.id)


def end(session: Session, report: Report, *, now: dt.datetime) -> None:
    """The report is closed: what still waited for a second person comes to nothing, and times are cut to the hour."""
    rows = of(session, report)
    for row in rows:
        if row.state is SecondPersonState.AWAITING_SECOND_PERSON:
            settle(session, row, SecondPersonState.TAKEN_BACK, now=now)
    if rows:
        retention.coarsen(session, [row.id for row in rows], events=(), school_id=report.school_id)


def summary(row: ConfidentialityDecision) -> DecisionSummary:
    return DecisionSummary.model_validate(row)


def out(session: Session, row: ConfidentialityDecision, actor: Actor) -> DecisionOut:
    """With its texts, for somebody who may read them."""
    mine = row.decided_by == actor.person_id
    return DecisionOut(
        **summary(row).model_dump(),
        threshold=ThresholdOut.model_validate(row.threshold),
        necessary_because=_text(session, row, "necessary_because_sealed") or "",
        disclosed_what=_text(session, row, "disclosed_what_sealed") or "",
        disclosed_to=_text(session, row, "disclosed_to_sealed") or "",
        person_told=row.person_told,
        person_not_told_because=_text(session, row, "person_not_told_because_sealed"),
        decided_by_me=mine,
        second_note=_text(session, row, "second_note_sealed"),
        alone_from=row.alone_from if mine else None,
        alone_reason=_text(session, row, "alone_reason_sealed"),
        review_note=_text(session, row, "review_sealed"),
    )


def sealed(session: Session, text: str, *, school_id: uuid.UUID, row_id: uuid.UUID, column: str) -> bytes:
    return vault.seal(session, text, school_id=school_id, place=_place(row_id, column))


def _text(session: Session, row: ConfidentialityDecision, column: str) -> str | None:
    value: bytes | None = getattr(row, column)
    if value is None:
        return None
    return vault.unseal(session, value, school_id=row.school_id, place=_place(row.id, column))


def _place(row_id: uuid.UUID, column: str) -> Place:
    return Place(table="confidentiality_decisions", row=str(row_id), column=column)
