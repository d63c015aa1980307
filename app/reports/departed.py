"""Somebody has left: what they were asked goes on, and whoever was handed to them is somebody else's again."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import passing_on
from app.contacts import service as contacts
from app.core.clock import hour_of
from app.identity import leaving
from app.models import Contact, Report
from app.paging import departed
from app.reports import audience, calling, letting_go, states, triage, unread
from app.supporters import service as supporters
from app.vocabulary import CONTACT_IS_OPEN, ContactState
from app.work.queue import Item


def left(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat. Reports before escalations, as everywhere."""
    ending = leaving.what_to_end(session, item)
    if ending is None:
        return
    person, until = ending
    give_back_all(session, person.id, now=now, made_until=until)
    departed.left(session, item, now)


def roles_changed(session: Session, item: Item, now: dt.datetime) -> None:
    """Whoever reads no more of a school's reports may have opened some that nobody has answered: those wait again."""
    supporters.roles_changed(session, item, now)
    look_at_waiting(session, item.subject, now=now)


def look_at_waiting(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Of what somebody has opened and nobody has answered: nothing stays with who cannot read it, or lets it lie."""
    waiting = select(Report).where(Report.school_id == school_id, triage.IS_OPEN)
    waiting = waiting.where(col(Report.state).in_(unread.UNANSWERED), unread.OPENED)
    for report in session.exec(waiting.order_by(col(Report.id))).all():
        unread.watch_again(session, report, now=now)


def give_back_all(
    session: Session, person_id: uuid.UUID, *, now: dt.datetime, made_until: dt.datetime | None = None
) -> None:
    """Whoever was handed to a supporter who goes; with `made_until`, by the end of that hour. Safe to repeat."""
    theirs = select(Contact).where(Contact.person_id == person_id, col(Contact.state).in_(CONTACT_IS_OPEN))
    if made_until is not None:
        theirs = theirs.where(Contact.offered_hour <= hour_of(made_until))
    for contact in session.exec(theirs.order_by(col(Contact.report_id), col(Contact.id))).all():
        if contact.report_id is not None:
            _give_back(session, contact.id, contact.report_id, now=now)
        elif contact.choice_id is not None and (choice := passing_on.locked(session, contact.choice_id)) is not None:
            session.refresh(contact)
            passing_on.given_back(session, choice, contact, now=now)


def _give_back(session: Session, contact_id: uuid.UUID, report_id: uuid.UUID, *, now: dt.datetime) -> None:
    """As if they had said that it is over, or no: whoever handed it to them is told, and can ask somebody else. Where
    it is urgent somebody on call is asked at once, as when they pause (STUDY D10, J8)."""
    locked = select(Report).where(Report.id == report_id).with_for_update(key_share=True)
    report = session.exec(locked.execution_options(populate_existing=True)).one()
    contact = session.get_one(Contact, contact_id, populate_existing=True)
    in_touch = contact.state is ContactState.ACCEPTED
    if in_touch:
        contacts.end(session, contact, None, now=now)
    elif contact.state is ContactState.OFFERED:
        contacts.decline(session, contact, now=now)
    else:
        return
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    trail.record(
        session,
        action="contact.given_back",
        school_id=report.school_id,
        person_id=contact.person_id,
        subject=report.id,
        now=now,
    )
    session.flush()
    if states.is_over(report):
        return
    if in_touch and report.response_rank == letting_go.URGENT:
        calling.for_a_contact(session, report, now=now)
    audience.tell_answered(session, report, now=now)
