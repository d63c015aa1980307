"""Who a person is to the school's providers: linked by themselves, while signed in, and by nobody else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, Forbidden, InvalidRequest, NotFound
from app.identity.actors import Actor, roles_to_be
from app.identity.link_rules import OPENS_CASES
from app.models import IdentityProvider, Person, PersonIdentity, SignIn
from app.sso import exchange, trusting
from app.sso.schemas import MOST_IDENTITIES, PersonIdentityOut, PersonIdentityPage
from app.sso.verifying import Assertion

# A token that was stolen from a sign-in of yesterday must not become a way in for good.
RECENT = dt.timedelta(minutes=10)


class IdentityTaken(Conflict):
    code, status, title = "identity_taken", 409, "This sign-in belongs to another account here"
    default_detail = "A coordinator can give that account the roles that you need; or unlink it there first."


class TooManyIdentities(Conflict):
    code, status, title = "too_many_identities", 409, "You are linked as often as you may be"
    default_detail = f"Unlink one that you no longer use: {MOST_IDENTITIES} are the most."


class OnlyWayIn(Conflict):
    code, status, title = "only_way_in", 409, "You could not sign in any more"
    default_detail = "You have no password, and no other link to a sign-in that your school has open."


class SignInAgain(Forbidden):
    code, status, title = "sign_in_again", 403, "Please sign in again first"
    default_detail = (
        "A new way to sign in is added within ten minutes of signing in; by whoever reads cases, or decides who does, "
        "of signing in with a password."
    )


class TokenNotAccepted(InvalidRequest):
    """Same code and status as any other field fault. What is wrong with the token is in the log only."""

    def __init__(self) -> None:
        fault = {
            "pointer": "#/subject_token",
            "code": "token_not_accepted",
            "detail": "this is no ID token that can be used now",
        }
        super().__init__(errors=[fault])


def link(session: Session, actor: Actor, assertion: Assertion) -> PersonIdentityOut:
    """Let whoever the token stands for sign in as the actor. One that is linked so already stays as it is, unless it
    is from before the actor could read cases.

    Raises TokenNotAccepted, IdentityTaken, TooManyIdentities, and SignInAgain for a sign-in that is not recent, or came
    from a provider where it has to be the actor's own word.
    """
    now = clock.now()
    provider = exchange.hold(session, assertion)
    if provider is None or provider.school_id != actor.school_id:
        raise TokenNotAccepted
    known = exchange.identity_of(session, assertion)
    if known is not None and known.person_id != actor.person_id:
        raise IdentityTaken
    if known is not None and trusting.speaks_for(session, known):
        return _out(known, provider.name)
    signed_in = session.get_one(SignIn, actor.sign_in_id)
    opens_cases = not OPENS_CASES.isdisjoint(roles_to_be(session, actor.person_id))
    if signed_in.created_at + RECENT <= now or (opens_cases and signed_in.provider_id is not None):
        raise SignInAgain
    if exchange.was_used(session, assertion, now=now):
        raise TokenNotAccepted
    held = select(func.count()).select_from(PersonIdentity).where(PersonIdentity.person_id == actor.person_id)
    if known is None and session.exec(held).one() >= MOST_IDENTITIES:
        raise TooManyIdentities
    identity = known or PersonIdentity(
        school_id=provider.school_id,
        person_id=actor.person_id,
        issuer=provider.issuer,
        subject=assertion.subject,
        linked_at=now,
    )
    identity.linked_at = now
    session.add(identity)
    exchange.use(session, assertion, sign_in_id=None, now=now)
    _record(session, actor, identity, "identity.linked", now=now)
    session.flush()
    return _out(identity, provider.name)


def page(session: Session, actor: Actor, request: PageRequest) -> PersonIdentityPage:
    """The actor's own, in the order in which they were linked."""
    statement = request.slice(_own(actor), at=col(PersonIdentity.linked_at), row_id=col(PersonIdentity.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row[0].linked_at, row[0].id))
    return PersonIdentityPage(items=[_out(identity, name) for identity, name in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, identity_id: uuid.UUID) -> PersonIdentityOut:
    """Raises NotFound, also for somebody else's."""
    return _out(*_find(session, actor, identity_id))


def unlink(session: Session, actor: Actor, identity_id: uuid.UUID) -> None:
    """End it, and every sign-in that came by it. Raises NotFound, OnlyWayIn."""
    # Two at a time would each leave the other.
    person = session.exec(select(Person).where(Person.id == actor.person_id).with_for_update(key_share=True)).one()
    identity, _ = _find(session, actor, identity_id)
    # A link to what the school has switched off or removed is no way in.
    others = _own(actor).where(PersonIdentity.id != identity_id, col(IdentityProvider.enabled).is_(True))
    if person.password_hash is None and session.exec(others.limit(1)).first() is None:
        raise OnlyWayIn
    now = clock.now()
    of_issuer = select(IdentityProvider.id).where(
        IdentityProvider.school_id == identity.school_id, IdentityProvider.issuer == identity.issuer
    )
    session.exec(
        sa.update(SignIn)
        .where(
            col(SignIn.person_id) == actor.person_id,
            col(SignIn.provider_id).in_(of_issuer),
            col(SignIn.revoked_at).is_(None),
        )
        .values(revoked_at=now, revoked_because="identity_unlinked")
    )
    _record(session, actor, identity, "identity.unlinked", now=now)
    session.delete(identity)


def _own(actor: Actor) -> Any:
    return (
        select(PersonIdentity, IdentityProvider.name)
        .outerjoin(
            IdentityProvider,
            sa.and_(
                col(IdentityProvider.school_id) == col(PersonIdentity.school_id),
                col(IdentityProvider.issuer) == col(PersonIdentity.issuer),
            ),
        )
        .where(PersonIdentity.person_id == actor.person_id)
    )


def _find(session: Session, actor: Actor, identity_id: uuid.UUID) -> tuple[PersonIdentity, str | None]:
    row: tuple[PersonIdentity, str | None] | None = session.exec(
        _own(actor).where(col(PersonIdentity.id) == identity_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _out(identity: PersonIdentity, provider: str | None) -> PersonIdentityOut:
    return PersonIdentityOut(id=identity.id, issuer=identity.issuer, provider=provider, linked_at=identity.linked_at)


def _record(session: Session, actor: Actor, identity: PersonIdentity, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=identity.school_id, person_id=actor.person_id, subject=identity.id, now=now
    )
