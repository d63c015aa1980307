"""Service accounts of a school's IT: programs that act by scopes."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.identity import service_accounts
from app.identity.service_account_schemas import (
    ClientSecretRotation,
    ServiceAccountCreate,
    ServiceAccountCreated,
    ServiceAccountOut,
    ServiceAccountPage,
    ServiceAccountUpdate,
)
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, SchoolPath, ServiceAccountKeeper
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/service-accounts", tags=["service accounts"])
READ = problems(not_modified=True)
ACCOUNT = "/{account_id}"


@router.post(
    "",
    status_code=201,
    summary="Add a service account",
    response_model=ServiceAccountCreated,
    responses=problems(409),
)
async def create_service_account(
    school: SchoolPath, body: ServiceAccountCreate, caller: ServiceAccountKeeper, key: IdempotencyKeyHeader = None
) -> Response:
    """For a program that does what its scopes say, and nothing else. The answer holds its secret, once. Needs an
    Idempotency-Key."""
    reply = await caller.once(
        key,
        body,
        lambda s, a: service_accounts.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/service-accounts/{made.id}",
    )
    return replies.replied(reply, versioned=ServiceAccountOut)


@router.get("", summary="Service accounts", response_model=ServiceAccountPage, responses=READ)
async def list_service_accounts(
    school: SchoolPath, request: Request, caller: ServiceAccountKeeper, listing: ListingOf
) -> Response:
    """Oldest first, with those that have expired; not those that were ended."""
    return replies.page(request, await caller.read(lambda s, a: service_accounts.page(s, a, listing.request(s))))


@router.get(ACCOUNT, summary="A service account", response_model=ServiceAccountOut, responses=READ)
async def get_service_account(
    school: SchoolPath, account_id: uuid.UUID, request: Request, caller: ServiceAccountKeeper
) -> Response:
    """What it may do, until when, and when it was last used."""
    return replies.shown(request, await caller.read(lambda s, a: service_accounts.get(s, a, account_id)))


@router.patch(ACCOUNT, summary="Change a service account", response_model=ServiceAccountOut, responses=problems())
async def update_service_account(
    school: SchoolPath,
    account_id: uuid.UUID,
    body: ServiceAccountUpdate,
    request: Request,
    caller: ServiceAccountKeeper,
    version: IfMatch,
) -> Response:
    """Scopes that are taken away, and an earlier end, count at once, whatever its tokens say. Needs If-Match."""
    found = await caller.write(lambda s, a: service_accounts.update(s, a, account_id, body, version=version))
    return replies.shown(request, found)


@router.post(
    f"{ACCOUNT}/rotate-secret",
    summary="Replace a service account's secret",
    response_model=ServiceAccountCreated,
    responses=problems(),
)
async def rotate_client_secret(
    school: SchoolPath,
    account_id: uuid.UUID,
    body: ClientSecretRotation,
    request: Request,
    caller: ServiceAccountKeeper,
    version: IfMatch,
) -> Response:
    """The answer holds the new secret, once. For a while the one before it works as well. Needs If-Match."""
    made = await caller.write(lambda s, a: service_accounts.rotate(s, a, account_id, body, version=version))
    shown = ServiceAccountOut(**made.model_dump(exclude={"client_secret"}))
    return replies.shown(request, made, versioned=shown)


@router.delete(ACCOUNT, status_code=204, summary="End a service account", response_class=Response, responses=problems())
async def delete_service_account(
    school: SchoolPath, account_id: uuid.UUID, caller: ServiceAccountKeeper, version: IfMatch
) -> Response:
    """Its secrets and its tokens stop working at once. Needs If-Match."""
    await caller.write(lambda s, a: service_accounts.end(s, a, account_id, version=version))
    return Response(status_code=204)
