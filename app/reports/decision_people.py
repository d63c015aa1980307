"""Who may read a decision, who may be its second person, who looks into one that was made alone (J14 comes first)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.problems import NotFound
from app.identity.actors import Actor, people_with
from app.models import ConfidentialityDecision, Report, ReportConflict
from app.paging import answering
from app.paging import service as paging
from app.reports import exclusions
from app.rosters import duty
from app.vocabulary import ConflictKind, Level, Role, SecondPersonState, SubjectKind

# Who has to do with decisions at all.
DECIDING = (Role.TRIAGER, Role.ADVISER, Role.INDEPENDENT_HANDLER, Role.COORDINATOR, Role.PRIVACY_OFFICER)
# As whom somebody with several roles is asked: the first of them.
_AS_SECOND = (Role.TRIAGER, Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.INDEPENDENT_HANDLER, Role.ADVISER)


def second_people(
    session: Session, report: Report, *, but: uuid.UUID | None, now: dt.datetime
) -> dict[uuid.UUID, Role]:
    """Everybody who could be the second person for this report, and as whom. Never one from whom it is kept.

    Advisers are those who can read it because they were paged, and those who are on call for it now: at 3 am they are
    who is awake. For an independent report: other independent handlers alone.
    """
    roles = (Role.INDEPENDENT_HANDLER,) if report.independent else _AS_SECOND
    found: dict[uuid.UUID, Role] = {}
    for role in roles:
        people = set(people_with(session, report.school_id, role))
        if role is Role.ADVISER:
            people &= _on_it(session, report, now=now)
        for person in people:
            found.setdefault(person, role)
    known = exclusions.may_know(session, report, found) - {but}
    return {person: role for person, role in found.items() if person in known}


def reviewers(session: Session, report: Report, row: ConfidentialityDecision) -> set[uuid.UUID]:
    """Who looks into a decision that was made alone: the privacy officers who may know of the report. Where there is
    none but the decider, and of an independent report, the independent handlers."""
    found: set[uuid.UUID] = set()
    if not report.independent:
        found = _who_may(session, report, Role.PRIVACY_OFFICER) - {row.decided_by}
    return found or _who_may(session, report, Role.INDEPENDENT_HANDLER) - {row.decided_by}


def has_kept_out(session: Session, report: Report, person_id: uuid.UUID) -> bool:
    """Whether this person has declared that somebody must not know of it. Leaving it oneself is not that."""
    declared = select(ReportConflict.id).where(
        ReportConflict.report_id == report.id,
        ReportConflict.declared_by == person_id,
        ReportConflict.kind == ConflictKind.CONFLICT,
    )
    return session.exec(declared.limit(1)).first() is not None


def found(
    session: Session, actor: Actor, decision_id: uuid.UUID, *, now: dt.datetime, lock: bool = False
) -> tuple[ConfidentialityDecision, Report, Role]:
    """A decision that the actor may read, its report, and as whom they read it. Raises NotFound.

    `lock`: the report first and then the decision, as everything that changes either does.
    """
    actor.require(*DECIDING)
    # Whoever proposed it from a page may be of another school that lends its handlers (J11).
    theirs = sa.or_(
        col(ConfidentialityDecision.school_id) == actor.require_school(),
        col(ConfidentialityDecision.decided_by) == actor.person_id,
    )
    statement = select(ConfidentialityDecision).where(ConfidentialityDecision.id == decision_id, theirs)
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    if lock:
        session.exec(select(Report).where(Report.id == row.report_id).with_for_update(key_share=True)).one()
        session.refresh(row, with_for_update={"key_share": True})
    report = session.get_one(Report, row.report_id)
    if not exclusions.may_know(session, report, {actor.person_id}):
        raise NotFound
    role = _reads_as(session, actor, row, report, now=now)
    if role is None:
        raise NotFound
    return row, report, role


def _reads_as(
    session: Session, actor: Actor, row: ConfidentialityDecision, report: Report, *, now: dt.datetime
) -> Role | None:
    if actor.person_id == row.decided_by:
        return Role(row.decided_as)
    if actor.person_id == row.second_person and row.second_as is not None:
        return Role(row.second_as)
    if row.state is SecondPersonState.AWAITING_SECOND_PERSON:
        role = second_people(session, report, but=row.decided_by, now=now).get(actor.person_id)
        if role is not None:
            return role
    # Decisions of the school are what a privacy officer is there for; a handler is not to browse.
    if actor.has(Role.PRIVACY_OFFICER) and not report.independent:
        return Role.PRIVACY_OFFICER
    if row.alone and actor.person_id in reviewers(session, report, row):
        return Role.INDEPENDENT_HANDLER
    return None


def _who_may(session: Session, report: Report, role: Role) -> set[uuid.UUID]:
    return exclusions.may_know(session, report, people_with(session, report.school_id, role))


def _on_it(session: Session, report: Report, *, now: dt.datetime) -> set[uuid.UUID]:
    escalation = paging.find_for(session, SubjectKind.REPORT, report.id)
    if escalation is None:
        return set()
    on_call = {
        person
        for level in (Level.PRIMARY, Level.BACKUP)
        for person in duty.duty(session, report.school_id, line=escalation.line, level=level, now=now).people
    }
    return on_call | answering.readers(session, SubjectKind.REPORT, report.id, now=now)
