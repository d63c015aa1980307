"""Reports as a privacy officer sees them: that they are there and how long, and not a word of what they say."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.hours import HourOf
from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.identity.actors import Actor
from app.models import Report, ReportAccess, School
from app.reports import holds
from app.reports.exclusions import kept_from
from app.retention import policies, qualifying
from app.retention.schemas import ReportRecord, ReportRecordPage
from app.schools import service as schools
from app.vocabulary import Role


def visible_records(actor: Actor) -> Any:
    """The school's reports, less those that must not exist for this privacy officer (J14).

    What is for independent handlers alone is no officer's to know of, although they keep the records.
    """
    actor.require(Role.PRIVACY_OFFICER)
    return select(Report).where(
        Report.school_id == actor.require_school(), col(Report.independent).is_(False), ~kept_from(actor)
    )


def page(session: Session, actor: Actor, request: PageRequest) -> ReportRecordPage:
    """The oldest hour first; within an hour by their random id, because which came first is nobody's to know."""
    statement = request.slice(visible_records(actor), at=HourOf(col(Report.submitted_at)), row_id=col(Report.id))
    rows, cursor = request.page(
        list(session.exec(statement)), place=lambda report: (hour_of(report.submitted_at), report.id)
    )
    return ReportRecordPage(items=_out(session, actor, rows), next_cursor=cursor)


def get(session: Session, actor: Actor, report_id: uuid.UUID) -> ReportRecord:
    """Raises NotFound."""
    [record] = _out(session, actor, [find(session, actor, report_id)])
    return record


def find(session: Session, actor: Actor, report_id: uuid.UUID, *, lock: bool = False) -> Report:
    """Raises NotFound, the same for one that is not there and one that must not be there for this officer."""
    statement = visible_records(actor).where(Report.id == report_id)
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    report: Report | None = session.exec(fresh if lock else statement).one_or_none()
    if report is None:
        raise NotFound
    return report


def _out(session: Session, actor: Actor, reports: Sequence[Report]) -> list[ReportRecord]:
    known = policies.of_school(session, actor.require_school())
    ids = [report.id for report in reports]
    held = holds.held_among(session, actor.require_school(), ids)
    read = set(session.exec(select(ReportAccess.report_id).where(col(ReportAccess.report_id).in_(ids)).distinct()))
    school = session.get_one(School, actor.require_school())
    by_law = schools.policies_of(school).keeps_withdrawn_reports
    found = []
    for report in reports:
        kept_as, due = qualifying.kept_as(report, known, by_law=by_law)
        found.append(
            ReportRecord(
                id=report.id,
                state=report.state,
                retention_class=kept_as,
                submitted_hour=hour_of(report.submitted_at),
                updated_hour=report.updated_hour,
                closed_hour=report.closed_hour,
                withdrawn_hour=report.withdrawn_hour,
                erased_hour=report.erased_hour,
                read=report.id in read,
                restricted=report.restricted,
                held=report.id in held,
                due_on=None if due is None else schools.today(school, now=due),
            )
        )
    return found
