"""The life of a contact: offered, accepted or declined, over. Its texts are destroyed when it is over.

What may be handed over, to whom and when, is decided by those who handle the report (app/reports/handing_over.py), or
by the peer who chose (app/contacts/passing_on.py).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable

from sqlmodel import Session, col, select

from app.contacts.schemas import ContactOut
from app.core.clock import hour_of
from app.core.problems import Conflict, NotFound
from app.events import outbox
from app.events.conversations import ContactOffered, ContactOver
from app.guidance.signs import Priority, Sign, clock_priority, priority_rank
from app.identity.actors import people_with
from app.models import Choice, Contact, Report, ReportExcludedRole, ReportExclusion, School
from app.vault import columns
from app.vault.columns import SealedColumn
from app.vocabulary import CONTACT_IS_OPEN, ContactState, Role, WhoIsMet
from app.webhooks import retention
from app.work import queue

# Of a supporter: somebody for whom it was urgent is not theirs any more. A talk is offered (app/programme/debriefs.py).
URGENT_OVER = "contacts.urgent_over"


class AlreadyAsked(Conflict):
    code, status, title = "already_asked", 409, "Somebody is asked already, or has accepted"
    default_detail = "One supporter at a time: nobody else need know of it."


class ContactIsOver(Conflict):
    code, status, title = "contact_over", 409, "This contact is over"


class ContactAccepted(Conflict):
    code, status, title = "contact_accepted", 409, "You have accepted this"
    default_detail = "You can end it at any time."


class NobodyReadsNotes(Conflict):
    code, status, title = "nobody_reads_notes", 409, "Nobody would read a note about this"
    default_detail = (
        "They chose you themselves, and nobody else knows of it. End it without a note: it is not over yet."
    )


class ContactNotAccepted(Conflict):
    code, status, title = "contact_not_accepted", 409, "You have not accepted this"
    default_detail = "Accept it, or decline it. No reason is asked."


def offer(
    session: Session,
    report: Report,
    *,
    supporter: uuid.UUID,
    who: WhoIsMet,
    reach: str,
    summary: str,
    summary_number: int,
    now: dt.datetime,
) -> Contact:
    """Ask a supporter, for a report that the caller has locked. They are told that there is something, not what.

    Beside one who cannot go on another may be asked. Raises AlreadyAsked.
    """
    if any(not row.needs_handover for row in _open(session, report, who=who)):
        raise AlreadyAsked
    row = Contact(
        school_id=report.school_id,
        report_id=report.id,
        person_id=supporter,
        who=who,
        summary_number=summary_number,
        state=ContactState.OFFERED,
        offered_hour=hour_of(now),
    )
    columns.CONTACT_SUMMARY.seal(session, row, summary, school_id=report.school_id)
    columns.CONTACT_REACH.seal(session, row, reach, school_id=report.school_id)
    _tell_offered(session, row, now=now)
    return row


def offer_chosen(
    session: Session, choice: Choice, *, supporter: uuid.UUID, reach: str, words: str | None, now: dt.datetime
) -> Contact:
    """Ask a supporter for a peer who chose, in their own words. What is kept of it is to the hour from the start: no
    report is there whose closing would make it coarser. The caller has locked the choice, or made it."""
    row = Contact(
        school_id=choice.school_id,
        choice_id=choice.id,
        person_id=supporter,
        who=WhoIsMet.PEER,
        summary_number=1,
        state=ContactState.OFFERED,
        offered_hour=hour_of(now),
    )
    if words is not None:
        columns.CHOSEN_SUMMARY.seal(session, row, words, school_id=choice.school_id)
    columns.CHOSEN_REACH.seal(session, row, reach, school_id=choice.school_id)
    _tell_offered(session, row, now=hour_of(now))
    return row


def accept(session: Session, row: Contact, *, now: dt.datetime) -> bool:
    """Whether this changed anything. Raises ContactIsOver. The caller has locked the report, here and below."""
    if row.state not in CONTACT_IS_OPEN:
        raise ContactIsOver
    if row.state is ContactState.ACCEPTED:
        return False
    row.state, row.accepted_hour = ContactState.ACCEPTED, hour_of(now)
    session.add(row)
    if row.report_id is not None:
        # Whoever could not go on was waited for until now.
        report = session.get_one(Report, row.report_id)
        _end(session, report, [each for each in _open(session, report, who=row.who) if each.needs_handover], now=now)
    return True


def decline(session: Session, row: Contact, *, now: dt.datetime) -> bool:
    """As `accept`. Raises ContactAccepted, ContactIsOver."""
    if row.state is ContactState.ACCEPTED:
        raise ContactAccepted
    if row.state is ContactState.ENDED:
        raise ContactIsOver
    if row.state is ContactState.DECLINED:
        return False
    _over(session, row, ContactState.DECLINED, now=now)
    return True


def end(session: Session, row: Contact, note: str | None, *, now: dt.datetime) -> bool:
    """As `accept`; the note is for whoever handed it over. Raises ContactNotAccepted, ContactIsOver, and
    NobodyReadsNotes where nobody did."""
    if row.state is ContactState.OFFERED:
        raise ContactNotAccepted
    if row.state is ContactState.DECLINED:
        raise ContactIsOver
    if row.state is ContactState.ENDED:
        return False
    if note is not None:
        if row.report_id is None:
            raise NobodyReadsNotes
        columns.CONTACT_NOTE.seal(session, row, note, school_id=row.school_id)
    if row.report_id is not None:
        _offer_talk(session, session.get_one(Report, row.report_id), row, now=now)
    _over(session, row, ContactState.ENDED, now=now)
    return True


def let_go(session: Session, report: Report, row: Contact, *, now: dt.datetime) -> None:
    """Its supporter cannot go on. It stays theirs until somebody else has it, or its handler ends it."""
    _offer_talk(session, report, row, now=now)
    row.needs_handover = True
    session.add(row)


def keep_on(session: Session, row: Contact) -> bool:
    """Its supporter is back: it is theirs as before, unless somebody else has been asked since. Whether it is."""
    report = session.get_one(Report, row.report_id)
    if not row.needs_handover or any(not each.needs_handover for each in _open(session, report, who=row.who)):
        return False
    row.needs_handover = False
    session.add(row)
    return True


def open_of(session: Session, person_id: uuid.UUID) -> list[Contact]:
    """What a supporter was asked and has not answered, or has taken on; in the order in which reports are locked."""
    rows = select(Contact).where(Contact.person_id == person_id, col(Contact.state).in_(CONTACT_IS_OPEN))
    found = rows.order_by(col(Contact.report_id), col(Contact.id)).execution_options(populate_existing=True)
    return list(session.exec(found))


def stop(session: Session, row: Contact, *, now: dt.datetime) -> None:
    """It is over for its supporter, whatever they said to it. Nobody is told by this."""
    _over(session, row, ContactState.ENDED, now=now)


def take_back(session: Session, report: Report, *, now: dt.datetime) -> None:
    """End what was offered and not accepted: its reporter does not want it passed on in these words any more."""
    _end(session, report, [row for row in _open(session, report) if row.state is ContactState.OFFERED], now=now)


def end_for_handler(
    session: Session, report: Report, contact_id: uuid.UUID, *, now: dt.datetime
) -> tuple[Contact, bool]:
    """End one of this report's contacts, and whether it was open. Raises NotFound."""
    row = session.exec(select(Contact).where(Contact.id == contact_id, Contact.report_id == report.id)).one_or_none()
    if row is None:
        raise NotFound
    was_open = row.state in CONTACT_IS_OPEN
    if was_open:
        _end(session, report, [row], now=now)
    return row, was_open


def end_all(session: Session, report: Report, *, now: dt.datetime) -> None:
    """What they came of is over: so are the contacts, and nothing finer than an hour is kept of them."""
    rows = session.exec(select(Contact.id).where(Contact.report_id == report.id)).all()
    if rows:
        retention.coarsen(session, rows, events=(), school_id=report.school_id)
        _end(session, report, _open(session, report), now=now)


def keep_out(session: Session, report: Report, people: Collection[uuid.UUID], *, now: dt.datetime) -> None:
    """It must not exist for these any more: their contacts are over, and nothing is told or on its way to them."""
    rows = session.exec(select(Contact).where(Contact.report_id == report.id, col(Contact.person_id).in_(people))).all()
    for row in rows:
        if row.state in CONTACT_IS_OPEN:
            _over(session, row, ContactState.ENDED, now=now)
    if rows:
        retention.forget(session, [row.id for row in rows], people=people, school_id=report.school_id)


def is_accepted(session: Session, report: Report) -> bool:
    """Whether a supporter has it now."""
    return any(row.state is ContactState.ACCEPTED for row in _open(session, report))


def of(session: Session, report: Report) -> list[Contact]:
    """Every contact that a report led to, the oldest hour first."""
    rows = select(Contact).where(Contact.report_id == report.id)
    return list(session.exec(rows.order_by(col(Contact.offered_hour), col(Contact.id)).limit(500)))


def tell_over(session: Session, school_id: uuid.UUID, people: Collection[uuid.UUID], *, now: dt.datetime) -> None:
    """That one of theirs is over, and not which."""
    if people:
        school = session.get_one(School, school_id)
        data = ContactOver(school=school.slug)
        outbox.emit(session, "contact.over", data, school_id=school.id, now=now, tell=people, only_people=True)


def out(session: Session, row: Contact) -> ContactOut:
    """What the supporter sees of it."""
    summary, reach = _texts(row)
    shows_reach = row.reach_sealed is not None and row.state is ContactState.ACCEPTED
    return ContactOut(
        id=row.id,
        who=row.who,
        state=row.state,
        summary=None if row.summary_sealed is None else summary.unseal(session, row, school_id=row.school_id),
        contact=reach.unseal(session, row, school_id=row.school_id) if shows_reach else None,
        note_is_read=row.report_id is not None,
        offered_hour=row.offered_hour,
        accepted_hour=row.accepted_hour,
        over_hour=row.over_hour,
    )


def _open(session: Session, report: Report, *, who: WhoIsMet | None = None) -> list[Contact]:
    rows = select(Contact).where(Contact.report_id == report.id, col(Contact.state).in_(CONTACT_IS_OPEN))
    return list(session.exec(rows if who is None else rows.where(Contact.who == who)))


def _end(session: Session, report: Report, rows: Iterable[Contact], *, now: dt.datetime) -> None:
    """Their supporters are told that one is over, not which: the notice outlasts what it is about."""
    told = set()
    for row in rows:
        _offer_talk(session, report, row, now=now)
        _over(session, row, ContactState.ENDED, now=now)
        told.add(row.person_id)
    tell_over(session, report.school_id, told, now=now)


def _tell_offered(session: Session, row: Contact, *, now: dt.datetime) -> None:
    session.add(row)
    session.flush()
    school = session.get_one(School, row.school_id)
    data = ContactOffered(school=school.slug, contact_id=row.id)
    outbox.emit(session, "contact.offered", data, school_id=school.id, now=now, tell=[row.person_id], only_people=True)


def _texts(row: Contact) -> tuple[SealedColumn, SealedColumn]:
    """Where the summary and how to reach them are sealed: with what the contact came of."""
    if row.report_id is None:
        return columns.CHOSEN_SUMMARY, columns.CHOSEN_REACH
    return columns.CONTACT_SUMMARY, columns.CONTACT_REACH


def _offer_talk(session: Session, report: Report, row: Contact, *, now: dt.datetime) -> None:
    """Once for a contact: with the end of what they had taken on, or when they could not go on. What was urgent when it
    came was urgent to them, whatever was found since."""
    came = clock_priority([Sign(each) for each in report.signs], Priority(report.priority_stated))
    urgent = report.response_rank == priority_rank(Priority.NOW) or came is Priority.NOW
    if urgent and row.state is ContactState.ACCEPTED and not row.needs_handover:
        # The row does not name what it came of. With whom it is kept from nobody talks of it.
        kept_from = [str(person) for person in sorted(_kept_from(session, report))]
        queue.enqueue(session, URGENT_OVER, row.person_id, due_at=now, now=now, payload={"not_with": kept_from})


def _kept_from(session: Session, report: Report) -> set[uuid.UUID]:
    named = select(ReportExclusion.person_id).where(ReportExclusion.report_id == report.id)
    roles = select(ReportExcludedRole.role).where(ReportExcludedRole.report_id == report.id)
    with_role = people_with(session, report.school_id, *map(Role, session.exec(roles).all()))
    return {*session.exec(named).all(), *with_role}


def _over(session: Session, row: Contact, state: ContactState, *, now: dt.datetime) -> None:
    row.state, row.over_hour, row.needs_handover = state, hour_of(now), False
    row.summary_sealed = row.reach_sealed = None
    session.add(row)
