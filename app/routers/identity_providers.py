"""The school's own sign-in: its OpenID Connect providers, kept by its IT and its coordinators."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.routers import replies
from app.routers.callers import Caller, Guard, IdempotencyKeyHeader, IfMatch, ListingOf, SchoolPath
from app.routers.docs import problems
from app.sso import checking, providers
from app.sso.schemas import (
    IdentityProviderCreate,
    IdentityProviderOut,
    IdentityProviderPage,
    IdentityProviderUpdate,
    ProviderCheck,
)

router = APIRouter(prefix="/v1/schools/{school}/identity-providers", tags=["sign-in"])
READ = problems(not_modified=True)
Keeper = Annotated[Caller, Depends(Guard(*providers.KEEPERS))]


@router.post(
    "", status_code=201, summary="Register a provider", response_model=IdentityProviderOut, responses=problems(409)
)
async def create_identity_provider(
    school: SchoolPath, body: IdentityProviderCreate, caller: Keeper, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Whose ID tokens are exchanged for a sign-in here. Ask for a check next. Needs an Idempotency-Key."""
    settings = caller.runtime.settings
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, actor: providers.create(s, actor, body, settings=settings),
        location=lambda made: f"/v1/schools/{school}/identity-providers/{made.id}",
    )
    return replies.replied(reply)


@router.get("", summary="The school's providers", response_model=IdentityProviderPage, responses=READ)
async def list_identity_providers(school: SchoolPath, request: Request, caller: Keeper, listing: ListingOf) -> Response:
    """In the order in which they were registered."""
    return replies.page(request, await caller.read(lambda s, a: providers.page(s, a, listing.request(s))))


@router.get("/{provider_id}", summary="A provider", response_model=IdentityProviderOut, responses=READ)
async def get_identity_provider(
    school: SchoolPath, provider_id: uuid.UUID, request: Request, caller: Keeper
) -> Response:
    """As it is registered."""
    return replies.shown(request, await caller.read(lambda s, a: providers.get(s, a, provider_id)))


@router.patch("/{provider_id}", summary="Change a provider", response_model=IdentityProviderOut, responses=problems())
async def update_identity_provider(
    school: SchoolPath,
    provider_id: uuid.UUID,
    body: IdentityProviderUpdate,
    request: Request,
    caller: Keeper,
    version: IfMatch,
) -> Response:
    """Merge patch (RFC 7396). Switching it off, or taking a client away, ends every sign-in that came from it at once;
    other rules count when somebody signs in again. Needs If-Match."""
    return replies.shown(
        request, await caller.write(lambda s, a: providers.update(s, a, provider_id, body, version=version))
    )


@router.delete(
    "/{provider_id}",
    status_code=204,
    summary="Remove a provider",
    response_class=Response,
    responses=problems(),
)
async def delete_identity_provider(
    school: SchoolPath, provider_id: uuid.UUID, caller: Keeper, version: IfMatch
) -> Response:
    """Ends every sign-in that came from it at once. Registered again, the same issuer finds its people. Needs
    If-Match."""
    await caller.write(lambda s, a: providers.remove(s, a, provider_id, version=version))
    return Response(status_code=204)


@router.post(
    "/{provider_id}/check", summary="Ask a provider now", response_model=ProviderCheck, responses=problems(429)
)
async def check_identity_provider(school: SchoolPath, provider_id: uuid.UUID, caller: Keeper) -> Response:
    """Fetches its discovery document and its keys, and says what is there in words. Keys that are found count at
    once."""
    found, school_id = await caller.read(lambda s, a: (providers.get(s, a, provider_id), a.require_school()))
    # Somebody else's server is asked: as seldom as one may try to sign in.
    caller.runtime.sign_ins.take(f"check {caller.claims.subject}")
    return replies.unkept(await checking.check(found, caller.runtime.provider_keys, owner=str(school_id)))
