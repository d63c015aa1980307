"""Who has taken a report on. The claim of somebody who can no longer answer it counts as none: the next may take it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.identity.grant_states import CURRENT
from app.models import Person, Report, ReportExcludedRole, ReportExclusion, ReportGrant, RoleGrant
from app.vocabulary import Role


def holder(session: Session, report: Report) -> uuid.UUID | None:
    return holders(session, [report]).get(report.id)


def holders(session: Session, reports: Sequence[Report]) -> dict[uuid.UUID, uuid.UUID]:
    """By report, whoever holds it: still there, still who may read it, and nobody it is kept from."""
    claimed = [report.id for report in reports if report.claimed_by is not None]
    if not claimed:
        return {}
    held = sa.and_(col(RoleGrant.person_id) == col(Person.id), CURRENT)
    kept_from = sa.exists().where(
        col(ReportExclusion.report_id) == col(Report.id), col(ReportExclusion.person_id) == col(Person.id)
    )
    kept_from_role = sa.exists().where(
        col(ReportExcludedRole.report_id) == col(Report.id), col(ReportExcludedRole.role) == col(RoleGrant.role), held
    )
    triager = sa.and_(col(Report.independent).is_(False), sa.exists().where(held, col(RoleGrant.role) == Role.TRIAGER))
    handler = sa.and_(
        col(Report.independent).is_(True),
        sa.exists().where(held, col(RoleGrant.role) == Role.INDEPENDENT_HANDLER),
        sa.exists().where(
            col(ReportGrant.report_id) == col(Report.id),
            col(ReportGrant.person_id) == col(Person.id),
            col(ReportGrant.ended_hour).is_(None),
        ),
    )
    statement = (
        select(Report.id, Person.id)
        .join(Person, col(Person.id) == col(Report.claimed_by))
        .where(
            col(Report.id).in_(claimed),
            col(Person.active).is_(True),
            sa.or_(triager, handler),
            ~kept_from,
            ~kept_from_role,
        )
    )
    return dict(session.exec(statement).all())
