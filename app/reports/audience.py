"""Who hears that a reporter has written: whoever has it in hand and can still read it, and never nobody."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlmodel import Session, col, func, select

from app.events import outbox
from app.events.conversations import ClaimEnded, RelayAnswered
from app.identity.actors import people_with
from app.identity.grant_states import CURRENT
from app.models import Report, ReportMessage, RoleGrant, School
from app.paging import answering, grants
from app.paging import service as paging
from app.reports import claims, exclusions, states
from app.vocabulary import ClaimEnd, MessageAuthor, Role, SubjectKind


def of(session: Session, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    """Those who hold or have answered it, who acknowledged or are being asked, but not who has given it back since.

    When none of them is left, or everybody was asked in vain, the others; also beside them, when whoever holds it has
    let its reporter wait for a day. Nobody, while nobody was ever asked and it waits to be read, and once it is gone.
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
    # A handler keeps the brief while the report is open; anybody else reads as a triager, or while a page lasts.
    in_role = _handlers(session, involved) if report.independent else triagers
    involved &= in_role | answering.readers(session, SubjectKind.REPORT, report.id, now=now)
    asked = answering.being_asked(session, SubjectKind.REPORT, report.id)
    involved -= claims.given_back_by(session, report) - asked
    holder = claims.holder(session, report)
    found = exclusions.may_know(session, report, involved if holder is None else involved | {holder})
    if found and not _waits_in_vain(session, report, now=now):
        return found
    waits = report.claimed_by is None and paging.find_for(session, SubjectKind.REPORT, report.id) is None
    if waits and not writers:
        return set()
    return found | others(session, report, now=now)


def others(session: Session, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    """Whoever could have it next: those who read reports; of an independent one, who was asked or given it, and can
    still read it."""
    if not report.independent:
        return exclusions.may_know(session, report, people_with(session, report.school_id, Role.TRIAGER))
    asked = answering.asked(session, SubjectKind.REPORT, report.id)
    asked &= answering.readers(session, SubjectKind.REPORT, report.id, now=now)
    return exclusions.may_know(session, report, asked | _handlers(session, grants.holders(session, report.id)))


def _waits_in_vain(session: Session, report: Report, *, now: dt.datetime) -> bool:
    """Whoever holds it has done nothing about it for a day, and its reporter has waited for as long already."""
    if not claims.is_quiet(session, report, now=now):
        return False
    messages = select(func.max(ReportMessage.position)).where(ReportMessage.report_id == report.id)
    answered: int | None = session.exec(messages.where(ReportMessage.author != MessageAuthor.REPORTER)).one()
    if answered is None:
        return True
    first = select(func.min(ReportMessage.sent_at)).where(
        ReportMessage.report_id == report.id, ReportMessage.position > answered
    )
    since: dt.datetime | None = session.exec(first).one()
    return since is not None and since + claims.QUIET_AFTER <= now


def _handlers(session: Session, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` who are independent handlers now, at whatever school."""
    held = select(RoleGrant.person_id).where(
        col(RoleGrant.person_id).in_(people), RoleGrant.role == Role.INDEPENDENT_HANDLER, CURRENT
    )
    return set(session.exec(held))


def tell_answered(session: Session, report: Report, *, now: dt.datetime) -> None:
    """Those whom it concerns hear that the reporter, or a supporter, has answered what they were asked."""
    people = of(session, report, now=now)
    if not people:
        return
    school = session.get_one(School, report.school_id)
    data = RelayAnswered(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=report.id)
    outbox.emit(session, "relay.answered", data, school_id=school.id, now=now, tell=people, only_people=True)


def tell_claim_ended(
    session: Session, report: Report, people: set[uuid.UUID], *, because: ClaimEnd, now: dt.datetime
) -> None:
    """`people` hear that a report is not in the hands that it was in."""
    if people:
        school = session.get_one(School, report.school_id)
        data = ClaimEnded(school=school.slug, subject_kind=SubjectKind.REPORT, subject_id=report.id, because=because)
        outbox.emit(session, "claim.ended", data, school_id=school.id, now=now, tell=people, only_people=True)
