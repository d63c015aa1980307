"""Found to be concerned later: from that moment the report does not exist for them, and never nobody has it (J14).

Everything that shows, counts or tells of reports asks the same rows whether it may (exclusions.py), so that it takes
one row to take effect everywhere, also in roles that they are given later. What runs is stopped beside it: their
pages, their claim, and what is on its way to them.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import service as contacts
from app.core.clock import hour_of
from app.core.problems import InvalidRequest
from app.identity.actors import people_with
from app.models import Report, ReportAccess, ReportConflict, ReportExcludedRole, ReportExclusion, School
from app.paging import grants, holding, keeping_out
from app.paging import service as paging
from app.reports import exclusions, states, triage, unread, withdrawn
from app.reports.conflict_schemas import MOST_READS, ConflictCreate, ConflictOut
from app.reports.schemas import AccessOut
from app.schools.policies import PRIORITIES
from app.vault.columns import CONFLICT
from app.vocabulary import ConflictKind, ReportState, Role, RosterLine, SubjectKind
from app.work import queue

# Nobody is left who looks at what is done with a report: somebody else is found (app/privacy/unseen.py).
UNSEEN = "reports.unseen"


def declare(
    session: Session, report: Report, body: ConflictCreate, *, declared_by: uuid.UUID, now: dt.datetime
) -> ConflictOut:
    """Keep somebody out of a report that the caller has locked and found for whoever declares it.

    Again, it is no change. Raises InvalidRequest for a name that nobody has.
    """
    people = _named(session, report, body.person)
    _keep_out(session, report, people, ConflictKind.CONFLICT, body.reason, declared_by=declared_by, now=now)
    return ConflictOut(earlier_reads=_reads(session, report, people))


def recuse(session: Session, report: Report, reason: str | None, *, person_id: uuid.UUID, now: dt.datetime) -> None:
    """Somebody leaves a report by themselves, which the caller has locked: as if they had been named."""
    _keep_out(session, report, {person_id}, ConflictKind.RECUSED, reason, declared_by=person_id, now=now)


def _keep_out(
    session: Session,
    report: Report,
    people: set[uuid.UUID],
    kind: ConflictKind,
    reason: str | None,
    *,
    declared_by: uuid.UUID,
    now: dt.datetime,
) -> None:
    new = people - _kept_out(session, report)
    if not new:
        return
    # Whoever leaves by themselves may be the last officer; whoever keeps others out is none who sees what they do.
    but = None if kind is ConflictKind.RECUSED else declared_by
    was_seen = _seen_by(session, report, but=but)
    for person in sorted(new):
        session.add(ReportExclusion(report_id=report.id, person_id=person))
        _write_down(session, report, person, kind, reason, declared_by=declared_by, now=now)
    session.flush()
    _release(session, report, new, now=now)
    if not report.independent and not _is_over(session, report) and not _readers_left(session, report):
        _make_independent(session, report, new, now=now)
    else:
        _go_on(session, report, new, now=now)
    if was_seen and not _seen_by(session, report, but=but):
        queue.enqueue(session, UNSEEN, report.id, due_at=now, now=now, payload={"by": str(declared_by)})
    trail.record(
        session,
        action="report.recused" if kind is ConflictKind.RECUSED else "report.conflict_declared",
        school_id=report.school_id,
        person_id=declared_by,
        subject=report.id,
        now=now,
    )
    session.flush()


def _write_down(
    session: Session,
    report: Report,
    person: uuid.UUID,
    kind: ConflictKind,
    reason: str | None,
    *,
    declared_by: uuid.UUID,
    now: dt.datetime,
) -> None:
    row = ReportConflict(report_id=report.id, person_id=person, declared_by=declared_by, kind=kind, hour=hour_of(now))
    if reason is not None:
        CONFLICT.seal(session, row, reason, school_id=report.school_id)
    session.add(row)


def _release(session: Session, report: Report, people: set[uuid.UUID], *, now: dt.datetime) -> None:
    """What they had taken on is nobody's, and goes back to the queue."""
    if report.claimed_by is not None and report.claimed_by in people and not _reads(session, report, people):
        # Taking it on has shown it: that it was read is not lost with the claim.
        role, hour = triage.role_of(report), report.updated_hour
        triage.record_access(session, report, person_id=report.claimed_by, role=role, now=hour)
    report.updated_hour = hour_of(now)
    report.version += 1
    contacts.keep_out(session, report, people, now=now)
    if report.claimed_by in people:
        report.claimed_by = None
        if report.state is ReportState.CLAIMED:
            report.state = ReportState.NEW
    session.add(report)


def _go_on(session: Session, report: Report, people: set[uuid.UUID], *, now: dt.datetime) -> None:
    escalation = keeping_out.keep_out(session, report.id, people, school_id=report.school_id, now=now)
    if _is_over(session, report):
        return
    if escalation is None:
        unread.watch_again(session, report, now=now)
        return
    keeping_out.go_on(session, escalation, now=now)
    answered = escalation.acknowledged_by is None and escalation.answered_at is not None
    # By somebody who cannot go on: no list would show it to anybody else.
    left = exclusions.may_know(session, report, grants.holders(session, report.id))
    if report.independent and answered and not left:
        holding.ask_anew(session, escalation, now=now)


def _is_over(session: Session, report: Report) -> bool:
    """Also of one that was withdrawn, unless somebody must still decide about it."""
    return states.is_over(report) and not withdrawn.to_be_decided(session, report)


def _seen_by(session: Session, report: Report, *, but: uuid.UUID | None) -> set[uuid.UUID]:
    """The privacy officers who see what is done with it, without whoever keeps others out."""
    if report.independent:
        return set()
    return exclusions.may_know(session, report, people_with(session, report.school_id, Role.PRIVACY_OFFICER)) - {but}


def _readers_left(session: Session, report: Report) -> bool:
    triagers = people_with(session, report.school_id, Role.TRIAGER)
    return bool(exclusions.may_know(session, report, triagers))


def _make_independent(session: Session, report: Report, people: set[uuid.UUID], *, now: dt.datetime) -> None:
    """Nobody is left who reads reports: independent handlers are asked, and nobody of the programme may know of it.

    Whoever holds it at this moment keeps what they were paged for, as after a hand-over: a conversation is not cut off.
    """
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id, lock=True)
    holds = None if escalation is None else escalation.acknowledged_by
    known = _kept_out(session, report)
    inside = exclusions.insiders(session, report.school_id) - known - {holds}
    for person in sorted(inside):
        session.add(ReportExclusion(report_id=report.id, person_id=person))
    report.independent = True
    _release(session, report, inside, now=now)
    session.flush()
    escalation = keeping_out.keep_out(session, report.id, people | inside, school_id=report.school_id, now=now)
    if escalation is not None:
        keeping_out.turn_to_handlers(session, escalation, now=now)
        return
    roles = session.exec(select(ReportExcludedRole.role).where(ReportExcludedRole.report_id == report.id))
    paging.start(
        session,
        session.get_one(School, report.school_id),
        subject_kind=SubjectKind.REPORT,
        subject_id=report.id,
        line=RosterLine.INDEPENDENT_ADVICE,
        priority=PRIORITIES[report.response_rank],
        excluded=known | inside,
        excluded_roles={Role(role) for role in roles},
        discreet=True,
        now=now,
    )


def _kept_out(session: Session, report: Report) -> set[uuid.UUID]:
    return set(session.exec(select(ReportExclusion.person_id).where(ReportExclusion.report_id == report.id)))


def _named(session: Session, report: Report, name: str) -> set[uuid.UUID]:
    found = exclusions.people_called(session, report.school_id, name)
    if not found:
        detail = "This is neither somebody of this school nor an alias of its list of readers."
        raise InvalidRequest(errors=[{"pointer": "#/person", "code": "unknown_reader", "detail": detail}])
    return found


def _reads(session: Session, report: Report, people: set[uuid.UUID]) -> list[AccessOut]:
    statement = (
        select(ReportAccess.role, ReportAccess.hour)
        .where(ReportAccess.report_id == report.id, col(ReportAccess.person_id).in_(people))
        .distinct()
        .order_by(col(ReportAccess.hour), col(ReportAccess.role))
        .limit(MOST_READS)
    )
    return [AccessOut(role=role, hour=hour) for role, hour in session.exec(statement)]
