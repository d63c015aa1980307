"""The trail, for a privacy officer: what people of the programme did, in which hour (domain, 3.5)."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.pagination import PageRequest
from app.core.uuid_text import UuidText
from app.identity import people
from app.identity.actors import Actor
from app.models import AuditEntry, PrivacyIncident, Report
from app.privacy import incidents, subjects
from app.privacy.schemas import AuditOut, AuditPage
from app.reports.exclusions import kept_from
from app.vocabulary import Role


def visible_entries(actor: Actor) -> Any:
    """The trail of the school, without whatever leads to a report, or to an incident, kept from this officer (J14)."""
    actor.require(Role.PRIVACY_OFFICER)
    school_id = actor.require_school()
    hidden = sa.select(col(Report.id)).where(
        col(Report.school_id) == school_id, sa.or_(col(Report.independent).is_(True), kept_from(actor))
    )
    known = incidents.visible_incidents(actor).with_only_columns(PrivacyIncident.id)
    unknown = sa.select(UuidText(col(PrivacyIncident.id))).where(
        col(PrivacyIncident.school_id) == school_id, col(PrivacyIncident.id).not_in(known)
    )
    subject = col(AuditEntry.subject)
    visible = sa.and_(subject.not_in(subjects.about(hidden)), subject.not_in(unknown))
    return select(AuditEntry).where(AuditEntry.school_id == school_id, sa.or_(subject.is_(None), visible))


def page(
    session: Session, actor: Actor, request: PageRequest, *, action: str | None, person: uuid.UUID | None
) -> AuditPage:
    """Newest hour first; within an hour by random ids: what came first is not told."""
    statement = visible_entries(actor)
    if action is not None:
        statement = statement.where(AuditEntry.action == action)
    if person is not None:
        statement = statement.where(AuditEntry.person_id == person)
    statement = request.slice(statement, at=col(AuditEntry.hour), row_id=col(AuditEntry.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.hour, row.id))
    aliases = people.aliases_of(session, (row.person_id for row in rows), school_id=actor.require_school())
    items = [
        AuditOut(
            id=row.id,
            action=row.action,
            person=row.person_id if row.person_id in aliases else None,
            alias=None if row.person_id is None else aliases.get(row.person_id),
            subject=row.subject,
            hour=row.hour,
        )
        for row in rows
    ]
    return AuditPage(items=items, next_cursor=cursor)
