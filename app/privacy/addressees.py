"""Who looks into a privacy incident: privacy officers who may know of it, else somebody else, and never nobody.

An incident goes to one role at a time. Where nobody in that role is left who may know of it, it goes to the next.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import structlog
from sqlmodel import Session, col, select

from app.events import outbox
from app.events.keeping import PrivacyIncidentOpened
from app.identity.actors import people_with
from app.models import PrivacyIncident, PrivacyIncidentExclusion, Report, School
from app.reports import exclusions
from app.schools import service as schools
from app.vocabulary import Role
from app.vocabulary.keeping import IncidentStatus
from app.work import queue
from app.work.queue import Item

log = structlog.get_logger("peerline.privacy")

LOOK = "privacy.look"
LOOK_EVERY = dt.timedelta(hours=1)
# What concerns the programme's own people is known to independent handlers alone (J14).
IN_TURN = (Role.PRIVACY_OFFICER, Role.SPONSOR, Role.INDEPENDENT_HANDLER, Role.COORDINATOR)


def choose(
    session: Session, school_id: uuid.UUID, report: Report | None, *, kept_out: Collection[uuid.UUID]
) -> tuple[Role, set[uuid.UUID]]:
    """The first role in which somebody may know of it, and those. Where nobody may, it waits for a privacy officer."""
    for role in IN_TURN:
        people = _who_may(session, school_id, role, report, kept_out=kept_out)
        if people:
            return role, people
    # Whoever runs the service sees that somebody must be found; of what, and where, it does not say.
    log.error("privacy.nobody_may_look_into_an_incident")
    return Role.PRIVACY_OFFICER, set()


def announce(
    session: Session, school: School, incident: PrivacyIncident, people: Collection[uuid.UUID], *, now: dt.datetime
) -> None:
    """Tell those who look into it, and nobody else, that there is something to read."""
    if people:
        data = PrivacyIncidentOpened(school=school.slug, incident_id=incident.id)
        outbox.emit(
            session, "privacy_incident.opened", data, school_id=school.id, now=now, tell=people, only_people=True
        )


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Pass on what nobody is left for, and come again in an hour: people leave, and conflicts are found later."""
    waiting = select(PrivacyIncident).where(PrivacyIncident.status != IncidentStatus.CLOSED)
    for incident in session.exec(waiting.order_by(col(PrivacyIncident.id)).with_for_update()).all():
        report = None if incident.report_id is None else session.get_one(Report, incident.report_id)
        kept_out = session.exec(
            select(PrivacyIncidentExclusion.person_id).where(PrivacyIncidentExclusion.incident_id == incident.id)
        ).all()
        if _who_may(session, incident.school_id, Role(incident.goes_to), report, kept_out=kept_out):
            continue
        goes_to, people = choose(session, incident.school_id, report, kept_out=kept_out)
        if people:
            incident.goes_to = goes_to
            session.add(incident)
            announce(session, session.get_one(School, incident.school_id), incident, people, now=now)
    queue.enqueue(session, LOOK, item.subject, due_at=now + LOOK_EVERY, now=now, key=LOOK)


def assessed_within(school: School) -> dt.timedelta:
    """The school's own clock, from the day on which it was told (domain, 3.4)."""
    return dt.timedelta(days=schools.policies_of(school).assess_incidents_within_days)


def _who_may(
    session: Session, school_id: uuid.UUID, role: Role, report: Report | None, *, kept_out: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    people = set(people_with(session, school_id, role)) - set(kept_out)
    if report is None:
        return people
    if report.independent and role is not Role.INDEPENDENT_HANDLER:
        return set()
    return exclusions.may_know(session, report, people)
