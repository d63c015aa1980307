"""The decisions of a school, for its privacy officers, and looking into those that somebody made alone."""

from __future__ import annotations

import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict
from app.identity.actors import Actor
from app.models import ConfidentialityDecision, Report
from app.reports import decision_people, decisions, triage
from app.reports.deciding import SamePerson
from app.reports.decision_schemas import DecisionOut, DecisionPage, DecisionReviewCreate
from app.reports.exclusions import kept_from
from app.vocabulary import DecisionReview, Role
from app.work import queue


class NothingToReview(Conflict):
    code, status, title = "nothing_to_review", 409, "There is nothing to look into"
    default_detail = "Only what was decided alone is looked into, and only once."


def visible_decisions(actor: Actor) -> Any:
    """Those of the school, less those about a report that must not exist for this actor (J14)."""
    actor.require(Role.PRIVACY_OFFICER)
    return (
        select(ConfidentialityDecision)
        .join(Report, col(Report.id) == col(ConfidentialityDecision.report_id))
        .where(
            ConfidentialityDecision.school_id == actor.require_school(),
            col(Report.independent).is_(False),
            ~kept_from(actor),
        )
    )


def page(session: Session, actor: Actor, request: PageRequest, *, review: DecisionReview | None) -> DecisionPage:
    statement = visible_decisions(actor)
    if review is not None:
        known = col(ConfidentialityDecision.reviewed_hour)
        statement = statement.where(
            col(ConfidentialityDecision.alone).is_(True),
            known.is_(None) if review is DecisionReview.DUE else known.is_not(None),
        )
    sliced = request.slice(
        statement,
        at=col(ConfidentialityDecision.proposed_hour),
        row_id=col(ConfidentialityDecision.id),
        newest_first=True,
    )
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda row: (row.proposed_hour, row.id))
    return DecisionPage(items=[decisions.summary(row) for row in rows], next_cursor=cursor)


def review(
    session: Session, actor: Actor, decision_id: uuid.UUID, body: DecisionReviewCreate, *, version: Version
) -> DecisionOut:
    """Say what was found. It changes nothing about what was told. Raises NothingToReview, SamePerson."""
    now = clock.now()
    row, report, role = decision_people.found(session, actor, decision_id, now=now, lock=True)
    version.check(decisions.out(session, row, actor))
    if not row.alone or row.reviewed_hour is not None:
        raise NothingToReview
    if actor.person_id not in decision_people.reviewers(session, report, row):
        raise SamePerson
    row.reviewed_by, row.reviewed_hour = actor.person_id, hour_of(now)
    decisions.write(session, row, review=body.note)
    session.add(row)
    queue.cancel(session, kind=decisions.UNREVIEWED, subject=row.id)
    triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
    trail.record(
        session,
        action="decision.reviewed",
        school_id=row.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    session.flush()
    return decisions.out(session, row, actor)
