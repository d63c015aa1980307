"""The school's own system ends somebody's access, and gives back what it has ended itself."""

from __future__ import annotations

import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.problems import NotFound
from app.identity import role_giving, sign_in
from app.identity.actors import Actor
from app.identity.grant_states import end_of
from app.identity.people_import_schemas import Deprovision
from app.identity.role_rules import GIVERS
from app.models import Person, RoleGrant
from app.vocabulary import GrantEnd


def deprovision(session: Session, actor: Actor, body: Deprovision) -> None:
    """End somebody's access; once more does nothing. Raises NotFound, LastCoordinator."""
    actor.require(*GIVERS)
    named = Person.external_id == body.external_id if body.external_id is not None else Person.login == body.login
    of_school = (Person.school_id == actor.require_school(), col(Person.service).is_(False))
    person_id = session.exec(select(Person.id).where(named, *of_school)).one_or_none()
    if person_id is None:
        raise NotFound
    end_access(session, actor, person_id)


def end_access(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """They can do nothing from the next request on, and hold no role. Of who has left already nothing changes.

    Raises LastCoordinator.
    """
    school, now = role_giving.hold_roles(session, actor), clock.now()
    person = session.get_one(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person.left_at is not None:
        return
    held = select(RoleGrant).where(RoleGrant.person_id == person.id, col(RoleGrant.ended_at).is_(None))
    for grant in session.exec(held.order_by(col(RoleGrant.id)).with_for_update()).all():
        if end_of(grant, now=now) is None:
            role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.LEFT, now=now)
    person.active, person.left_at, person.deprovisioned_at = False, now, now
    session.add(person)
    session.flush()
    sign_in.end_all(session, person.id, because="left", now=now)
    _record(session, actor, person, "person.left")


def give_back(session: Session, actor: Actor, person: Person) -> None:
    """They can sign in again, and hold no role. The caller has made sure that the school's own system ended this."""
    person.active, person.left_at = True, None
    session.add(person)
    session.flush()
    _record(session, actor, person, "person.came_back")


def _record(session: Session, actor: Actor, person: Person, action: str) -> None:
    trail.record(
        session,
        action=action,
        school_id=person.school_id,
        person_id=actor.person_id,
        subject=person.id,
        now=clock.now(),
    )
