"""The people of a school, as those who answer for them see and change them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, NotFound
from app.identity import aliases
from app.identity.actors import Actor, roles_to_be
from app.identity.aliases import AliasStays, NotYoursToRename
from app.identity.grant_states import CURRENT, IN_STATE
from app.identity.people import refuse_retired_alias
from app.identity.people_schemas import PersonOut, PersonPage, PersonUpdate
from app.identity.role_giving import AssessmentConflict
from app.identity.role_rules import GIVERS, is_barred, may_give
from app.models import Person, RoleGrant, School
from app.vocabulary import GrantState, Role


def visible_people(actor: Actor) -> Any:
    """Everybody of the actor's school, also those who have left. Programs are no people."""
    actor.require(*GIVERS)
    return select(Person).where(Person.school_id == actor.require_school(), col(Person.service).is_(False))


def page(session: Session, actor: Actor, request: PageRequest, *, role: Role | None, active: bool | None) -> PersonPage:
    """In the order in which they came. `role`: who holds it now."""
    statement = visible_people(actor)
    if active is not None:
        statement = statement.where(col(Person.active).is_(active))
    if role is not None:
        statement = statement.where(
            sa.exists().where(col(RoleGrant.person_id) == col(Person.id), col(RoleGrant.role) == role, CURRENT),
            col(Person.active).is_(True),
        )
    statement = request.slice(statement, at=col(Person.created_at), row_id=col(Person.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda each: (each.created_at, each.id))
    return PersonPage(items=_shown(session, rows), next_cursor=cursor)


def get(session: Session, actor: Actor, person_id: uuid.UUID) -> PersonOut:
    """Raises NotFound."""
    return shown(session, find(session, actor, person_id))


def update(session: Session, actor: Actor, person_id: uuid.UUID, body: PersonUpdate, *, version: Version) -> PersonOut:
    """Merge patch. Raises NotFound, InvalidRequest for a school that is not there, NotYoursToRename and AliasStays
    for an alias that is not to be changed, and AssessmentConflict for somebody who has a role, or is to have one, that
    does not go with assessing there."""
    person = find(session, actor, person_id, lock=True)
    version.check(shown(session, person))
    if "alias" in body.model_fields_set and body.alias != person.alias:
        _refuse_rename(session, actor, person)
        refuse_retired_alias(session, body.alias, school_id=actor.require_school(), but=person.id)
        person.alias = body.alias
    if "assesses_at" in body.model_fields_set:
        person.assesses_at = _schools(session, body.assesses_at or [])
        _refuse_conflict(session, actor, person)
    session.add(person)
    session.flush()
    record(session, actor, "person.changed", person)
    return shown(session, person)


def find(session: Session, actor: Actor, person_id: uuid.UUID, *, lock: bool = False) -> Person:
    """`lock`: against whoever gives them a role, signs them in, or lets them leave. Raises NotFound."""
    statement = visible_people(actor).where(Person.id == person_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    person: Person | None = session.exec(statement).one_or_none()
    if person is None:
        raise NotFound
    return person


def shown(session: Session, person: Person) -> PersonOut:
    [out] = _shown(session, [person])
    return out


def record(session: Session, actor: Actor, action: str, person: Person) -> None:
    trail.record(
        session,
        action=action,
        school_id=person.school_id,
        person_id=actor.person_id,
        subject=person.id,
        now=clock.now(),
    )


def record_taken(session: Session, actor: Actor, action: str) -> None:
    """That somebody was told of a login that is taken, and so that there is somebody, perhaps at another school."""
    trail.record(
        session,
        action=action,
        school_id=actor.require_school(),
        person_id=actor.person_id,
        subject=None,
        now=clock.now(),
    )


def _shown(session: Session, people: Sequence[Person]) -> list[PersonOut]:
    roles = _roles(session, [person.id for person in people])
    return [
        PersonOut(
            id=person.id,
            login=person.login,
            alias=person.alias,
            roles=sorted(roles.get(person.id, ())) if person.active else [],
            active=person.active,
            assesses_at=person.assesses_at,
            left_at=person.left_at,
            created_at=person.created_at,
        )
        for person in people
    ]


def _roles(session: Session, people: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Role]]:
    statement = select(RoleGrant.person_id, RoleGrant.role).where(col(RoleGrant.person_id).in_(people), CURRENT)
    found: dict[uuid.UUID, list[Role]] = {}
    for person, role in session.exec(statement):
        found.setdefault(person, []).append(Role(role))
    return found


def _refuse_rename(session: Session, actor: Actor, person: Person) -> None:
    """Raises NotYoursToRename for school IT, where others may confide in that person, and AliasStays."""
    if not all(may_give(role, by=actor.roles) for role in roles_to_be(session, person.id)):
        raise NotYoursToRename
    if aliases.stays(session, person):
        raise AliasStays


def _schools(session: Session, slugs: Collection[str]) -> list[str]:
    """Each once. A misspelt one would bar nobody from anything."""
    there = set(session.exec(select(School.slug).where(col(School.slug).in_(slugs))))
    faults = [
        {"pointer": f"#/assesses_at/{place}", "code": "unknown_school", "detail": "There is no school of this name."}
        for place, slug in enumerate(slugs)
        if slug not in there
    ]
    if faults:
        raise InvalidRequest(errors=faults)
    return sorted(there)


def _refuse_conflict(session: Session, actor: Actor, person: Person) -> None:
    given = select(RoleGrant.role).where(RoleGrant.person_id == person.id, ~IN_STATE[GrantState.ENDED])
    if any(
        is_barred(Role(role), school=actor.school_slug or "", assesses_at=person.assesses_at)
        for role in session.exec(given)
    ):
        raise AssessmentConflict("End that role first; then this can be said.")
