"""A program's way in: its id and secret for an access token (RFC 6749, 4.4), and what that token is good for.

There is no refresh token: whoever has the secret asks again. What the token says is not believed for its ten minutes:
scopes and ends are read again with every request.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock, crypto
from app.core.clock import hour_of
from app.core.problems import InvalidRequest, Unauthenticated
from app.identity.actors import Actor
from app.identity.service_accounts import secret_hash
from app.identity.sign_in import BadCredentials
from app.identity.tokens import Claims
from app.models import Person, School, ServiceAccount
from app.vocabulary import Role, Scope

# Any of the right length: an unknown id is compared as well, so that it takes as long.
_NO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom a token is for, the secret that opened it, and when that ends at the latest.

    `first_in_hour`: the account was not used in this hour before.
    """

    account_id: uuid.UUID
    secret_id: uuid.UUID
    school: str
    scopes: frozenset[Scope]
    until: dt.datetime
    first_in_hour: bool


def open_token(session: Session, *, client_id: str, client_secret: str, scope: str | None, now: dt.datetime) -> Opened:
    """Raises BadCredentials, the same for unknown, wrong, expired and ended; InvalidRequest for a scope it has not."""
    account = _account(session, client_id)
    given = secret_hash(session, client_secret)
    current = crypto.same(given, account.secret_hash if account else _NO_HASH)
    previous = crypto.same(given, (account.previous_secret_hash if account else None) or _NO_HASH)
    if account is None or not (current or previous) or account.ended_at is not None or account.expires_at <= now:
        raise BadCredentials
    secret_id, until = account.secret_id, account.expires_at
    if not current:
        if account.previous_secret_id is None or account.previous_secret_until is None:
            raise BadCredentials
        secret_id, until = account.previous_secret_id, min(until, account.previous_secret_until)
        if until <= now:
            raise BadCredentials
    return Opened(
        account_id=account.id,
        secret_id=secret_id,
        school=session.get_one(School, account.school_id).slug,
        scopes=_narrowed(_scopes(account), scope),
        until=until,
        first_in_hour=account.last_used_hour != hour_of(now),
    )


def note_use(session: Session, account_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Used in this hour. Apart from the opening, which so only reads, but for once an hour."""
    statement = sa.update(ServiceAccount).where(col(ServiceAccount.id) == account_id)
    session.exec(statement.values(last_used_hour=hour_of(now)))


def load_service(session: Session, claims: Claims) -> Actor:
    """The actor of a program's verified token, with the scopes that both the token and the account have now.

    Raises Unauthenticated when the account or the secret that opened the token has ended.
    """
    row = session.exec(
        select(ServiceAccount, Person, School)
        .join(Person, col(Person.id) == col(ServiceAccount.id))
        .join(School, col(School.id) == col(ServiceAccount.school_id))
        .where(ServiceAccount.id == claims.subject)
    ).one_or_none()
    now = clock.now()
    if row is None or claims.scopes is None or not _is_good(*row[:2], secret_id=claims.session, now=now):
        raise Unauthenticated("This service account or its secret has ended.", invalid_token=True)
    account, person, school = row
    return Actor(
        person_id=account.id,
        alias=person.alias,
        school_id=account.school_id,
        school_slug=school.slug,
        # What it does, it does as its school's IT; a guard lets it that far only by one of its scopes.
        roles=frozenset({Role.SCHOOL_IT}),
        sign_in_id=claims.session,
        scopes=frozenset(scope for scope in _scopes(account) if scope in claims.scopes),
    )


def _is_good(account: ServiceAccount, person: Person, *, secret_id: uuid.UUID, now: dt.datetime) -> bool:
    if account.ended_at is not None or account.expires_at <= now or not person.active:
        return False
    if secret_id == account.secret_id:
        return True
    until = account.previous_secret_until
    return secret_id == account.previous_secret_id and until is not None and now < until


def _account(session: Session, client_id: str) -> ServiceAccount | None:
    try:
        account_id = uuid.UUID(client_id)
    except ValueError:
        return None
    return session.get(ServiceAccount, account_id)


def _scopes(account: ServiceAccount) -> frozenset[Scope]:
    """A scope that a later release knows is none of ours."""
    known = frozenset(Scope)
    return frozenset(Scope(scope) for scope in account.scopes if scope in known)


def _narrowed(held: frozenset[Scope], scope: str | None) -> frozenset[Scope]:
    wanted = (scope or "").split()
    if not wanted:
        return held
    if not held.issuperset(wanted):
        detail = "This service account has not all of these scopes."
        raise InvalidRequest(errors=[{"pointer": "#/scope", "code": "scope_not_held", "detail": detail}])
    return frozenset(Scope(each) for each in wanted)
