"""Asking somebody to join: the person is made with it, and is nobody to any roster or page before they have joined."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, Forbidden, NotFound
from app.identity import link_rules, one_time_links, role_giving
from app.identity.actors import Actor, roles_to_be
from app.identity.grant_states import HOLDS
from app.identity.invitation_schemas import InvitationCreate, InvitationMade, InvitationOut, InvitationPage
from app.identity.people import create_person, refuse_retired_alias
from app.identity.role_giving import NotYoursToGive, PersonLeft
from app.identity.role_rules import GIVERS, NEEDS_SECOND_WORD, may_give
from app.models import Invitation, OneTimeLink, Person, RoleGrant, School
from app.settings import Settings
from app.vocabulary import GrantEnd, InvitationState, LinkPurpose, Role

_INVITATIONS = (
    select(Invitation, Person)
    .join(Person, col(Person.id) == col(Invitation.person_id))
    .where(col(Invitation.withdrawn_at).is_(None))
)


class LoginTaken(Conflict):
    """The same for somebody of the own school, of another, and of none: it names nobody, and no school."""

    code, status, title = "login_taken", 409, "This login cannot be used"
    default_detail = "Somebody has it, or has had it. Look among the people of your school, or choose another one."


class AlreadyJoined(Conflict):
    code, status, title = "already_joined", 409, "This person has joined"
    default_detail = "For a forgotten password there is a link of its own; roles are ended one by one."


class NotYoursToLetIn(Forbidden):
    code, status, title = "not_yours_to_let_in", 403, "Somebody else has to do this"
    default_detail = "School IT lets students, evaluators and school IT in; a coordinator everybody."


def page(session: Session, actor: Actor, request: PageRequest) -> InvitationPage:
    """The newest first, without those that were withdrawn."""
    actor.require(*GIVERS)
    statement = request.slice(
        _INVITATIONS.where(Invitation.school_id == actor.require_school()),
        at=col(Invitation.created_at),
        row_id=col(Invitation.id),
        newest_first=True,
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row[0].created_at, row[0].id))
    return InvitationPage(items=[_out(session, *row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, invitation_id: uuid.UUID) -> InvitationOut:
    """Raises NotFound."""
    return _out(session, *_find(session, actor, invitation_id))


def invite(session: Session, actor: Actor, body: InvitationCreate, *, settings: Settings) -> InvitationMade:
    """Raises NotYoursToGive for a role that is not the actor's to give, LoginTaken, EvaluationConflict."""
    actor.require(*GIVERS)
    roles, now = list(dict.fromkeys(body.roles)), clock.now()
    if not all(may_give(role, by=actor.roles) for role in roles):
        raise NotYoursToGive
    person = _new_person(session, actor.require_school(), body)
    for role in roles:
        role_giving.give(session, person, role, by=actor.person_id, now=now)
    invitation = Invitation(
        school_id=actor.require_school(),
        person_id=person.id,
        invited_by=actor.person_id,
        language=body.language,
        created_at=now,
    )
    session.add(invitation)
    session.flush()
    return _with_link(session, actor, invitation, person, action="invitation.made", settings=settings)


def renew(session: Session, actor: Actor, invitation_id: uuid.UUID, *, settings: Settings) -> InvitationMade:
    """A new link; those before open nothing. Raises NotFound, NotYoursToLetIn, AlreadyJoined, PersonLeft."""
    invitation, person = _to_change(session, actor, invitation_id)
    if person.left_at is not None:
        raise PersonLeft
    held = select(RoleGrant.id).where(
        RoleGrant.person_id == person.id, col(RoleGrant.role).in_(NEEDS_SECOND_WORD), HOLDS
    )
    # Whoever renews a link has it in hand, and nobody else's word would be needed any more: who coordinates would be
    # their own second person.
    if session.exec(held.limit(1)).first() is not None:
        raise NotYoursToLetIn(
            "They are a sponsor from the start: withdraw this, and let whoever runs the service make them anew."
        )
    return _with_link(session, actor, invitation, person, action="invitation.renewed", settings=settings)


def withdraw(session: Session, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Nobody joins by it any more, its roles end, and the login is free.

    Also of somebody who was taken off the programme before they came. Raises NotFound, NotYoursToLetIn, AlreadyJoined.
    """
    invitation, person = _to_change(session, actor, invitation_id)
    school, now = session.get_one(School, invitation.school_id), clock.now()
    one_time_links.end(session, person, LinkPurpose.JOIN, now=now)
    for grant in session.exec(
        select(RoleGrant).where(RoleGrant.person_id == person.id, col(RoleGrant.ended_at).is_(None)).with_for_update()
    ):
        role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.ENDED, now=now)
    invitation.withdrawn_at, person.left_at = now, now
    # Whoever never came is not remembered by their address or number, and may be asked by another school.
    person.login, person.external_id = f"withdrawn:{person.id}", None
    session.add_all((invitation, person))
    _record(session, actor, invitation, "invitation.withdrawn")


def _new_person(session: Session, school_id: uuid.UUID, body: InvitationCreate) -> Person:
    """Somebody who has not joined. Raises LoginTaken."""
    if session.exec(select(Person.id).where(Person.login == body.login.lower())).one_or_none() is not None:
        raise LoginTaken
    refuse_retired_alias(session, body.alias, school_id=school_id)
    try:
        with session.begin_nested():
            person = create_person(
                session, school_id=school_id, login=body.login, alias=body.alias, roles=(), password_hash=None
            )
            person.active = False
            session.add(person)
            session.flush()
    except IntegrityError as exc:
        # Somebody else has asked for it in this moment.
        raise LoginTaken from exc
    return person


def _find(session: Session, actor: Actor, invitation_id: uuid.UUID) -> tuple[Invitation, Person]:
    actor.require(*GIVERS)
    row = session.exec(
        _INVITATIONS.where(Invitation.id == invitation_id, Invitation.school_id == actor.require_school())
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _to_change(session: Session, actor: Actor, invitation_id: uuid.UUID) -> tuple[Invitation, Person]:
    """Of somebody who has not joined, and whom the actor may let in; the person is held."""
    invitation, person = _find(session, actor, invitation_id)
    session.refresh(person, with_for_update={"key_share": True})
    session.refresh(invitation)
    if invitation.withdrawn_at is not None:
        raise NotFound
    if not actor.has(Role.COORDINATOR) and not link_rules.within_reach_of_it(roles_to_be(session, person.id)):
        raise NotYoursToLetIn
    if person.active or invitation.accepted_at is not None:
        raise AlreadyJoined
    return invitation, person


def _with_link(
    session: Session, actor: Actor, invitation: Invitation, person: Person, *, action: str, settings: Settings
) -> InvitationMade:
    made_by = session.get_one(Person, actor.person_id)
    by_it = not actor.has(Role.COORDINATOR)
    _, secret = one_time_links.make(session, person, LinkPurpose.JOIN, made_by=made_by, by_it=by_it, now=clock.now())
    _record(session, actor, invitation, action)
    shown: dict[str, Any] = _out(session, invitation, person).model_dump()
    return InvitationMade(**shown, link=one_time_links.url_of(settings, secret))


def _out(session: Session, invitation: Invitation, person: Person) -> InvitationOut:
    newest = sa.func.max(OneTimeLink.expires_at)
    expires_at = session.exec(
        select(newest).where(OneTimeLink.person_id == person.id, OneTimeLink.purpose == LinkPurpose.JOIN)
    ).one()
    if invitation.accepted_at is not None:
        state = InvitationState.ACCEPTED
    else:
        works = person.left_at is None and clock.now() < expires_at
        state = InvitationState.WAITING if works else InvitationState.EXPIRED
    return InvitationOut(
        id=invitation.id,
        person=person.id,
        login=person.login,
        alias=person.alias,
        roles=sorted(roles_to_be(session, person.id)),
        language=invitation.language,
        state=state,
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        expires_at=expires_at,
        accepted_at=invitation.accepted_at,
    )


def _record(session: Session, actor: Actor, invitation: Invitation, action: str) -> None:
    trail.record(
        session,
        action=action,
        school_id=invitation.school_id,
        person_id=actor.person_id,
        subject=invitation.id,
        now=clock.now(),
    )
