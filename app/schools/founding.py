"""A platform operator makes a school and names the two who set it up; what they do in it is theirs alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest
from app.identity import one_time_links
from app.identity.actors import Actor
from app.identity.invitations import LoginTaken
from app.identity.people import create_person
from app.models import Invitation, Person, School
from app.schools import service as schools
from app.schools.founding_schemas import (
    FirstInvitation,
    FirstPerson,
    SchoolCreate,
    SchoolCreated,
    SchoolOut,
    SchoolPage,
)
from app.schools.policies import SchoolPolicies
from app.schools.requirements import SchoolExists, SchoolRefused
from app.settings import Settings
from app.vocabulary import LinkPurpose, Role


class SlugTaken(Conflict):
    code, status, title = "school_exists", 409, "There is a school of this slug"
    default_detail = "Nothing was stored. A slug is given once, and stays."


def found(session: Session, actor: Actor, body: SchoolCreate, *, settings: Settings) -> SchoolCreated:
    """A draft with a coordinator and a sponsor, and the links by which they join.

    Raises SlugTaken, LoginTaken, and InvalidRequest for a place that no directory is shipped for.
    """
    actor.require(Role.PLATFORM_OPERATOR)
    now = clock.now()
    if body.coordinator.login.lower() == body.sponsor.login.lower():
        detail = "A sponsor stands behind the coordinator: they are two people."
        raise InvalidRequest(errors=[{"pointer": "#/sponsor/login", "code": "same_person", "detail": detail}])
    school = _school(session, body)
    operator = session.get_one(Person, actor.person_id)
    invitations = [
        invite_first(session, school, person, role, by=operator, settings=settings, now=now)
        for person, role in ((body.coordinator, Role.COORDINATOR), (body.sponsor, Role.SPONSOR))
    ]
    trail.record(
        session, action="school.created", school_id=school.id, person_id=actor.person_id, subject=school.id, now=now
    )
    return SchoolCreated(**out(school).model_dump(), invitations=invitations)


def invite_first(
    session: Session,
    school: School,
    body: FirstPerson,
    role: Role,
    *,
    by: Person | None,
    settings: Settings,
    now: dt.datetime,
) -> FirstInvitation:
    """Somebody who joins by a link. `by` is nobody on the command line, and then they stand for themselves.

    Raises LoginTaken.
    """
    try:
        with session.begin_nested():
            person = create_person(
                session,
                school_id=school.id,
                login=body.login,
                alias=body.alias,
                roles=[role],
                password_hash=None,
            )
            # Nobody is on a roster, or told of anything, before they have joined.
            person.active = False
            session.add(person)
            session.flush()
    except IntegrityError as exc:
        raise LoginTaken("Nothing was stored. Somebody has it, or has had it: choose another one.") from exc
    made_by = by or person
    link, secret = one_time_links.make(session, person, LinkPurpose.JOIN, made_by=made_by, by_it=False, now=now)
    session.add(Invitation(school_id=school.id, person_id=person.id, invited_by=made_by.id, created_at=now))
    session.flush()
    return FirstInvitation(
        role=role,
        login=person.login,
        alias=person.alias,
        link=one_time_links.url_of(settings, secret),
        expires_at=link.expires_at,
    )


def page(session: Session, actor: Actor, request: PageRequest) -> SchoolPage:
    actor.require(Role.PLATFORM_OPERATOR)
    statement = request.slice(select(School), at=col(School.created_at), row_id=col(School.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda school: (school.created_at, school.id))
    return SchoolPage(items=[out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, slug: str) -> SchoolOut:
    """Raises SchoolNotFound."""
    actor.require(Role.PLATFORM_OPERATOR)
    return out(schools.find(session, slug))


def out(school: School) -> SchoolOut:
    return SchoolOut.model_validate(school)


def _school(session: Session, body: SchoolCreate) -> School:
    try:
        with session.begin_nested():
            return schools.create(
                session,
                **body.model_dump(exclude={"formal_program", "coordinator", "sponsor"}),
                features={"formal_program": body.formal_program},
                policies=SchoolPolicies(),
            )
    except (SchoolExists, IntegrityError) as exc:
        raise SlugTaken from exc
    except SchoolRefused as exc:
        fault = {"pointer": f"#/{exc.field}", "code": "cannot_be_served", "detail": str(exc)}
        raise InvalidRequest(errors=[fault]) from exc
