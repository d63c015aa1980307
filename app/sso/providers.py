"""The providers of a school: who may register them, and what they may give."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.identity.role_rules import GIVEN_BY_IT
from app.models import IdentityProvider, School, SignIn
from app.settings import Settings
from app.sso.claim_rules import ClaimRule
from app.sso.schemas import (
    MOST_PROVIDERS,
    IdentityProviderCreate,
    IdentityProviderOut,
    IdentityProviderPage,
    IdentityProviderUpdate,
)
from app.vocabulary import Role
from app.webhooks import guard

KEEPERS = (Role.COORDINATOR, Role.SCHOOL_IT)


class TooManyProviders(Conflict):
    code, status, title = "too_many_identity_providers", 409, "There are as many providers as a school may have"
    default_detail = f"A school has {MOST_PROVIDERS} at the most: remove one that nobody uses."


class IssuerTaken(Conflict):
    code, status, title = "issuer_taken", 409, "This issuer is registered for the school already"
    default_detail = "Change the one that is there."


class UnfitProvider(InvalidRequest):
    """Same code and status as any other field fault; the pointer says which field."""


def create(session: Session, actor: Actor, body: IdentityProviderCreate, *, settings: Settings) -> IdentityProviderOut:
    """Raises InvalidRequest for an issuer that may not be asked and a role that claims cannot give; IssuerTaken,
    TooManyProviders."""
    actor.require(*KEEPERS)
    _check_issuer(body.issuer, settings)
    _check_rules(body.rules)
    school_id, now = actor.require_school(), clock.now()
    # Two at a time would both find room.
    session.exec(select(School.id).where(School.id == school_id).with_for_update(key_share=True)).one()
    held = select(func.count()).select_from(IdentityProvider).where(IdentityProvider.school_id == school_id)
    if session.exec(held).one() >= MOST_PROVIDERS:
        raise TooManyProviders
    provider = IdentityProvider(
        school_id=school_id,
        name=body.name,
        issuer=body.issuer,
        client_ids=list(dict.fromkeys(body.client_ids)),
        rules=[rule.model_dump(mode="json") for rule in body.rules],
        alias_claim=body.alias_claim,
        external_id_claim=body.external_id_claim,
        sign_in_days=body.sign_in_days,
        enabled=body.enabled,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(provider)
    except IntegrityError as exc:
        raise IssuerTaken from exc
    _record(session, actor, provider, "identity_provider.added", now=now)
    return shown(provider)


def page(session: Session, actor: Actor, request: PageRequest) -> IdentityProviderPage:
    """In the order in which they were registered."""
    actor.require(*KEEPERS)
    statement = select(IdentityProvider).where(IdentityProvider.school_id == actor.require_school())
    statement = request.slice(statement, at=col(IdentityProvider.created_at), row_id=col(IdentityProvider.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return IdentityProviderPage(items=[shown(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, provider_id: uuid.UUID) -> IdentityProviderOut:
    """Raises NotFound."""
    return shown(_find(session, actor, provider_id))


def update(
    session: Session, actor: Actor, provider_id: uuid.UUID, body: IdentityProviderUpdate, *, version: Version
) -> IdentityProviderOut:
    """Merge patch. What is switched off or loses a client ends its sign-ins at once; other rules count when somebody
    signs in again. Raises NotFound, PreconditionRequired, PreconditionFailed, InvalidRequest."""
    provider = _find(session, actor, provider_id, lock=True)
    version.check(shown(provider))
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    _check_rules(body.rules or [])
    if "rules" in changes:
        changes["rules"] = [rule.model_dump(mode="json") for rule in body.rules or []]
    if "client_ids" in changes:
        changes["client_ids"] = list(dict.fromkeys(changes["client_ids"]))
    less = not set(provider.client_ids) <= set(changes.get("client_ids", provider.client_ids))
    for name, value in changes.items():
        setattr(provider, name, value)
    provider.updated_at = now = clock.now()
    session.add(provider)
    if less or not provider.enabled:
        _end_sign_ins(session, provider, because="provider_changed", now=now)
    _record(session, actor, provider, "identity_provider.changed", now=now)
    return shown(provider)


def remove(session: Session, actor: Actor, provider_id: uuid.UUID, *, version: Version) -> None:
    """Ends every sign-in that came from it. Who is who to its issuer stays known (PersonIdentity). Raises as `update`
    does."""
    provider = _find(session, actor, provider_id, lock=True)
    version.check(shown(provider))
    now = clock.now()
    _end_sign_ins(session, provider, because="provider_removed", now=now)
    _record(session, actor, provider, "identity_provider.removed", now=now)
    session.delete(provider)


def rules_of(provider: IdentityProvider) -> list[ClaimRule]:
    """The rules as they are stored, but none for a role that claims may no longer give."""
    rules = [ClaimRule.model_validate(rule) for rule in provider.rules]
    return [rule for rule in rules if rule.role in GIVEN_BY_IT]


def shown(provider: IdentityProvider) -> IdentityProviderOut:
    return IdentityProviderOut.model_validate(provider)


def _check_issuer(issuer: str, settings: Settings) -> None:
    try:
        guard.check_url(issuer, allowed_origins=settings.allowed_origins)
    except guard.Refused as exc:
        fault = {"pointer": "#/issuer", "code": "issuer_refused", "detail": str(exc)}
        raise UnfitProvider(errors=[fault]) from exc


def _check_rules(rules: list[ClaimRule]) -> None:
    faults = [
        {
            "pointer": f"#/rules/{number}/role",
            "code": "role_not_given_by_claims",
            "detail": f"claims give only: {', '.join(sorted(GIVEN_BY_IT))}",
        }
        for number, rule in enumerate(rules)
        if rule.role not in GIVEN_BY_IT
    ]
    if faults:
        raise UnfitProvider(errors=faults)


def _end_sign_ins(session: Session, provider: IdentityProvider, *, because: str, now: dt.datetime) -> None:
    session.exec(
        sa.update(SignIn)
        .where(col(SignIn.provider_id) == provider.id, col(SignIn.revoked_at).is_(None))
        .values(revoked_at=now, revoked_because=because)
    )


def _find(session: Session, actor: Actor, provider_id: uuid.UUID, *, lock: bool = False) -> IdentityProvider:
    actor.require(*KEEPERS)
    statement = select(IdentityProvider).where(
        IdentityProvider.id == provider_id, IdentityProvider.school_id == actor.require_school()
    )
    provider = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if provider is None:
        raise NotFound
    return provider


def _record(session: Session, actor: Actor, provider: IdentityProvider, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=provider.school_id, person_id=actor.person_id, subject=provider.id, now=now
    )
