"""A supporter's side of what was handed to them: a few words and how to reach somebody, never the report.

Their answer moves the report and is told to whoever holds it. Nothing of the report is in what they see: no text, no
sign, no message, no id, and not who wrote (domain, 5).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.audit import reading, trail
from app.contacts import service as contacts
from app.contacts.schemas import ContactEnd, ContactOut, ContactPage
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.identity.actors import Actor
from app.models import Contact, Report
from app.reports import audience, states
from app.reports.exclusions import kept_from
from app.vocabulary import ReportState, Role


def visible_contacts(actor: Actor) -> Any:
    """One's own, less those of a report that must not exist for one any more (J14)."""
    actor.require(Role.SUPPORTER)
    return (
        select(Contact)
        .join(Report, col(Report.id) == col(Contact.report_id))
        .where(Contact.person_id == actor.person_id, Contact.school_id == actor.require_school(), ~kept_from(actor))
    )


def page(session: Session, actor: Actor, request: PageRequest) -> ContactPage:
    statement = request.slice(
        visible_contacts(actor), at=col(Contact.offered_hour), row_id=col(Contact.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.offered_hour, row.id))
    _opened(session, actor, rows)
    return ContactPage(items=[contacts.out(session, row) for row in rows], next_cursor=cursor)


def read(session: Session, actor: Actor, contact_id: uuid.UUID) -> ContactOut:
    row = _find(session, actor, contact_id)
    _opened(session, actor, [row])
    return contacts.out(session, row)


def accept(session: Session, actor: Actor, contact_id: uuid.UUID) -> ContactOut:
    """Take it on; how to reach them is shown from then on. Doing it twice changes nothing. Raises ContactIsOver."""
    report, row = _locked(session, actor, contact_id)
    now = clock.now()
    if contacts.accept(session, row, now=now):
        if report.state in states.IN_TALKS:
            report.state = ReportState.WITH_SUPPORTER
        _answered(session, actor, report, "contact.accepted", now=now)
    return contacts.out(session, row)


def decline(session: Session, actor: Actor, contact_id: uuid.UUID) -> ContactOut:
    """Say no, without a reason. Doing it twice changes nothing. Raises ContactAccepted, ContactIsOver."""
    report, row = _locked(session, actor, contact_id)
    now = clock.now()
    if contacts.decline(session, row, now=now):
        _answered(session, actor, report, "contact.declined", now=now)
    return contacts.out(session, row)


def end(session: Session, actor: Actor, contact_id: uuid.UUID, body: ContactEnd) -> ContactOut:
    """It is over, and its texts are destroyed. Doing it twice changes nothing. Raises ContactNotAccepted,
    ContactIsOver."""
    report, row = _locked(session, actor, contact_id)
    now = clock.now()
    if contacts.end(session, row, body.note, now=now):
        _answered(session, actor, report, "contact.ended", now=now)
    return contacts.out(session, row)


def _opened(session: Session, actor: Actor, rows: Sequence[Contact]) -> None:
    reading.opened(
        session,
        [row.id for row in rows if row.summary_sealed is not None],
        action="contact.read",
        school_id=actor.require_school(),
        person_id=actor.person_id,
        now=clock.now(),
    )


def _find(session: Session, actor: Actor, contact_id: uuid.UUID) -> Contact:
    row: Contact | None = session.exec(visible_contacts(actor).where(Contact.id == contact_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _locked(session: Session, actor: Actor, contact_id: uuid.UUID) -> tuple[Report, Contact]:
    """The report first, as everywhere: whoever closes it at the same moment is before or after, never between."""
    row = _find(session, actor, contact_id)
    locked = select(Report).where(Report.id == row.report_id).with_for_update(key_share=True)
    report = session.exec(locked.execution_options(populate_existing=True)).one()
    # Once more, now that nobody can keep it from them meanwhile.
    row = _find(session, actor, contact_id)
    session.refresh(row)
    return report, row


def _answered(session: Session, actor: Actor, report: Report, action: str, *, now: dt.datetime) -> None:
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    trail.record(
        session,
        action=action,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    session.flush()
    if not states.is_over(report):
        audience.tell_answered(session, report, now=now)
