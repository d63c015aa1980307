"""Who has read a report, and what else was done with it, for a privacy officer (STUDY P03). Not a word of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.identity import people
from app.identity.actors import Actor
from app.models import AuditEntry, Person, Report, ReportAccess
from app.privacy import audit_log, incidents, subjects
from app.privacy.schemas import AccessEntry, AccessPage
from app.reports import triage
from app.retention import records
from app.vocabulary import Role

# Makes an order of entries within an hour that has nothing to do with time.
_ORDER = uuid.UUID("5b8a2f0e-9d1c-4c37-8a63-0f4e7d2b9c15")


def page(session: Session, actor: Actor, report_id: uuid.UUID, request: PageRequest) -> AccessPage:
    """Newest hour first, for a privacy officer, and for whoever looks into a privacy incident about it.

    Raises NotFound, the same for one that is not there and one kept from this person.
    """
    report = _found(session, actor, report_id)
    entries = [*_read(session, report), *_done(session, actor, report.id)]
    entries.sort(key=_place, reverse=True)
    after = request.after()
    if after is not None:
        entries = [entry for entry in entries if _place(entry) < after]
    rows, cursor = request.page(entries[: request.limit + 1], place=_place)
    return AccessPage(items=list(rows), next_cursor=cursor)


def _found(session: Session, actor: Actor, report_id: uuid.UUID) -> Report:
    if actor.has(Role.PRIVACY_OFFICER):
        with contextlib.suppress(NotFound):
            return records.find(session, actor, report_id)
    return incidents.report_behind(session, actor, report_id)


def _place(entry: AccessEntry) -> tuple[dt.datetime, uuid.UUID]:
    return entry.hour, entry.id


def _read(session: Session, report: Report) -> list[AccessEntry]:
    statement = (
        select(ReportAccess, Person.alias, Person.school_id)
        .join(Person, col(Person.id) == col(ReportAccess.person_id))
        .where(ReportAccess.report_id == report.id)
    )
    return [
        AccessEntry(
            id=uuid.uuid5(_ORDER, f"{report.id}|{row.person_id}|{row.role}|{row.hour.isoformat()}"),
            action=triage.READ,
            # An independent handler whom another school has lent is nobody here by name (J11).
            person=row.person_id if of_school == report.school_id else None,
            alias=alias if of_school == report.school_id else None,
            role=Role(row.role),
            hour=row.hour,
        )
        for row, alias, of_school in session.exec(statement).all()
    ]


def _done(session: Session, actor: Actor, report_id: uuid.UUID) -> list[AccessEntry]:
    """What the trail has of the report and of what belongs to it: claims, pages, decisions, and the like.

    That it was read stands in the accesses, with the role.
    """
    statement = audit_log.entries_of(actor).where(
        col(AuditEntry.subject).in_(subjects.about(report_id)), col(AuditEntry.action) != triage.READ
    )
    rows = session.connection().execute(statement).all()
    kept = incidents.kept_among(session, actor, subjects.ids_of(row.subject for row in rows))
    hidden = {str(incident) for incident in kept}
    rows = [row for row in rows if row.subject not in hidden]
    aliases = people.aliases_of(session, (row.person_id for row in rows), school_id=actor.require_school())
    return [
        AccessEntry(
            id=row.id,
            action=row.action,
            person=row.person_id if row.person_id in aliases else None,
            alias=None if row.person_id is None else aliases.get(row.person_id),
            role=None,
            hour=row.hour,
        )
        for row in rows
    ]
