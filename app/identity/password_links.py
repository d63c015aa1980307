"""A forgotten password: a link for another one, which must not be a way into somebody's cases.

Whoever asks for it carries it to the person. So for those who read cases, or decide who does, it does nothing before a
second person has agreed; and the person is told on their own endpoints, whoever asked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, Forbidden, NotFound
from app.events import outbox
from app.events.people import PasswordLinkAsked
from app.identity import link_rules, one_time_links
from app.identity.actors import Actor, people_with, roles_ever
from app.identity.invitation_schemas import PasswordLinkMade, PasswordLinkOut, PasswordLinkPage
from app.identity.invitations import NotYoursToLetIn
from app.identity.role_giving import NotJoined, PersonLeft
from app.identity.role_rules import GIVERS, OVERSEERS, SECOND_PEOPLE
from app.identity.second_people import NOT_A_SECOND_PERSON, stands_behind
from app.models import OneTimeLink, Person, School
from app.settings import Settings
from app.vocabulary import LinkPurpose, PasswordLinkState, Role


class OwnLink(Forbidden):
    code, status, title = "own_link", 403, "This takes somebody else"
    default_detail = "Nobody asks for a link for themselves, or confirms one that they asked for or are to have."


class LinkSettled(Conflict):
    code, status, title = "link_settled", 409, "This is settled"
    default_detail = "The link was confirmed, used or ended, or its time is over. Read it again."


def page(session: Session, actor: Actor, request: PageRequest, *, state: PasswordLinkState | None) -> PasswordLinkPage:
    """The newest first. `state`: only those that stand so now; a page may then hold fewer than were asked for."""
    statement = request.slice(
        _visible(actor), at=col(OneTimeLink.created_at), row_id=col(OneTimeLink.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row[0].created_at, row[0].id))
    shown = [_out(session, *row) for row in rows]
    return PasswordLinkPage(items=[each for each in shown if state in (None, each.state)], next_cursor=cursor)


def get(session: Session, actor: Actor, link_id: uuid.UUID) -> PasswordLinkOut:
    """Raises NotFound."""
    return _out(session, *_find(session, actor, link_id))


def ask(session: Session, actor: Actor, person_id: uuid.UUID, *, settings: Settings) -> PasswordLinkMade:
    """Raises NotFound, OwnLink, NotYoursToLetIn, PersonLeft, NotJoined."""
    actor.require(*GIVERS)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None or person.service or person.school_id != actor.require_school():
        raise NotFound
    if person.id == actor.person_id:
        raise OwnLink
    by_it, roles, now = not actor.has(Role.COORDINATOR), roles_ever(session, person.id), clock.now()
    if by_it and not link_rules.within_reach_of_it(roles):
        raise NotYoursToLetIn
    if person.left_at is not None:
        raise PersonLeft
    if not person.active:
        raise NotJoined("Renew their invitation instead: by that they join, and choose a password.")
    made_by = session.get_one(Person, actor.person_id)
    link, secret = one_time_links.make(session, person, LinkPurpose.NEW_PASSWORD, made_by=made_by, by_it=by_it, now=now)
    _record(session, actor, link, "password_link.made", now=now)
    _tell(session, actor, person, link, waits=link_rules.needs_second_person(link.purpose, roles), now=now)
    shown: dict[str, Any] = _out(session, link, person).model_dump()
    return PasswordLinkMade(**shown, link=one_time_links.url_of(settings, secret))


def confirm(session: Session, actor: Actor, link_id: uuid.UUID, *, version: Version) -> PasswordLinkOut:
    """As the second person: the link works from now on. Raises NotFound, OwnLink, LinkSettled."""
    actor.require(*SECOND_PEOPLE)
    link, person = _find(session, actor, link_id)
    session.refresh(link, with_for_update={"key_share": True})
    shown = _out(session, link, person)
    version.check(shown)
    if actor.person_id in (link.made_by, link.person_id):
        raise OwnLink
    if stands_behind(session, actor.person_id, (link.made_by,)):
        raise OwnLink(NOT_A_SECOND_PERSON)
    if shown.state is not PasswordLinkState.AWAITING_SECOND_PERSON:
        raise LinkSettled
    now = clock.now()
    link.confirmed_by, link.confirmed_at = actor.person_id, now
    session.add(link)
    _record(session, actor, link, "password_link.confirmed", now=now)
    return _out(session, link, person)


def withdraw(session: Session, actor: Actor, link_id: uuid.UUID) -> None:
    """The link opens nothing any more. Raises NotFound also for one that is used or over already."""
    link, _ = _find(session, actor, link_id)
    session.refresh(link, with_for_update={"key_share": True})
    now = clock.now()
    if _state(link, waits=False, now=now) is not PasswordLinkState.OPEN:
        raise NotFound
    link.ended_at = now
    session.add(link)
    _record(session, actor, link, "password_link.withdrawn", now=now)


def _tell(session: Session, actor: Actor, person: Person, link: OneTimeLink, *, waits: bool, now: dt.datetime) -> None:
    """The person, always; and those who can confirm it, where somebody has to."""
    school = session.get_one(School, link.school_id)
    second = set(people_with(session, school.id, *SECOND_PEOPLE)) - {actor.person_id} if waits else set()
    data = PasswordLinkAsked(
        school=school.slug,
        link_id=link.id,
        person_id=person.id,
        awaits_second_person=waits,
        expires_at=link.expires_at,
    )
    outbox.emit(session, "sign_in.password_link_made", data, school_id=school.id, now=now, tell={person.id, *second})


def _visible(actor: Actor) -> Any:
    actor.require(*OVERSEERS)
    return (
        select(OneTimeLink, Person)
        .join(Person, col(Person.id) == col(OneTimeLink.person_id))
        .where(OneTimeLink.school_id == actor.require_school(), OneTimeLink.purpose == LinkPurpose.NEW_PASSWORD)
    )


def _find(session: Session, actor: Actor, link_id: uuid.UUID) -> tuple[OneTimeLink, Person]:
    row: tuple[OneTimeLink, Person] | None = session.exec(
        _visible(actor).where(OneTimeLink.id == link_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _state(link: OneTimeLink, *, waits: bool, now: dt.datetime) -> PasswordLinkState:
    if link.used_at is not None:
        return PasswordLinkState.USED
    if link.ended_at is not None:
        return PasswordLinkState.ENDED
    if now >= link.expires_at:
        return PasswordLinkState.EXPIRED
    return PasswordLinkState.AWAITING_SECOND_PERSON if waits else PasswordLinkState.OPEN


def _out(session: Session, link: OneTimeLink, person: Person) -> PasswordLinkOut:
    needed = link_rules.needs_second_person(link.purpose, roles_ever(session, person.id))
    return PasswordLinkOut(
        id=link.id,
        person=person.id,
        alias=person.alias,
        state=_state(link, waits=needed and link.confirmed_by is None, now=clock.now()),
        asked_by=link.made_by,
        created_at=link.created_at,
        expires_at=link.expires_at,
        confirmed_by=link.confirmed_by,
        confirmed_at=link.confirmed_at,
        used_at=link.used_at,
    )


def _record(session: Session, actor: Actor, link: OneTimeLink, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=link.school_id, person_id=actor.person_id, subject=link.id, now=now)
