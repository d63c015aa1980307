"""A supporter's side of what was handed to them: a few words and how to reach somebody, never the report.

Their answer moves the report and is told to whoever holds it. Nothing of the report is in what they see: no text, no
sign, no message, no id, and not who wrote (domain, 5). Of somebody who chose them there is no report: their answer goes
to the choice (app/contacts/passing_on.py), and a no is written down nowhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import reading, trail
from app.contacts import passing_on
from app.contacts import service as contacts
from app.contacts.schemas import ContactEnd, ContactOut, ContactPage
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Choice, Contact, Report
from app.reports import audience, states
from app.reports.exclusions import kept_from
from app.supporters import limits
from app.vocabulary import ContactState, ReportState, Role


class AtYourLimit(Conflict):
    code, status, title = "at_your_limit", 409, "You have as many contacts as you may have"
    default_detail = "Decline it, or end one of yours first. No reason is asked."


def visible_contacts(actor: Actor) -> Any:
    """One's own, less those of a report that must not exist for one any more (J14)."""
    actor.require(Role.SUPPORTER)
    return (
        select(Contact)
        .outerjoin(Report, col(Report.id) == col(Contact.report_id))
        .where(
            Contact.person_id == actor.person_id,
            Contact.school_id == actor.require_school(),
            sa.or_(col(Contact.report_id).is_(None), ~kept_from(actor)),
        )
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
    """Take it on; how to reach them is shown from then on. Doing it twice changes nothing. Raises ContactIsOver,
    AtYourLimit."""
    came_of, row = _locked(session, actor, contact_id)
    now = clock.now()
    if row.state is ContactState.OFFERED and not limits.may_accept(session, actor.person_id):
        raise AtYourLimit
    if contacts.accept(session, row, now=now):
        if isinstance(came_of, Report):
            if came_of.state in states.IN_TALKS:
                came_of.state = ReportState.WITH_SUPPORTER
            _answered(session, actor, came_of, "contact.accepted", now=now)
        else:
            _record(session, actor, row.id, "contact.accepted", now=now)
            if came_of is not None:
                passing_on.accepted(session, came_of)
    _opened(session, actor, [row])
    return contacts.out(session, row)


def decline(session: Session, actor: Actor, contact_id: uuid.UUID) -> ContactOut:
    """Say no, without a reason. Doing it twice changes nothing. Raises ContactAccepted, ContactIsOver."""
    came_of, row = _locked(session, actor, contact_id)
    now = clock.now()
    if contacts.decline(session, row, now=now):
        if isinstance(came_of, Report):
            _answered(session, actor, came_of, "contact.declined", now=now)
        else:
            passing_on.declined(session, row, now=now)
    return contacts.out(session, row)


def end(session: Session, actor: Actor, contact_id: uuid.UUID, body: ContactEnd) -> ContactOut:
    """It is over, and its texts are destroyed. Doing it twice changes nothing. Raises ContactNotAccepted,
    ContactIsOver, NobodyReadsNotes."""
    came_of, row = _locked(session, actor, contact_id)
    now = clock.now()
    if contacts.end(session, row, body.note, now=now):
        if isinstance(came_of, Report):
            _answered(session, actor, came_of, "contact.ended", now=now)
        else:
            _record(session, actor, row.id, "contact.ended", now=now)
            if came_of is not None:
                passing_on.ended(session, came_of, now=now)
    return contacts.out(session, row)


def _opened(session: Session, actor: Actor, rows: Sequence[Contact]) -> None:
    """Of the report that it came of, which stays as long as the trail does: the contact goes when that is erased, and
    an entry that leads nowhere any more would be shown to those from whom the report is kept."""
    read = (row for row in rows if row.summary_sealed is not None or row.reach_sealed is not None)
    reading.opened(
        session,
        list(dict.fromkeys(row.report_id or row.id for row in read)),
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


def _locked(session: Session, actor: Actor, contact_id: uuid.UUID) -> tuple[Report | Choice | None, Contact]:
    """What it came of first, as everywhere: whoever closes it at the same moment is before or after, never between.

    None of a choice that was taken back.
    """
    row = _find(session, actor, contact_id)
    came_of: Report | Choice | None
    if row.report_id is not None:
        locked = select(Report).where(Report.id == row.report_id).with_for_update(key_share=True)
        came_of = session.exec(locked.execution_options(populate_existing=True)).one()
    else:
        came_of = None if row.choice_id is None else passing_on.locked(session, row.choice_id)
    # Once more, now that nobody can keep it from them meanwhile.
    row = _find(session, actor, contact_id)
    session.refresh(row)
    return came_of, row


def _answered(session: Session, actor: Actor, report: Report, action: str, *, now: dt.datetime) -> None:
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    _record(session, actor, report.id, action, now=now)
    session.flush()
    if not states.is_over(report):
        audience.tell_answered(session, report, now=now)


def _record(session: Session, actor: Actor, subject: uuid.UUID, action: str, *, now: dt.datetime) -> None:
    school_id = actor.require_school()
    trail.record(session, action=action, school_id=school_id, person_id=actor.person_id, subject=subject, now=now)
