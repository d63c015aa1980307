"""Who hears that a reporter has written: whoever has it in hand and can still read it, and never nobody."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.events import outbox
from app.events.conversations import RelayAnswered
from app.identity.actors import people_with
from app.models import Report, ReportMessage, School
from app.paging import answering, grants
from app.paging import service as paging
from app.reports import claims, exclusions, states
from app.vocabulary import Role, SubjectKind


def of(session: Session, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    """Those who hold or have answered it, who acknowledged or are being asked.

    When none of them is left, or everybody was asked in vain: the other triagers; for an independent report, whoever
    was asked and can still read it. Nobody, while nobody was ever asked and it waits to be read, and once it is gone.
    """
    if report.state in states.GONE:
        return set()
    written = select(ReportMessage.person_id).where(
        ReportMessage.report_id == report.id, col(ReportMessage.person_id).is_not(None)
    )
    writers = {person for person in session.exec(written) if person is not None}
    triagers = set(people_with(session, report.school_id, Role.TRIAGER))
    in_hand = answering.in_hand(session, SubjectKind.REPORT, report.id)
    involved = writers | in_hand | grants.holders(session, report.id)
    if not report.independent:
        # A handler keeps the brief while the report is open; anybody else reads as a triager, or while a page lasts.
        involved &= triagers | answering.readers(session, SubjectKind.REPORT, report.id, now=now)
    holder = claims.holder(session, report)
    found = exclusions.may_know(session, report, involved if holder is None else involved | {holder})
    if found:
        return found
    waits = report.claimed_by is None and paging.find_for(session, SubjectKind.REPORT, report.id) is None
    if waits and not writers:
        return set()
    others = triagers
    if report.independent:
        readers = answering.readers(session, SubjectKind.REPORT, report.id, now=now)
        others = answering.asked(session, SubjectKind.REPORT, report.id) & readers
    return exclusions.may_know(session, report, others)


def tell_answered(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Those whom it concerns hear that the reporter, or a supporter, has answered what they were asked."""
    people = of(session, report, now=now)
    if not people:
        return
    school = session.get_one(School, report.school_id)
    data = RelayAnswered(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=report.id)
    outbox.emit(session, "relay.answered", data, school_id=school.id, now=now, tell=people, only_people=True)
