"""What an independent handler has in hand: a report they took on, or were given, and none beside it (domain, 5)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.db import inserter
from app.identity.actors import current_roles
from app.models import Escalation, Report, ReportGrant
from app.vocabulary import Role, SubjectKind


def take(session: Session, escalation: Escalation, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Whoever takes an independent report on, or answers it, has it in hand. Of anything else this changes nothing."""
    if escalation.subject_kind is not SubjectKind.REPORT:
        return
    report = session.get(Report, escalation.subject_id)
    if report is None or not report.independent or Role.INDEPENDENT_HANDLER not in current_roles(session, person_id):
        return
    give(session, report.id, person_id, given_by=None, now=now)


def give(
    session: Session, report_id: uuid.UUID, person_id: uuid.UUID, *, given_by: uuid.UUID | None, now: dt.datetime
) -> ReportGrant:
    """To a handler who is there and may know of it. One that they have stays as it is; one that ended begins anew.

    Whoever gives it has locked the report, whoever takes it on the escalation: both may be about to make the row.
    """
    hour = hour_of(now)
    new = {"report_id": report_id, "person_id": person_id, "given_by": given_by, "given_hour": hour}
    insert = inserter(session.get_bind().dialect.name)(ReportGrant).values(new)
    session.connection().execute(insert.on_conflict_do_nothing(index_elements=["report_id", "person_id"]))
    row = session.get_one(
        ReportGrant, (report_id, person_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if row.ended_hour is not None:
        row.given_by, row.given_hour, row.ended_hour = given_by, hour, None
        session.add(row)
        session.flush()
    return row


def let_go(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Whoever holds it does not any more: they handed it on, said no, or their time to answer has passed."""
    if escalation.subject_kind is SubjectKind.REPORT and escalation.acknowledged_by is not None:
        end(session, escalation.subject_id, {escalation.acknowledged_by}, now=now)


def end(session: Session, report_id: uuid.UUID, people: set[uuid.UUID], *, now: dt.datetime) -> None:
    for row in session.exec(_live(report_id).where(col(ReportGrant.person_id).in_(people))).all():
        row.ended_hour = hour_of(now)
        session.add(row)


def holders(session: Session, report_id: uuid.UUID) -> set[uuid.UUID]:
    """Who has the report in hand, whether or not they are still there."""
    return {row.person_id for row in session.exec(_live(report_id))}


def given_to(person_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Of a query over reports: those that this person has in hand."""
    return sa.exists().where(
        col(ReportGrant.report_id) == col(Report.id),
        col(ReportGrant.person_id) == person_id,
        col(ReportGrant.ended_hour).is_(None),
    )


def _live(report_id: uuid.UUID) -> Any:
    return select(ReportGrant).where(ReportGrant.report_id == report_id, col(ReportGrant.ended_hour).is_(None))
