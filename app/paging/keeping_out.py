"""For whom a report does not exist, also while it is asked about: they are asked no more, and never were (J14)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.identity.actors import current_roles
from app.models import (
    ConfidentialityDecision,
    Escalation,
    Page,
    Person,
    PrivacyIncident,
    ReportExcludedRole,
    ReportExclusion,
)
from app.paging import ending, grants, rounds, service
from app.vocabulary import EscalationState, PageState, Role, RosterLine, SubjectKind
from app.webhooks import retention


def kept_from(person_id: uuid.UUID, *, school_id: uuid.UUID | None, roles: Collection[Role]) -> sa.ColumnElement[bool]:
    """Of a query over pages: those about a report that must not exist for this person, or for a role of theirs."""
    about = sa.and_(col(Escalation.id) == col(Page.escalation_id), col(Escalation.subject_kind) == SubjectKind.REPORT)
    person = sa.exists().where(
        about, col(ReportExclusion.report_id) == col(Escalation.subject_id), col(ReportExclusion.person_id) == person_id
    )
    role = sa.exists().where(
        about,
        # A reporter means the roles of their own school.
        col(Page.school_id) == school_id,
        col(ReportExcludedRole.report_id) == col(Escalation.subject_id),
        col(ReportExcludedRole.role).in_(roles),
    )
    return sa.or_(person, role)


def is_kept_from(session: Session, page: Page, person: Person) -> bool:
    """`kept_from`, of one page and its person as they are now."""
    roles = current_roles(session, person.id)
    hidden = kept_from(person.id, school_id=person.school_id, roles=roles)
    return session.exec(select(Page.id).where(Page.id == page.id, hidden)).first() is not None


def keep_out(
    session: Session, report_id: uuid.UUID, people: set[uuid.UUID], *, school_id: uuid.UUID, now: dt.datetime
) -> Escalation | None:
    """Ask these of a report no more, at no step, and take away what they were asked; they are told of none of it.

    The caller has locked the report, and moves its escalation on, which this gives, locked.
    """
    escalation = service.find_for(session, SubjectKind.REPORT, report_id, lock=True)
    # Under that lock: whoever took it on until then has it in hand, too.
    grants.end(session, report_id, people, now=now)
    decisions = select(ConfidentialityDecision.id).where(ConfidentialityDecision.report_id == report_id)
    incidents = select(PrivacyIncident.id).where(PrivacyIncident.report_id == report_id)
    about = [report_id, *session.exec(decisions).all(), *session.exec(incidents).all()]
    if escalation is not None:
        session.refresh(escalation)
        about += [escalation.id, *_take_away(session, escalation, people, now=now)]
    retention.forget(session, about, people=people, school_id=school_id)
    return escalation


def go_on(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Where nobody is left who was asked, or who held it, the next person is asked at once."""
    if escalation.state is EscalationState.OPEN and not ending.is_over(escalation):
        service.move(session, escalation, now=now)


def turn_to_handlers(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """From now on independent handlers are asked, from the first step of their own policy; nobody else is.

    The caller has locked it, and kept everybody else out. Whoever holds it has handed it over.
    """
    ending.stand_down(session, escalation, now=now, but=None)
    held_by = escalation.acknowledged_by
    theirs = select(Page).where(Page.escalation_id == escalation.id, Page.state == PageState.ACKNOWLEDGED)
    for page in session.exec(theirs).all():
        page.state, page.settled_at = PageState.HANDED_OVER, now
        session.add(page)
    escalation.line = RosterLine.INDEPENDENT_ADVICE
    rounds.prepare(session, escalation, again=False, now=now, handed_over_by=held_by)
    service.move(session, escalation, now=now)


def _take_away(
    session: Session, escalation: Escalation, people: set[uuid.UUID], *, now: dt.datetime
) -> list[uuid.UUID]:
    """Gives every page there was: copies of them are with the school."""
    escalation.excluded = sorted({*escalation.excluded, *(str(person) for person in people)})
    # Whatever is announced from now on would tell them that there is something.
    escalation.discreet = True
    if escalation.acknowledged_by in people:
        escalation.acknowledged_by = escalation.acknowledged_at = None
        if escalation.state is EscalationState.ACKNOWLEDGED:
            escalation.state = EscalationState.OPEN
    pages = session.exec(select(Page).where(Page.escalation_id == escalation.id)).all()
    for page in pages:
        if page.person_id in people:
            page.state, page.settled_at = PageState.CANCELLED, page.settled_at or now
            session.add(page)
    session.add(escalation)
    session.flush()
    return [page.id for page in pages]
