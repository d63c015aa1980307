"""Hand a contact to a supporter: in words that the reporter agreed to, for what they agreed to, and nothing else.

What counts is what they said to the summary, which names whom it is for and with whom somebody gets in touch; what they
ticked in `wants` passes nothing on by itself, and forbids nothing that they agree to later (decision 28).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import service as contacts
from app.contacts.schemas import ContactCreate, HandedOver, HandedOverList, SupporterList, SupporterOut
from app.core import clock
from app.core.clock import hour_of
from app.core.problems import Conflict, InvalidRequest
from app.identity.actors import Actor, people_with
from app.models import Contact, Person, RelaySummary, Report, ReportAccess
from app.reports import exclusions, relaying, states, triage, withdrawn
from app.reports.dialogue import ReportClosed
from app.rosters import duty
from app.supporters import endings, standing
from app.supporters import service as supporter_rows
from app.vault import columns
from app.vocabulary import CONTACT_IS_OPEN, RELAY_AGREED, Level, RelayPurpose, Role, RosterLine


class SummaryNotApproved(Conflict):
    code, status, title = "summary_not_approved", 409, "Its reporter has not agreed to this"
    default_detail = "Write a relay summary, and wait for their yes. Saying nothing is no yes."


class NotAskedFor(Conflict):
    code, status, title = "not_asked_for", 409, "Its reporter agreed to something else"
    default_detail = "Write a relay summary for this, so that they can say what they think of it."


def supporters(session: Session, actor: Actor, report_id: uuid.UUID) -> SupporterList:
    """Those who may be asked. Why somebody is not among them is not said."""
    report = triage.find(session, actor, report_id)
    now = clock.now()
    people = session.exec(
        select(Person).where(col(Person.id).in_(_may_be_asked(session, actor, report, now=now))).order_by(Person.alias)
    ).all()
    on_duty = {
        person
        for level in Level
        for person in duty.duty(session, report.school_id, line=RosterLine.PEER_SUPPORT, level=level, now=now).people
    }
    items = [SupporterOut(person=each.id, alias=each.alias, on_duty=each.id in on_duty) for each in people[:500]]
    return SupporterList(items=items)


def hand_over(session: Session, actor: Actor, report_id: uuid.UUID, body: ContactCreate) -> HandedOver:
    """Ask a supporter.

    Raises NotClaimed, AlreadyClaimed, ReportWithdrawn, ReportClosed, SummaryNotApproved, NotAskedFor, AlreadyAsked, and
    InvalidRequest for somebody who may not be asked, whatever the reason.
    """
    report = relaying.held(session, actor, report_id)
    # Whoever agreed to it has left: nothing new is passed on in their name.
    states.refuse_withdrawn(report)
    if states.is_over(report):
        raise ReportClosed
    now = clock.now()
    summary = _agreed_to(session, report, body)
    # One at a time: of two who ask at once each sees what the other has asked.
    supporter_rows.of_person(session, body.supporter, lock=True)
    if body.supporter not in _may_be_asked(session, actor, report, now=now):
        raise _not_to_be_asked()
    row = contacts.offer(
        session,
        report,
        supporter=body.supporter,
        who=body.who,
        reach=body.contact,
        summary=relaying.text_of(session, report, summary),
        summary_number=summary.number,
        now=now,
    )
    _record(session, actor, report, "contact.offered", now=now)
    return _out(session, row)


def end(session: Session, actor: Actor, report_id: uuid.UUID, contact_id: uuid.UUID) -> HandedOver:
    """Take an offer back that nobody answers, or end a contact whose supporter has left. Twice is no change, but shows
    what its supporter has said at the end: that is read as in the list of them.

    Raises NotFound, NotClaimed, AlreadyClaimed.
    """
    report = relaying.held(session, actor, report_id)
    now = clock.now()
    row, was_open = contacts.end_for_handler(session, report, contact_id, now=now)
    if was_open:
        _record(session, actor, report, "contact.taken_back", now=now)
    shown = _out(session, row)
    if shown.note is None:
        return shown
    if withdrawn.words_hidden(session, report):
        return shown.model_copy(update={"note": None})
    triage.record_access(session, report, person_id=actor.person_id, role=triage.role_of(report), now=now)
    return shown


def handed_over(session: Session, actor: Actor, report_id: uuid.UUID) -> HandedOverList:
    """What a report led to. A note of a supporter is about its people: reading it is recorded as reading it."""
    report = triage.find(session, actor, report_id, lock=True)
    relaying.refuse_wordless(session, report)
    triage.record_access(session, report, person_id=actor.person_id, role=triage.role_of(report), now=clock.now())
    return HandedOverList(items=[_out(session, row) for row in contacts.of(session, report)])


def _agreed_to(session: Session, report: Report, body: ContactCreate) -> RelaySummary:
    summary = relaying.newest(session, report)
    if summary is None or summary.state not in RELAY_AGREED:
        raise SummaryNotApproved
    if (summary.purpose, summary.who) != (RelayPurpose.SUPPORTER, body.who):
        raise NotAskedFor
    return summary


def _may_be_asked(session: Session, actor: Actor, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    """Supporters from whom it is not kept, who may have a contact now, and who have read nothing of it: they would know
    more than a supporter is to know."""
    found = exclusions.may_know(session, report, people_with(session, report.school_id, Role.SUPPORTER))
    read = session.exec(select(ReportAccess.person_id).where(ReportAccess.report_id == report.id))
    return standing.may_have_contact(session, found, now=now) - set(read) - {actor.person_id}


def _record(session: Session, actor: Actor, report: Report, action: str, *, now: dt.datetime) -> None:
    report.updated_hour = hour_of(now)
    session.add(report)
    trail.record(
        session,
        action=action,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )


def _out(session: Session, row: Contact) -> HandedOver:
    return HandedOver(
        id=row.id,
        supporter=row.person_id,
        alias=session.get_one(Person, row.person_id).alias,
        who=row.who,
        summary_number=row.summary_number,
        state=row.state,
        needs_handover=row.needs_handover,
        note=None if row.note_sealed is None else columns.CONTACT_NOTE.unseal(session, row, school_id=row.school_id),
        offered_hour=row.offered_hour,
        accepted_hour=row.accepted_hour,
        over_hour=row.over_hour,
        leaves_on=endings.last_day(session, row.person_id) if row.state in CONTACT_IS_OPEN else None,
    )


def _not_to_be_asked() -> InvalidRequest:
    fault = {
        "pointer": "#/supporter",
        "code": "not_to_be_asked",
        "detail": "This is nobody in the list of supporters who may be asked.",
    }
    return InvalidRequest(errors=[fault])
