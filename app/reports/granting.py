"""Who has a report in hand gives it to another handler too, or says that somebody must not know of it (domain, 5)."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.problems import Conflict, InvalidRequest
from app.identity.actors import Actor, people_with
from app.models import Person, Report
from app.paging import grants
from app.reports import conflicts, exclusions, states, triage
from app.reports.conflict_schemas import ConflictCreate, ConflictOut, GrantCreate, GrantOut, RecusalCreate
from app.reports.dialogue import ReportClosed
from app.vocabulary import Role


class NotForHandlers(Conflict):
    code, status, title = "not_for_handlers", 409, "This report is not one for independent handlers"
    default_detail = "Every triager finds it; it need not be given to anybody."


def grant(session: Session, actor: Actor, report_id: uuid.UUID, body: GrantCreate) -> GrantOut:
    """Give a report to one more handler of the school. Again, it is no change.

    Raises NotFound, NotForHandlers, ReportClosed, and InvalidRequest for anybody but a handler who may know of it.
    """
    actor.require(Role.INDEPENDENT_HANDLER)
    now, report = clock.now(), triage.find(session, actor, report_id, lock=True)
    if not report.independent:
        raise NotForHandlers
    if states.is_over(report):
        raise ReportClosed
    person = _handler(session, report, body.person)
    row = grants.give(session, report.id, person.id, given_by=actor.person_id, now=now)
    trail.record(
        session,
        action="report.given",
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    return GrantOut(alias=person.alias, given_hour=row.given_hour)


def declare(session: Session, actor: Actor, report_id: uuid.UUID, body: ConflictCreate) -> ConflictOut:
    """Raises NotFound, and InvalidRequest for a name that nobody has."""
    report = triage.find(session, actor, report_id, lock=True)
    return conflicts.declare(session, report, body, declared_by=actor.person_id, now=clock.now())


def recuse(session: Session, actor: Actor, report_id: uuid.UUID, body: RecusalCreate) -> None:
    report = triage.find(session, actor, report_id, lock=True)
    conflicts.recuse(session, report, body.reason, person_id=actor.person_id, now=clock.now())


def _handler(session: Session, report: Report, name: str) -> Person:
    """One handler who is there and may know of it: of two with one alias, an id says which."""
    handlers = set(people_with(session, report.school_id, Role.INDEPENDENT_HANDLER))
    meant = exclusions.people_called(session, report.school_id, name) & handlers
    found = exclusions.may_know(session, report, meant)
    if len(found) != 1:
        detail = "This is no independent handler of this school, or not one alone."
        raise InvalidRequest(errors=[{"pointer": "#/person", "code": "unknown_handler", "detail": detail}])
    return session.get_one(Person, found.pop())
