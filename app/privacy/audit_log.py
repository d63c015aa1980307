"""The trail, for a privacy officer: what people of the programme did, in which hour (domain, 3.5)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import proofs, reading
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import InvalidRequest
from app.core.uuid_text import UuidText
from app.identity import people
from app.identity.actors import Actor
from app.models import AuditEntry, PrivacyIncident, Report
from app.privacy import incidents, subjects
from app.privacy.audit_lines import Entry
from app.privacy.schemas import AuditOut, AuditPage
from app.reports.exclusions import kept_from
from app.vocabulary import Role

# What is given out at once.
LONGEST_EXPORT = dt.timedelta(days=31)
MOST_EXPORTED = 20_000


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


def export(session: Session, actor: Actor, *, start: dt.datetime, end: dt.datetime) -> tuple[list[Entry], str]:
    """The entries of the hours from `start` until before `end`, oldest first, and the head of the chain, to keep.

    That it was asked for is in the trail, once for each hour. Raises InvalidRequest for more than is given out at once.
    """
    school_id = actor.require_school()
    if end <= start:
        raise _refused("window_refused", "It ends after it starts.")
    if end - start > LONGEST_EXPORT:
        raise _refused("window_refused", f"At most {LONGEST_EXPORT.days} days are given out at once.")
    entry = AuditEntry
    statement = visible_entries(actor).where(col(entry.hour) >= start, col(entry.hour) < end)
    statement = statement.with_only_columns(
        entry.id, entry.hour, entry.person_id, entry.action, entry.subject, entry.mac
    )
    # Within an hour by random ids, as in a page.
    ordered = statement.order_by(col(entry.hour), col(entry.id)).limit(MOST_EXPORTED + 1)
    rows = session.connection().execute(ordered).all()
    if len(rows) > MOST_EXPORTED:
        raise _refused("too_many_entries", f"These are more than {MOST_EXPORTED} entries. Ask for fewer hours at once.")
    ours = people.aliases_of(session, (row.person_id for row in rows), school_id=school_id)
    entries = [
        Entry(row.id, row.hour, row.person_id if row.person_id in ours else None, row.action, row.subject, row.mac)
        for row in rows
    ]
    reading.opened(
        session,
        [school_id],
        action="audit_log.exported",
        school_id=school_id,
        person_id=actor.person_id,
        now=clock.now(),
    )
    # The chain is held from here to the commit.
    return entries, proofs.take(session, school_id)


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"parameter": "to", "code": code, "detail": detail}])
