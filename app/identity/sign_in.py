"""Signing in with a password, going on with a refresh token, signing out.

A refresh token is used once. Its family is revoked when a used one comes back after the grace in which an honest
client retries a lost answer (contract M6); that revocation is a transaction of its own, because the answer is an error.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.problems import Problem
from app.identity.actors import current_roles, opened
from app.models import Person, RefreshToken, School, SignIn
from app.vault import service as vault
from app.vocabulary import Role

RETRY_GRACE = dt.timedelta(seconds=60)
TOKEN_PREFIX = "ptr_"  # noqa: S105  a prefix that lets secret scanners find a leaked token


class BadCredentials(Problem):
    """One answer for an unknown name, a wrong password and a person who has left (contract L4)."""

    code, status, title = "bad_credentials", 401, "These credentials do not open anything"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="peerline"'})


class TokenReused(Problem):
    code, status, title = "token_reused", 401, "This refresh token was used before"
    default_detail = "Every sign-in that came from it has been ended, to be safe. Please sign in again."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="peerline", error="invalid_token"'})


@dataclass(frozen=True, slots=True)
class Grantee:
    """Whom to issue an access token to, with the refresh token that goes beside it. `ends_at`: when the sign-in ends
    whatever is done, if it does."""

    person_id: uuid.UUID
    sign_in_id: uuid.UUID
    school: str | None
    roles: frozenset[Role]
    refresh_token: str
    epoch: int
    ends_at: dt.datetime | None


def find_credentials(session: Session, login: str) -> tuple[uuid.UUID, str] | None:
    """The person and password hash of an active login, or None."""
    person = session.exec(
        select(Person).where(Person.login == login.lower(), col(Person.active).is_(True))
    ).one_or_none()
    return (person.id, person.password_hash) if person and person.password_hash else None


def begin(
    session: Session,
    person_id: uuid.UUID,
    *,
    renewed_hash: str | None,
    now: dt.datetime,
    lifetime: dt.timedelta,
    fitted: str | None = None,
    device: str | None = None,
) -> Grantee:
    """Open a new family for a person who has shown who they are. `device` is what they call where they are.

    `fitted` is the hash that their password fits: with another one by now it was replaced while we looked, and what
    ended every sign-in then must end this one too.
    """
    person = session.get_one(Person, person_id, with_for_update={"key_share": True})
    if not person.active or (fitted is not None and person.password_hash != fitted):
        raise BadCredentials
    if renewed_hash is not None:
        person.password_hash = renewed_hash
        session.add(person)
    sign_in = SignIn(person_id=person.id, created_at=now, last_used_at=now, device=device)
    session.add(sign_in)
    session.flush()
    return grantee(session, person, sign_in, now=now, lifetime=lifetime)


def refresh(session: Session, token: str, *, now: dt.datetime, lifetime: dt.timedelta) -> Grantee | None:
    """The next pair, or None when a used token came back and its family has now been revoked.

    Returning instead of raising lets the caller commit the revocation before it answers 401. Raises BadCredentials for
    a token that is unknown, expired, or of an ended sign-in.
    """
    row = session.exec(
        select(RefreshToken, SignIn, Person)
        .join(SignIn, col(SignIn.id) == col(RefreshToken.sign_in_id))
        .join(Person, col(Person.id) == col(SignIn.person_id))
        .where(RefreshToken.token_hash == vault.lookup_hash(session, token, use="refresh"))
        # Not the person: whoever ends all sign-ins of somebody holds them first.
        .with_for_update(of=(RefreshToken, SignIn))
    ).one_or_none()
    if row is None:
        raise BadCredentials
    used, sign_in, person = row
    if sign_in.revoked_at is not None or used.expires_at <= now or not person.active:
        raise BadCredentials
    if used.used_at is not None and now - used.used_at > RETRY_GRACE:
        sign_in.revoked_at, sign_in.revoked_because = now, "token_reused"
        session.add(sign_in)
        return None
    if used.used_at is None:
        used.used_at = now
        session.add(used)
    sign_in.last_used_at = now
    session.add(sign_in)
    return grantee(session, person, sign_in, now=now, lifetime=lifetime)


def end(session: Session, sign_in_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Sign out: the family's refresh tokens and access tokens stop working at once."""
    sign_in = session.get_one(SignIn, sign_in_id)
    if sign_in.revoked_at is None:
        sign_in.revoked_at, sign_in.revoked_because = now, "signed_out"
        session.add(sign_in)


def end_all(
    session: Session, person_id: uuid.UUID, *, because: str, now: dt.datetime, but: uuid.UUID | None = None
) -> None:
    """End every sign-in of a person, and all their access tokens at once; less one sign-in, if that is named.

    The caller holds the person's row.
    """
    theirs = sa.update(SignIn).where(col(SignIn.person_id) == person_id, col(SignIn.revoked_at).is_(None))
    if but is not None:
        theirs = theirs.where(col(SignIn.id) != but)
    session.exec(theirs.values(revoked_at=now, revoked_because=because))
    if but is None:
        # Also what has been issued for sign-ins that this knows nothing of.
        person = sa.update(Person).where(col(Person.id) == person_id)
        session.exec(person.values(token_epoch=col(Person.token_epoch) + 1))


def end_provided(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """End every sign-in that came from a provider: the person may come to read cases from now on, and was somebody to
    the provider before. The caller holds the person's row, or what gives the role."""
    theirs = sa.update(SignIn).where(
        col(SignIn.person_id) == person_id, col(SignIn.provider_id).is_not(None), col(SignIn.revoked_at).is_(None)
    )
    session.exec(theirs.values(revoked_at=now, revoked_because="role_given"))


def grantee(session: Session, person: Person, sign_in: SignIn, *, now: dt.datetime, lifetime: dt.timedelta) -> Grantee:
    """The next pair of a sign-in that is good now."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            sign_in_id=sign_in.id,
            token_hash=vault.lookup_hash(session, token, use="refresh"),
            expires_at=now + lifetime if sign_in.ends_at is None else min(now + lifetime, sign_in.ends_at),
        )
    )
    school = session.get(School, person.school_id) if person.school_id else None
    return Grantee(
        person_id=person.id,
        sign_in_id=sign_in.id,
        school=school.slug if school else None,
        roles=opened(current_roles(session, person.id), sign_in.claimed_roles),
        refresh_token=token,
        epoch=person.token_epoch,
        ends_at=sign_in.ends_at,
    )
