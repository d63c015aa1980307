"""A school is relied upon once everything is there: a platform operator opens it, and stops it, without reading it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.problems import Conflict
from app.events import outbox
from app.events.keeping import SchoolActivated, SchoolSuspended
from app.events.types import EventType
from app.identity.actors import Actor, people_with
from app.models import School
from app.readiness import service as readiness
from app.schools import founding
from app.schools.founding_schemas import SchoolOut
from app.schools.service import SchoolNotFound
from app.vocabulary import Role, SchoolStatus


class SchoolNotReady(Conflict):
    code, status, title = "school_not_ready", 409, "This school is not ready"
    default_detail = "`errors` names what is missing, by the codes of its readiness. Its coordinators read there more."


class SchoolNotBegun(Conflict):
    code, status, title = "school_not_begun", 409, "This school is a draft"
    default_detail = "There is nothing to stop: nobody relies on it yet."


def activate(session: Session, actor: Actor, slug: str) -> SchoolOut:
    """The school as it is then. Raises SchoolNotFound, SchoolNotReady."""
    actor.require(Role.PLATFORM_OPERATOR)
    return founding.out(open_school(session, slug, by=actor.person_id, now=clock.now()))


def open_school(session: Session, slug: str, *, by: uuid.UUID | None, now: dt.datetime) -> School:
    """As `activate`; `by` is nobody for the command line, which has checked who asks in its own way."""
    school = _locked(session, slug)
    if school.status is not SchoolStatus.ACTIVE:
        missing = readiness.missing(session, school, now=now)
        if missing:
            raise SchoolNotReady(errors=[{"code": code, "detail": text} for code, text in missing])
        _become(session, school, SchoolStatus.ACTIVE, by=by, now=now)
    return school


def suspend(session: Session, actor: Actor, slug: str) -> SchoolOut:
    """The school as it is then. Raises SchoolNotFound, SchoolNotBegun for a draft."""
    actor.require(Role.PLATFORM_OPERATOR)
    school = _locked(session, slug)
    if school.status is SchoolStatus.DRAFT:
        raise SchoolNotBegun
    if school.status is SchoolStatus.ACTIVE:
        _become(session, school, SchoolStatus.SUSPENDED, by=actor.person_id, now=clock.now())
    return founding.out(school)


def _locked(session: Session, slug: str) -> School:
    school = session.exec(select(School).where(School.slug == slug).with_for_update(key_share=True)).one_or_none()
    if school is None:
        raise SchoolNotFound
    return school


def _become(session: Session, school: School, status: SchoolStatus, *, by: uuid.UUID | None, now: dt.datetime) -> None:
    school.status = status
    session.add(school)
    session.flush()
    active = status is SchoolStatus.ACTIVE
    action: EventType = "school.activated" if active else "school.suspended"
    data = SchoolActivated(school=school.slug) if active else SchoolSuspended(school=school.slug)
    who = people_with(session, school.id, Role.COORDINATOR, Role.SPONSOR)
    outbox.emit(session, action, data, school_id=school.id, now=now, tell=who)
    trail.record(session, action=action, school_id=school.id, person_id=by, subject=school.id, now=now)
