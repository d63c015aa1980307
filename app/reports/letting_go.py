"""A supporter cannot go on, for whatever reason: nobody is dropped, and nobody is asked why (STUDY D10, J8).

What they had not answered goes back as if they had said no. What they have taken on stays theirs until somebody else
has it: whoever handles the report is told, and where it is urgent whoever is on call is asked at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import service as contacts
from app.core.clock import hour_of
from app.events import outbox
from app.events.programme import ContactNeedsHandover
from app.models import Contact, Report, School
from app.paging import service as paging
from app.reports import audience, calling, states
from app.vocabulary import ContactState, EscalationState, SubjectKind
from app.vocabulary.supporters import LookedAfter

# As guidance/signs.py ranks `now`.
URGENT = 0


Held = Mapping[uuid.UUID, Report]


@dataclass(frozen=True, slots=True)
class LetGo:
    """A contact that its supporter cannot go on with, and who sees to it."""

    contact: Contact
    how: LookedAfter


def hold(session: Session, person_id: uuid.UUID) -> Held:
    """The reports that somebody's contacts came of, locked: reports before rosters and escalations, as everywhere."""
    ids = {row.report_id for row in contacts.open_of(session, person_id)}
    locked = select(Report).where(col(Report.id).in_(ids)).order_by(col(Report.id)).with_for_update(key_share=True)
    found = session.exec(locked.execution_options(populate_existing=True)).all() if ids else ()
    return {report.id: report for report in found}


def let_go(session: Session, person_id: uuid.UUID, held: Held, *, now: dt.datetime) -> list[LetGo]:
    """Safe to repeat. Of reports that are not held, which came in this very moment, nothing changes: ask again."""
    return [
        LetGo(row, _let_go(session, row, held[row.report_id], now=now))
        for row in contacts.open_of(session, person_id)
        if row.report_id in held
    ]


def keep_on(session: Session, person_id: uuid.UUID, held: Held, *, now: dt.datetime) -> None:
    """They are back: what nobody else was asked about is theirs as before, and its handler is told."""
    for row in contacts.open_of(session, person_id):
        report = held.get(row.report_id)
        if report is not None and contacts.keep_on(session, row):
            _record(session, row, report, "contact.kept_on", now=now)
            audience.tell_answered(session, report, now=now)


def _let_go(session: Session, row: Contact, report: Report, *, now: dt.datetime) -> LookedAfter:
    if row.state is ContactState.OFFERED:
        contacts.decline(session, row, now=now)
        _record(session, row, report, "contact.declined", now=now)
        if not states.is_over(report):
            audience.tell_answered(session, report, now=now)
        return LookedAfter.GIVEN_BACK
    if not row.needs_handover:
        contacts.let_go(session, row)
        _record(session, row, report, "contact.needs_handover", now=now)
        if report.response_rank == URGENT:
            calling.for_a_contact(session, report, now=now)
        _tell(session, row, report, now=now)
    return _looked_after(session, report)


def _looked_after(session: Session, report: Report) -> LookedAfter:
    if report.response_rank != URGENT:
        return LookedAfter.HANDLER_TOLD
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    in_vain = escalation is None or escalation.state is EscalationState.EXHAUSTED
    return LookedAfter.NOBODY_ON_CALL if in_vain else LookedAfter.ON_CALL_ASKED


def _tell(session: Session, row: Contact, report: Report, *, now: dt.datetime) -> None:
    people = audience.of(session, report, now=now) - {row.person_id}
    if people:
        school = session.get_one(School, report.school_id)
        data = ContactNeedsHandover(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=report.id)
        outbox.emit(
            session, "contact.needs_handover", data, school_id=school.id, now=now, tell=people, only_people=True
        )


def _record(session: Session, row: Contact, report: Report, action: str, *, now: dt.datetime) -> None:
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    trail.record(
        session, action=action, school_id=report.school_id, person_id=row.person_id, subject=report.id, now=now
    )
    session.flush()
