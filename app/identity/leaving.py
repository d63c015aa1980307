"""Somebody leaves a programme, or comes back. What stands above identity learns of it by due work."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core import clock
from app.events import outbox
from app.events.people import PersonLeft
from app.identity import membership, one_time_links, role_giving, sign_in
from app.identity.actors import Actor, people_with
from app.identity.grant_states import end_of
from app.identity.people import has_never_joined
from app.identity.people_schemas import PersonOut
from app.identity.role_giving import NotJoined
from app.identity.role_rules import GIVERS
from app.models import Person, RoleGrant
from app.vocabulary import GrantEnd, LinkPurpose, Role
from app.work import queue

# Work about a person; kinds.py says who does it, because identity knows nobody who plans or pages.
LEFT = "people.left"
_AT = "at"


def leave(session: Session, actor: Actor, person_id: uuid.UUID) -> PersonOut:
    """They can do nothing from the next request on, and hold no role. Of who has left already nothing changes.

    It takes away only, so that it needs no second person and may be done to anybody but the last coordinator. Raises
    NotFound or LastCoordinator.
    """
    actor.require(*GIVERS)
    # The school before the person, and the person before what is theirs, whoever takes them.
    school = role_giving.hold_roles(session, actor)
    person = membership.find(session, actor, person_id, lock=True)
    if person.left_at is not None:
        return membership.shown(session, person)
    now = clock.now()
    held = select(RoleGrant).where(RoleGrant.person_id == person.id, col(RoleGrant.ended_at).is_(None))
    for grant in session.exec(held.order_by(col(RoleGrant.id)).with_for_update()).all():
        ended = end_of(grant, now=now)
        if ended is not None:
            grant.ended_at, grant.ended_because = ended
            session.add(grant)
            continue
        role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.LEFT, now=now)
    person.active, person.left_at = False, now
    session.add(person)
    session.flush()
    sign_in.end_all(session, person.id, because="left", now=now)
    # Whoever has one in hand must not be them once they come back.
    one_time_links.end(session, person, LinkPurpose.NEW_PASSWORD, now=now)
    membership.record(session, actor, "person.left", person)
    # Nothing waited for whoever was never more than a student, and a file of a year that has graduated would fill the
    # coordinators' telephones.
    more = select(RoleGrant.id).where(RoleGrant.person_id == person.id, RoleGrant.role != Role.STUDENT)
    if session.exec(more.limit(1)).first() is not None:
        queue.enqueue(session, LEFT, person.id, due_at=now, now=now, payload={_AT: now.isoformat()})
        data = PersonLeft(school=school.slug, person_id=person.id)
        who = people_with(session, school.id, Role.COORDINATOR)
        outbox.emit(session, "person.left", data, school_id=school.id, now=now, tell=who)
    return membership.shown(session, person)


def what_to_end(session: Session, item: queue.Item) -> tuple[Person, dt.datetime | None] | None:
    """Of whom a leaving has to end what is theirs, and where they have come back by now, only what was made until they
    left: since then nobody could make anything of theirs before they were back. None: of nobody."""
    person = session.get(Person, item.subject)
    if person is None or not person.active:
        return None if person is None else (person, None)
    at = item.payload.get(_AT)
    return None if at is None else (person, dt.datetime.fromisoformat(at))


def come_back(session: Session, actor: Actor, person_id: uuid.UUID) -> PersonOut:
    """They can sign in again, and hold no role: each is given anew, by whoever may, with whatever word it takes.

    Raises NotFound, NotJoined. Of who has not left nothing changes.
    """
    actor.require(*GIVERS)
    person = membership.find(session, actor, person_id, lock=True)
    if person.left_at is None:
        return membership.shown(session, person)
    if has_never_joined(session, person):
        raise NotJoined("They were invited, and never came: withdraw that invitation, and ask them anew.")
    # From now on it is not the school's own system that has a say in whether they are gone.
    person.active, person.left_at, person.deprovisioned_at = True, None, None
    session.add(person)
    session.flush()
    membership.record(session, actor, "person.came_back", person)
    return membership.shown(session, person)
