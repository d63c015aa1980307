"""Roles that people of a school were given: who sees them, who gives them, who confirms them, who ends them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity import role_giving, sign_in
from app.identity.actors import Actor
from app.identity.grant_schemas import RoleGrantCreate, RoleGrantOut, RoleGrantPage
from app.identity.grant_states import IN_STATE, end_of, state_of
from app.identity.role_giving import NotJoined, NotYoursToGive, OwnGrant, PersonLeft
from app.identity.role_rules import GIVERS, OVERSEERS, SECOND_PEOPLE, may_give
from app.identity.second_people import NOT_A_SECOND_PERSON, stands_behind
from app.models import Person, RoleGrant, School
from app.vocabulary import GrantEnd, GrantState, Role


class GrantSettled(Conflict):
    code, status, title = "grant_settled", 409, "This is settled"
    default_detail = "Somebody has confirmed, declined or ended it, or its time is over. Read it again."


def visible_grants(actor: Actor) -> Any:
    """All of the school for whoever has a say in them; their own for anybody else."""
    statement = (
        select(RoleGrant, Person.alias)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(Person.school_id == actor.require_school())
    )
    return statement if actor.has(*OVERSEERS) else statement.where(RoleGrant.person_id == actor.person_id)


def page(
    session: Session,
    actor: Actor,
    request: PageRequest,
    *,
    person: uuid.UUID | None,
    role: Role | None,
    state: GrantState | None,
) -> RoleGrantPage:
    """The newest first, also those that have ended."""
    statement = visible_grants(actor)
    if person is not None:
        statement = statement.where(RoleGrant.person_id == person)
    if role is not None:
        statement = statement.where(RoleGrant.role == role)
    if state is not None:
        statement = statement.where(IN_STATE[state])
    statement = request.slice(statement, at=col(RoleGrant.granted_at), row_id=col(RoleGrant.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row[0].granted_at, row[0].id))
    return RoleGrantPage(items=[_out(*row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, grant_id: uuid.UUID) -> RoleGrantOut:
    """Raises NotFound."""
    return _out(*_find(session, actor, grant_id))


def give(session: Session, actor: Actor, body: RoleGrantCreate) -> RoleGrantOut:
    """Raises OwnGrant, NotYoursToGive, InvalidRequest, and as `role_giving.give` does."""
    actor.require(*GIVERS)
    role_giving.refuse_wrong_giver(actor, body.person, body.role)
    now = clock.now()
    # A request takes a moment: what begins this minute begins at once.
    minute = now.replace(second=0, microsecond=0)
    if body.starts_at is not None and body.starts_at < minute:
        raise _refused("#/starts_at", "in_the_past", "A role begins in this minute or later.")
    if body.ends_at is not None and body.ends_at <= max(body.starts_at or now, now):
        raise _refused("#/ends_at", "before_start", "It has to end after it begins, and not in the past.")
    person = session.get(Person, body.person, with_for_update={"key_share": True})
    if person is None or person.service or person.school_id != actor.require_school():
        raise _refused("#/person", "unknown_person", "Whoever gets a role is a person of this school.")
    grant = role_giving.give(
        session,
        person,
        body.role,
        by=actor.person_id,
        now=now,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
    )
    return _out(grant, person.alias)


def confirm(session: Session, actor: Actor, grant_id: uuid.UUID, *, version: Version) -> RoleGrantOut:
    """As the second person: the role holds from now, or from its time. Raises NotFound, GrantSettled, OwnGrant,
    PersonLeft, NotJoined."""
    actor.require(*SECOND_PEOPLE)
    # Before the grant, as whoever leaves does; and against a sign-in of theirs that begins now.
    person_id = _find(session, actor, grant_id)[0].person_id
    person = session.get_one(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    grant, alias = _waiting(session, actor, grant_id, version=version)
    if person.left_at is not None:
        raise PersonLeft
    if not person.active:
        raise NotJoined
    now = clock.now()
    grant.confirm_by, grant.confirmed_at, grant.confirmed_by = None, now, actor.person_id
    session.add(grant)
    session.flush()
    sign_in.end_provided(session, person.id, now=now)
    school = session.get_one(School, actor.require_school())
    role_giving.record(session, "role_grant.confirmed", school, grant, by=actor.person_id, now=now)
    role_giving.changed(session, school, grant, now=now)
    return _out(grant, alias)


def decline(session: Session, actor: Actor, grant_id: uuid.UUID, *, version: Version) -> RoleGrantOut:
    """As the second person: it comes to nothing. Raises NotFound, GrantSettled, OwnGrant."""
    actor.require(*SECOND_PEOPLE)
    grant, alias = _waiting(session, actor, grant_id, version=version)
    school = session.get_one(School, actor.require_school())
    role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.DECLINED, now=clock.now())
    return _out(grant, alias)


def end(session: Session, actor: Actor, grant_id: uuid.UUID, *, version: Version) -> RoleGrantOut:
    """One's own, or one that the actor could have given. Raises NotFound, NotYoursToGive, GrantSettled,
    LastCoordinator."""
    own = _find(session, actor, grant_id)[0].person_id == actor.person_id
    # Before the grant, as whoever leaves does.
    school = role_giving.hold_roles(session, actor)
    grant, alias = _find(session, actor, grant_id, lock=True)
    version.check(_out(grant, alias))
    now = clock.now()
    if state_of(grant, now=now) is GrantState.ENDED:
        raise GrantSettled
    if not own and not may_give(grant.role, by=actor.roles):
        raise NotYoursToGive
    because = GrantEnd.GIVEN_UP if own else GrantEnd.ENDED
    role_giving.end(session, school, grant, by=actor.person_id, because=because, now=now)
    return _out(grant, alias)


def _find(session: Session, actor: Actor, grant_id: uuid.UUID, *, lock: bool = False) -> tuple[RoleGrant, str]:
    statement = visible_grants(actor).where(RoleGrant.id == grant_id)
    if lock:
        # Somebody may have changed it since it was first read here.
        statement = statement.with_for_update(of=RoleGrant).execution_options(populate_existing=True)
    row: tuple[RoleGrant, str] | None = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _waiting(session: Session, actor: Actor, grant_id: uuid.UUID, *, version: Version) -> tuple[RoleGrant, str]:
    """Locked, with the actor as its second person."""
    grant, alias = _find(session, actor, grant_id, lock=True)
    version.check(_out(grant, alias))
    if state_of(grant, now=clock.now()) is not GrantState.AWAITING_SECOND_PERSON:
        raise GrantSettled
    if actor.person_id in (grant.person_id, grant.granted_by):
        raise OwnGrant
    if stands_behind(session, actor.person_id, (grant.person_id, grant.granted_by)):
        raise OwnGrant(NOT_A_SECOND_PERSON)
    return grant, alias


def _out(grant: RoleGrant, alias: str) -> RoleGrantOut:
    now = clock.now()
    ended = end_of(grant, now=now)
    return RoleGrantOut(
        id=grant.id,
        person=grant.person_id,
        alias=alias,
        role=grant.role,
        state=state_of(grant, now=now),
        granted_at=grant.granted_at,
        granted_by=grant.granted_by,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        confirm_by=grant.confirm_by,
        confirmed_at=grant.confirmed_at,
        confirmed_by=grant.confirmed_by,
        ended_at=None if ended is None else ended[0],
        ended_by=grant.ended_by,
        ended_because=None if ended is None else ended[1],
    )


def _refused(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
