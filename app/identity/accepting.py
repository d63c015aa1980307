"""Using a one-time link: somebody joins, or chooses a new password. Once, whatever comes at the same time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit import trail
from app.core.problems import Conflict, NotFound
from app.identity import link_rules, one_time_links, sign_in
from app.identity.actors import roles_ever, roles_to_be
from app.identity.joining_schemas import LinkShown
from app.identity.one_time_links import Found
from app.identity.password_rules import About
from app.identity.sign_in import Grantee
from app.models import Invitation, OneTimeLink
from app.vocabulary import LinkPurpose, Role


class NotConfirmed(Conflict):
    code, status, title = "not_confirmed", 409, "A second person has not confirmed this yet"
    default_detail = "Ask the sponsor or the privacy officer of your school; then open the link once more."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is needed to take a password. `used`: the hash of the one that was set by this link a moment ago."""

    about: About
    used: str | None


def look(session: Session, secret: str, *, now: dt.datetime) -> LinkShown:
    """What the link is for; changes nothing. Raises NotFound."""
    found, roles = _find(session, secret, now=now)
    if found.link.used_at is not None:
        raise NotFound
    invitation = session.exec(select(Invitation).where(Invitation.person_id == found.person.id)).one_or_none()
    return LinkShown(
        purpose=found.link.purpose,
        school=found.school.slug,
        school_name=found.school.name,
        alias=found.person.alias,
        login=found.person.login,
        roles=sorted(roles_to_be(session, found.person.id)),
        language=invitation.language if invitation is not None else None,
        waits_for_confirmation=_waits(found.link, roles),
        expires_at=found.link.expires_at,
    )


def ask(session: Session, secret: str, *, now: dt.datetime) -> Asked:
    """Raises NotFound, or NotConfirmed while a second person is awaited."""
    found, roles = _find(session, secret, now=now)
    if found.link.used_at is None and _waits(found.link, roles):
        raise NotConfirmed
    person, school = found.person, found.school
    about = About(login=person.login, alias=person.alias, school_name=school.name, school_slug=school.slug)
    return Asked(about, used=None if found.link.used_at is None else person.password_hash)


def use(
    session: Session, secret: str, *, password_hash: str, now: dt.datetime, lifetime: dt.timedelta
) -> Grantee | None:
    """Set the password and open a sign-in; every earlier one ends. None when somebody was faster by a moment.

    Raises NotFound, NotConfirmed.
    """
    found, roles = _find(session, secret, now=now, lock=True)
    link, person = found.link, found.person
    if link.used_at is not None:
        return None
    if _waits(link, roles):
        raise NotConfirmed
    link.used_at = now
    person.password_hash, person.active = password_hash, True
    session.add_all((link, person))
    one_time_links.end(session, person, LinkPurpose.NEW_PASSWORD, now=now)
    sign_in.end_all(session, person.id, because="password_changed", now=now)
    if link.purpose is LinkPurpose.JOIN:
        _joined(session, found, now=now)
    action = "invitation.accepted" if link.purpose is LinkPurpose.JOIN else "password_link.used"
    trail.record(session, action=action, school_id=link.school_id, person_id=person.id, subject=link.id, now=now)
    session.flush()
    return sign_in.begin(session, person.id, renewed_hash=None, now=now, lifetime=lifetime)


def use_again(session: Session, secret: str, *, fitted: str, now: dt.datetime, lifetime: dt.timedelta) -> Grantee:
    """One more sign-in for whoever has set the password by this link a moment ago, and has just sent it again.

    It is what signing in with that password does; `fitted` is its hash. Raises NotFound.
    """
    found, _ = _find(session, secret, now=now)
    if found.link.used_at is None:
        raise NotFound
    return sign_in.begin(session, found.person.id, renewed_hash=None, now=now, lifetime=lifetime, fitted=fitted)


def _joined(session: Session, found: Found, *, now: dt.datetime) -> None:
    invitation = session.exec(
        select(Invitation).where(Invitation.person_id == found.person.id, col(Invitation.withdrawn_at).is_(None))
    ).one_or_none()
    if invitation is not None:
        invitation.accepted_at = now
        session.add(invitation)


def _find(session: Session, secret: str, *, now: dt.datetime, lock: bool = False) -> tuple[Found, frozenset[Role]]:
    """What a secret opens, and the roles that decide about it: those that its person has or is to have now; for another
    password those that they have had as well, or whoever ends a role could make themselves its owner.

    A link that school IT has made opens nothing once the person was given what IT cannot give. Raises NotFound.
    """
    found = one_time_links.find(session, secret, now=now, lock=lock)
    joins = found.link.purpose is LinkPurpose.JOIN
    roles = roles_to_be(session, found.person.id) if joins else roles_ever(session, found.person.id)
    if found.link.by_it and not link_rules.within_reach_of_it(roles):
        raise NotFound
    return found, roles


def _waits(link: OneTimeLink, roles: frozenset[Role]) -> bool:
    return link.confirmed_by is None and link_rules.needs_second_person(link.purpose, roles)
