"""From a token that somebody sends to what a provider says of them: whose it is, its keys, its signature, its claims.

The provider is read in a transaction that has ended before it is asked for its keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.db import Database
from app.core.problems import Unavailable
from app.models import IdentityProvider, School
from app.sso import id_tokens
from app.sso.discovery import NotFetched
from app.sso.id_tokens import Expected, NotAccepted
from app.sso.key_store import KeyStore


class ProviderAway(Unavailable):
    """The provider cannot be asked for its keys, and none are known. Whoever is signed in stays so."""

    code, status, title = "identity_provider_unavailable", 503, "The school's own sign-in cannot be reached right now"
    default_detail = (
        "Nothing was stored. Whoever is signed in stays so. The help in this answer can be used now; please try again "
        "in a moment."
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A provider, as it is registered when a token arrives."""

    id: uuid.UUID
    school_id: uuid.UUID
    issuer: str
    client_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a provider says of somebody, in a token that was found good at `Known`'s moment."""

    provider: Known
    subject: str
    claims: Mapping[str, Any]
    # Signed, and so the same however often it is sent; not the token itself, whose signature may be spelt anew.
    signed: bytes


async def verified(db: Database, keys: KeyStore, token: str, *, school: str, nonce: str | None) -> Assertion:
    """What the token says, when it is of an enabled provider of this school, for one of its clients, and good now.

    Raises NotAccepted for anything else, ProviderAway when the provider's keys cannot be had.
    """
    found = id_tokens.parse(token)
    issuer = found.claims.get("iss")
    if not isinstance(issuer, str):
        raise NotAccepted("issuer")
    provider = await db.read(lambda session: _find(session, school, issuer))
    if provider is None:
        raise NotAccepted("no_such_provider")
    # Before its keys are asked for: a token that is no good costs the provider nothing.
    expected = Expected(issuer=provider.issuer, client_ids=provider.client_ids, nonce=nonce)
    subject = id_tokens.check(found.claims, expected, now=clock.now())
    try:
        candidates = await keys.keys_for(
            provider.issuer, algorithm=found.algorithm, kid=found.kid, owner=str(provider.school_id)
        )
    except NotFetched as exc:
        raise ProviderAway from exc
    if not candidates:
        raise NotAccepted("unknown_key")
    if not any(key.signed(found.algorithm, found.signature, found.signed) for key in candidates):
        raise NotAccepted("signature")
    return Assertion(provider=provider, subject=subject, claims=found.claims, signed=found.signed)


def _find(session: Session, school: str, issuer: str) -> Known | None:
    provider = session.exec(
        select(IdentityProvider)
        .join(School, col(School.id) == col(IdentityProvider.school_id))
        .where(School.slug == school, IdentityProvider.issuer == issuer, col(IdentityProvider.enabled).is_(True))
    ).one_or_none()
    if provider is None:
        return None
    return Known(
        id=provider.id,
        school_id=provider.school_id,
        issuer=provider.issuer,
        client_ids=frozenset(provider.client_ids),
    )
