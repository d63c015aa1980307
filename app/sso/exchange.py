"""What an ID token is exchanged for: a sign-in of the person that it stands for (RFC 8693).

Somebody whom the provider names for the first time becomes a new person. Nobody is found by an address that a token
holds: whoever runs the provider could write any address into one, and would be whoever has it here (decision 39).
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core.problems import Problem
from app.identity import people, sign_in
from app.identity.actors import current_roles, roles_ever
from app.identity.role_rules import GIVEN_BY_IT
from app.identity.sign_in import RETRY_GRACE, BadCredentials, Grantee
from app.models import IdentityProvider, Person, PersonIdentity, SignIn, UsedIdToken
from app.sso import claim_rules, id_tokens, trusting
from app.sso.providers import rules_of
from app.sso.verifying import Assertion
from app.vault import service as vault
from app.vocabulary import Role

# What somebody is called of whom the provider says nothing: never a number, which would tell who came before whom.
NEUTRAL_ALIAS = "New member"
LONGEST_ALIAS = 80
# So long a token is remembered after its end: whoever looked at it just before may not have asked yet if it was used.
REMEMBERED_LONGER = dt.timedelta(minutes=2)
LONGEST_EXTERNAL_ID = 100


class NoRoleForYou(Problem):
    """The provider knows them, and no rule of the school fits what it says."""

    code, status, title = "no_role_for_you", 403, "Your school's sign-in gives you no role here"
    default_detail = "If you study at this school, its IT can look at the rules for sign-in. Help needs no sign-in."


class LinkItYourself(Problem):
    """The person has been given a role that reads cases, or decides who does, since the provider was linked to them."""

    code, status, title = "link_it_yourself", 403, "You have a role that this sign-in does not open by itself"
    default_detail = (
        "Sign in with your password, and link your school's sign-in once more: whoever runs it could otherwise be you. "
        "Who has no password asks a coordinator for a link."
    )


def exchange(
    session: Session, assertion: Assertion, *, now: dt.datetime, lifetime: dt.timedelta
) -> Grantee | NoRoleForYou | LinkItYourself | BadCredentials:
    """The sign-in. A refusal is returned where what was found has to be stored before it is answered.

    Raises BadCredentials for a provider that is no longer there and a person who has left.
    """
    provider = hold(session, assertion)
    if provider is None:
        raise BadCredentials
    used = _used(session, assertion, now=now)
    if used is not None:
        return _again(session, used, now=now, lifetime=lifetime)
    known = _person_of(session, assertion)
    person = known or _imported(session, provider, assertion)
    if person is not None and not person.active:
        raise BadCredentials
    identity = identity_of(session, assertion)
    if identity is not None and not trusting.speaks_for(session, identity):
        return LinkItYourself()
    roles = claim_rules.roles_for(rules_of(provider), assertion.claims)
    if person is not None:
        _decide_anew(session, person, provider, roles)
    if not roles and (person is None or not current_roles(session, person.id)):
        return NoRoleForYou()
    if person is None:
        person = _make(session, provider, assertion)
    if known is None:
        _know(session, person, provider, assertion, now=now)
    made = SignIn(
        person_id=person.id,
        created_at=now,
        last_used_at=now,
        provider_id=provider.id,
        claimed_roles=sorted(roles),
        ends_at=now + dt.timedelta(days=provider.sign_in_days),
    )
    session.add(made)
    session.flush()
    use(session, assertion, sign_in_id=made.id, now=now)
    return sign_in.grantee(session, person, made, now=now, lifetime=lifetime)


def hold(session: Session, assertion: Assertion) -> IdentityProvider | None:
    """The provider, when it is still enabled and the token is still for one of its clients. Its exchanges come one
    after the other: two of one token, or of one new person, would otherwise not see each other."""
    provider = session.exec(
        select(IdentityProvider)
        .where(IdentityProvider.id == assertion.provider.id, col(IdentityProvider.enabled).is_(True))
        .with_for_update(key_share=True)
    ).one_or_none()
    if provider is None or not assertion.provider.client_ids <= frozenset(provider.client_ids):
        return None
    return provider


def identity_of(session: Session, assertion: Assertion) -> PersonIdentity | None:
    return session.exec(
        select(PersonIdentity).where(
            PersonIdentity.school_id == assertion.provider.school_id,
            PersonIdentity.issuer == assertion.provider.issuer,
            PersonIdentity.subject == assertion.subject,
        )
    ).one_or_none()


def was_used(session: Session, assertion: Assertion, *, now: dt.datetime) -> bool:
    return _used(session, assertion, now=now) is not None


def use(session: Session, assertion: Assertion, *, sign_in_id: uuid.UUID | None, now: dt.datetime) -> None:
    """Remember the token for as long as anybody would accept it, and a little longer."""
    session.add(
        UsedIdToken(
            token_hash=_hash(session, assertion),
            sign_in_id=sign_in_id,
            used_at=now,
            expires_at=id_tokens.good_until(assertion.claims) + REMEMBERED_LONGER,
        )
    )


def _used(session: Session, assertion: Assertion, *, now: dt.datetime) -> UsedIdToken | None:
    session.exec(sa.delete(UsedIdToken).where(col(UsedIdToken.expires_at) <= now))
    return session.get(UsedIdToken, _hash(session, assertion))


def _again(
    session: Session, used: UsedIdToken, *, now: dt.datetime, lifetime: dt.timedelta
) -> Grantee | BadCredentials:
    """Within the grace the answer was lost; later somebody else has the token, and its sign-in ends (contract M6)."""
    opened = None if used.sign_in_id is None else session.get(SignIn, used.sign_in_id)
    if opened is None or opened.revoked_at is not None:
        raise BadCredentials
    person = session.get_one(Person, opened.person_id)
    if not person.active:
        raise BadCredentials
    if now - used.used_at > RETRY_GRACE:
        opened.revoked_at, opened.revoked_because = now, "token_reused"
        session.add(opened)
        return BadCredentials()
    return sign_in.grantee(session, person, opened, now=now, lifetime=lifetime)


def _person_of(session: Session, assertion: Assertion) -> Person | None:
    identity = identity_of(session, assertion)
    if identity is None:
        return None
    # As for a password: whoever ends all sign-ins of somebody holds them first.
    return session.get_one(Person, identity.person_id, with_for_update={"key_share": True})


def _imported(session: Session, provider: IdentityProvider, assertion: Assertion) -> Person | None:
    """Whom the school's directory has put here under the id in their token, also when it has ended their access.

    Not whoever has a role that IT cannot give, or has had or is to have one: those link themselves.
    """
    person = _by_external_id(session, provider, assertion)
    if person is None or person.service:
        return None
    return person if roles_ever(session, person.id) <= GIVEN_BY_IT else None


def _by_external_id(session: Session, provider: IdentityProvider, assertion: Assertion) -> Person | None:
    external_id = _external_id(provider, assertion)
    if external_id is None:
        return None
    return session.exec(
        select(Person)
        .where(Person.school_id == provider.school_id, Person.external_id == external_id)
        .with_for_update(key_share=True)
    ).one_or_none()


def _external_id(provider: IdentityProvider, assertion: Assertion) -> str | None:
    return claim_rules.external_id_from(assertion.claims, provider.external_id_claim, longest=LONGEST_EXTERNAL_ID)


def _decide_anew(session: Session, person: Person, provider: IdentityProvider, roles: frozenset[Role]) -> None:
    """What the claims give now, the person's other sign-ins from here have as well, and no more."""
    session.exec(
        sa.update(SignIn)
        .where(
            col(SignIn.person_id) == person.id,
            col(SignIn.provider_id) == provider.id,
            col(SignIn.revoked_at).is_(None),
        )
        .values(claimed_roles=sorted(roles))
    )


def _make(session: Session, provider: IdentityProvider, assertion: Assertion) -> Person:
    """A person without a password, whose roles are those of each sign-in."""
    alias = claim_rules.alias_from(assertion.claims, provider.alias_claim, longest=LONGEST_ALIAS)
    person = people.create_person(
        session,
        school_id=provider.school_id,
        # No address: a login is unique in the deployment, and whoever runs a provider could take anybody's.
        login=f"sso-{uuid.uuid4().hex}",
        alias=alias or NEUTRAL_ALIAS,
        roles=(),
        password_hash=None,
    )
    # So that the directory, which knows them by it, can end their access.
    if _by_external_id(session, provider, assertion) is None:
        person.external_id = _external_id(provider, assertion)
        session.add(person)
    return person


def _know(
    session: Session, person: Person, provider: IdentityProvider, assertion: Assertion, *, now: dt.datetime
) -> None:
    """From now on they are known by their subject."""
    session.add(
        PersonIdentity(
            school_id=provider.school_id,
            person_id=person.id,
            issuer=provider.issuer,
            subject=assertion.subject,
            linked_at=now,
        )
    )
    trail.record(
        session,
        action="identity.first_sign_in",
        school_id=provider.school_id,
        person_id=person.id,
        subject=provider.id,
        now=now,
    )


def _hash(session: Session, assertion: Assertion) -> bytes:
    return vault.lookup_hash(session, assertion.signed.decode("ascii"), use="id token")
