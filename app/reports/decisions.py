"""Decisions about a report, as rows: which there are, what each of them says, and which of them stand for ever."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.guidance import answers
from app.guidance.thresholds import ThresholdOut
from app.identity.actors import Actor
from app.models import ConfidentialityDecision, Report
from app.reports.decision_schemas import DecisionBrief, DecisionOut, DecisionSummary, MyDecision
from app.vault import columns
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


def forget(session: Session, report: Report) -> None:
    """What the report says is destroyed: proposals that came to nothing go with it, and what took effect stays."""
    came_to_nothing = sa.delete(ConfidentialityDecision).where(
        col(ConfidentialityDecision.report_id) == report.id,
        col(ConfidentialityDecision.state) != SecondPersonState.IN_EFFECT,
    )
    session.connection().execute(came_to_nothing)


def summary(row: ConfidentialityDecision) -> DecisionSummary:
    return DecisionSummary.model_validate(row)


def out(session: Session, row: ConfidentialityDecision, actor: Actor) -> DecisionOut:
    """With its texts, for somebody who may read them."""
    mine, texts = row.decided_by == actor.person_id, _texts(session, row)
    return DecisionOut(
        **summary(row).model_dump(),
        threshold=ThresholdOut.model_validate(row.threshold),
        necessary_because=texts["necessary_because"],
        disclosed_what=texts["disclosed_what"],
        disclosed_to=texts["disclosed_to"],
        person_told=row.person_told,
        person_not_told_because=texts.get("person_not_told_because"),
        decided_by_me=mine,
        second_note=texts.get("second_note"),
        alone_from=row.alone_from if mine else None,
        alone_reason=texts.get("alone_reason"),
        review_note=texts.get("review"),
    )


def write(session: Session, row: ConfidentialityDecision, **said: str | None) -> None:
    """Seal what somebody says into its column of a decision; nothing where they say nothing."""
    for name, text in said.items():
        if text is not None:
            columns.DECISION[name].seal(session, row, text, school_id=row.school_id)


def _texts(session: Session, row: ConfidentialityDecision) -> dict[str, str]:
    """What was said, by its name."""
    return {
        name: column.unseal(session, row, school_id=row.school_id)
        for name, column in columns.DECISION.items()
        if getattr(row, column.column) is not None
    }
