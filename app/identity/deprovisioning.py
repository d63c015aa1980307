"""The school's own system ends somebody's access, and gives back what it has ended itself."""

from __future__ import annotations

import uuid

from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import NotFound
from app.identity import leaving, membership
from app.identity.actors import Actor
from app.identity.people import has_never_joined
from app.identity.people_import_schemas import Deprovision
from app.identity.role_rules import GIVERS
from app.models import Person


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
    """As if they had left. Of who has left already nothing changes. Raises LastCoordinator."""
    person = session.get_one(Person, person_id)
    if person.left_at is not None:
        return
    leaving.leave(session, actor, person_id)
    person.deprovisioned_at = clock.now()
    session.add(person)
    session.flush()


def give_back(session: Session, actor: Actor, person: Person) -> None:
    """They can sign in again, and hold no role; who was invited and had not joined still has to.

    The caller has made sure that the school's own system ended this.
    """
    if not has_never_joined(session, person):
        leaving.come_back(session, actor, person.id)
        return
    person.left_at = None
    session.add(person)
    session.flush()
    membership.record(session, actor, "person.came_back", person)
