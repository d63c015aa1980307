"""Service accounts: programs of a school's IT, with scopes instead of roles, and secrets instead of a sign-in.

Each is a row of `people` too, so that the audit trail, idempotency and limits know it as they know a person; flagged,
without a password and without any role, so that nothing that looks for people finds it.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.identity.service_account_schemas import (
    ClientSecretRotation,
    ServiceAccountCreate,
    ServiceAccountCreated,
    ServiceAccountOut,
    ServiceAccountPage,
    ServiceAccountUpdate,
)
from app.models import Person, School, ServiceAccount
from app.vault import service as vault
from app.vocabulary import Role, Scope

KEEPERS = (Role.COORDINATOR, Role.SCHOOL_IT)
MOST_ACCOUNTS = 50
LONGEST_LIFE = dt.timedelta(days=400)
SECRET_PREFIX = "psa_"  # noqa: S105  a prefix that lets secret scanners find a leaked secret
SECRET_BYTES = 32


class TooManyServiceAccounts(Conflict):
    code, title = "too_many_service_accounts", "There are as many service accounts as a school may have"


def create(session: Session, actor: Actor, body: ServiceAccountCreate) -> ServiceAccountCreated:
    """Raises InvalidRequest for an end that is past or too far, TooManyServiceAccounts."""
    actor.require(*KEEPERS)
    school_id, now = actor.require_school(), clock.now()
    _check_end(body.expires_at, now=now)
    # Two at once would both count one less than there are then.
    session.exec(select(School.id).where(School.id == school_id).with_for_update(key_share=True)).one()
    if session.exec(select(func.count()).select_from(_visible(actor).subquery())).one() >= MOST_ACCOUNTS:
        raise TooManyServiceAccounts
    account_id, secret = new_id(), _new_secret()
    session.add(
        Person(
            id=account_id,
            school_id=school_id,
            login=f"service:{account_id}",
            alias=body.name,
            service=True,
            created_at=now,
        )
    )
    session.flush()
    account = ServiceAccount(
        id=account_id,
        school_id=school_id,
        scopes=[str(scope) for scope in body.scopes],
        expires_at=body.expires_at,
        secret_hash=secret_hash(session, secret),
        created_by=actor.person_id,
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    session.flush()
    _record(session, actor, account, "service_account.made", now=now)
    return ServiceAccountCreated(**_out(session, account).model_dump(), client_secret=secret)


def page(session: Session, actor: Actor, request: PageRequest) -> ServiceAccountPage:
    """Oldest first, those that have expired as well."""
    statement = request.slice(_visible(actor), at=col(ServiceAccount.created_at), row_id=col(ServiceAccount.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return ServiceAccountPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, account_id: uuid.UUID) -> ServiceAccountOut:
    return _out(session, _find(session, actor, account_id))


def update(
    session: Session, actor: Actor, account_id: uuid.UUID, body: ServiceAccountUpdate, *, version: Version
) -> ServiceAccountOut:
    """Merge patch. Scopes that are taken away, and an earlier end, count from the account's next request on."""
    account, now = _find(session, actor, account_id, lock=True), clock.now()
    version.check(_out(session, account))
    given = body.model_fields_set
    if "expires_at" in given:
        _check_end(body.expires_at, now=now)
        account.expires_at = body.expires_at
    if "scopes" in given:
        account.scopes = [str(scope) for scope in body.scopes]
    if "name" in given:
        person = session.get_one(Person, account.id)
        person.alias = body.name
        session.add(person)
    _changed(session, actor, account, "service_account.changed", now=now)
    return _out(session, account)


def rotate(
    session: Session, actor: Actor, account_id: uuid.UUID, body: ClientSecretRotation, *, version: Version
) -> ServiceAccountCreated:
    """Make and show a new secret. A second time during an overlap, the secret from before the first is gone."""
    account, now = _find(session, actor, account_id, lock=True), clock.now()
    version.check(_out(session, account))
    secret, overlap = _new_secret(), dt.timedelta(minutes=body.overlap_minutes)
    if overlap:
        account.previous_secret_id, account.previous_secret_hash = account.secret_id, account.secret_hash
        account.previous_secret_until = now + overlap
    else:
        account.previous_secret_id = account.previous_secret_hash = account.previous_secret_until = None
    account.secret_id, account.secret_hash = new_id(), secret_hash(session, secret)
    _changed(session, actor, account, "service_account.secret_rotated", now=now)
    return ServiceAccountCreated(**_out(session, account).model_dump(), client_secret=secret)


def end(session: Session, actor: Actor, account_id: uuid.UUID, *, version: Version) -> None:
    """Its secrets and tokens stop working at once. What it did stays in the audit trail under its name."""
    account, now = _find(session, actor, account_id, lock=True), clock.now()
    version.check(_out(session, account))
    account.ended_at = now
    person = session.get_one(Person, account.id)
    person.active = False
    session.add(person)
    _changed(session, actor, account, "service_account.ended", now=now)


def secret_hash(session: Session, secret: str) -> bytes:
    return vault.lookup_hash(session, secret, use="service account")


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def _check_end(expires_at: dt.datetime, *, now: dt.datetime) -> None:
    if not now < expires_at <= now + LONGEST_LIFE:
        code = "in_the_past" if expires_at <= now else "too_far"
        detail = f"It ends within {LONGEST_LIFE.days} days from now, and not before now."
        raise InvalidRequest(errors=[{"pointer": "#/expires_at", "code": code, "detail": detail}])


def _changed(session: Session, actor: Actor, account: ServiceAccount, action: str, *, now: dt.datetime) -> None:
    account.version += 1
    account.updated_at = now
    session.add(account)
    session.flush()
    _record(session, actor, account, action, now=now)


def _record(session: Session, actor: Actor, account: ServiceAccount, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=account.school_id, person_id=actor.person_id, subject=account.id, now=now
    )


def _visible(actor: Actor) -> Any:
    """Those of the school that have not been ended."""
    actor.require(*KEEPERS)
    return select(ServiceAccount).where(
        ServiceAccount.school_id == actor.require_school(), col(ServiceAccount.ended_at).is_(None)
    )


def _find(session: Session, actor: Actor, account_id: uuid.UUID, *, lock: bool = False) -> ServiceAccount:
    statement = _visible(actor).where(ServiceAccount.id == account_id)
    if lock:
        # Read again under the lock: what was read before it may have changed.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    account: ServiceAccount | None = session.exec(statement).one_or_none()
    if account is None:
        raise NotFound
    return account


def _out(session: Session, account: ServiceAccount) -> ServiceAccountOut:
    until, now = account.previous_secret_until, clock.now()
    return ServiceAccountOut(
        id=account.id,
        client_id=str(account.id),
        name=session.get_one(Person, account.id).alias,
        scopes=[Scope(scope) for scope in account.scopes],
        expires_at=account.expires_at,
        last_used_at=account.last_used_hour,
        previous_secret_until=until if until is not None and now < until else None,
        created_by=session.get_one(Person, account.created_by).alias,
        created_at=account.created_at,
        updated_at=account.updated_at,
    )
