"""The pair of tokens that a sign-in begins or goes on with."""

from __future__ import annotations

import datetime as dt

from app.core import clock
from app.identity.schemas import ACCESS_TOKEN, TokenPair
from app.identity.sign_in import Grantee
from app.identity.tokens import STAFF
from app.routers.runtime import Runtime


async def pair_of(runtime: Runtime, grantee: Grantee, *, exchanged: bool = False) -> TokenPair:
    keys, now = await runtime.token_keys(), clock.now()
    lifetime = dt.timedelta(minutes=runtime.settings.access_token_minutes)
    if grantee.ends_at is not None:
        lifetime = min(lifetime, grantee.ends_at - now)
    access = keys.issue(
        subject=grantee.person_id,
        session=grantee.sign_in_id,
        school=grantee.school,
        roles=frozenset(str(role) for role in grantee.roles),
        audience=STAFF,
        now=now,
        lifetime=lifetime,
        epoch=grantee.epoch,
    )
    return TokenPair(
        access_token=access,
        token_type="Bearer",  # noqa: S106  the scheme's name, not a secret
        expires_in=max(1, int(lifetime.total_seconds())),
        refresh_token=grantee.refresh_token,
        scope=None,
        school=grantee.school,
        roles=sorted(grantee.roles),
        issued_token_type=ACCESS_TOKEN if exchanged else None,
    )
