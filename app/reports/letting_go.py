"""A supporter cannot go on, for whatever reason: nobody is dropped, and nobody is asked why (STUDY D10, J8).

What they had not answered goes back as if they had said no. What they have taken on stays theirs until somebody else
has it: whoever handles the report is told, and where it is urgent whoever is on call is asked at once. A peer who chose
them has no handler: the next supporter is asked, if they want another one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import passing_on
from app.contacts import service as contacts
from app.core.clock import hour_of
from app.events import outbox
from app.events.programme import ContactNeedsHandover
from app.models import Choice, Contact, Report, School
from app.paging import service as paging
from app.reports import audience, calling, states
from app.vocabulary import ContactState, EscalationState, SubjectKind
from app.vocabulary.supporters import LookedAfter

# As guidance/signs.py ranks `now`.
URGENT = 0


Held = Mapping[uuid.UUID, Report | Choice]


@dataclass(frozen=True, slots=True)
class LetGo:
    """A contact that its supporter cannot go on with, and who sees to it."""

    contact: Contact
    how: LookedAfter


def hold(session: Session, person_id: uuid.UUID) -> Held:
    """What somebody's contacts came of, locked: before rosters and escalations, as everywhere."""
    held: dict[uuid.UUID, Report | Choice] = {}
    theirs = contacts.open_of(session, person_id)
    ids = {row.report_id for row in theirs if row.report_id is not None}
    locked = select(Report).where(col(Report.id).in_(ids)).order_by(col(Report.id)).with_for_update(key_share=True)
    found = session.exec(locked.execution_options(populate_existing=True)).all() if ids else ()
    held |= {report.id: report for report in found}
    for choice_id in sorted({row.choice_id for row in theirs if row.choice_id is not None}):
        choice = passing_on.locked(session, choice_id)
        held |= {} if choice is None else {choice.id: choice}
    return held


def let_go(session: Session, person_id: uuid.UUID, held: Held, *, now: dt.datetime) -> list[LetGo]:
    """Safe to repeat. Of reports that are not held, which came in this very moment, nothing changes: ask again."""
    done = []
    for row in contacts.open_of(session, person_id):
        came_of = _came_of(row, held)
        if isinstance(came_of, Report):
            done.append(LetGo(row, _let_go(session, row, came_of, now=now)))
        elif came_of is not None:
            passing_on.given_back(session, came_of, row, now=now)
            done.append(LetGo(row, LookedAfter.GIVEN_BACK))
    return done


def keep_on(session: Session, person_id: uuid.UUID, held: Held, *, now: dt.datetime) -> None:
    """They are back: what nobody else was asked about is theirs as before, and its handler is told."""
    for row in contacts.open_of(session, person_id):
        report = _came_of(row, held)
        if isinstance(report, Report) and contacts.keep_on(session, row):
            _changed(session, report, now=now)
            audience.tell_answered(session, report, now=now)


def _came_of(row: Contact, held: Held) -> Report | Choice | None:
    came_of = row.report_id or row.choice_id
    return None if came_of is None else held.get(came_of)


def _let_go(session: Session, row: Contact, report: Report, *, now: dt.datetime) -> LookedAfter:
    if row.state is ContactState.OFFERED:
        contacts.decline(session, row, now=now)
        _changed(session, report, now=now)
        trail.record(
            session,
            action="contact.declined",
            school_id=report.school_id,
            person_id=row.person_id,
            subject=report.id,
            now=now,
        )
        if not states.is_over(report):
            audience.tell_answered(session, report, now=now)
        return LookedAfter.GIVEN_BACK
    if states.is_over(report):
        # Taken back: nobody else may be asked, nobody on call could read it, and with the day it ends anyway.
        contacts.end(session, row, None, now=now)
        _changed(session, report, now=now)
        return LookedAfter.GIVEN_BACK
    if not row.needs_handover:
        contacts.let_go(session, report, row, now=now)
        # In no log: nothing but a pause does this, and whoever reads the log could count those.
        _changed(session, report, now=now)
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


def _changed(session: Session, report: Report, *, now: dt.datetime) -> None:
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    session.flush()
