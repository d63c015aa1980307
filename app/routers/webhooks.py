"""Webhook endpoints: each person's own, and the school's."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.events.types import PAYLOADS, described
from app.routers import replies
from app.routers.callers import AnyStaff, Caller, IdempotencyKeyHeader, IfMatch, ListingOf, SchoolPath, WebhookKeeper
from app.routers.docs import problems
from app.webhooks import rotation
from app.webhooks import service as webhooks
from app.webhooks.schemas import (
    EventTypeList,
    EventTypeOut,
    SecretRotation,
    WebhookEndpointCreate,
    WebhookEndpointCreated,
    WebhookEndpointOut,
    WebhookEndpointPage,
    WebhookEndpointUpdate,
)

router = APIRouter(prefix="/v1", tags=["webhooks"])
MINE = "/me/webhook-endpoints"
SCHOOLS = "/schools/{school}/webhook-endpoints"
READ = problems(not_modified=True)
# A platform operator has no school, and no endpoints: 404.
WRITE = problems(404, 409)


@router.get("/event-types", summary="What webhooks tell of", responses=problems())
async def list_event_types(caller: AnyStaff) -> EventTypeList:
    """Every event type; the OpenAPI document has the schema of each."""
    await caller.read(lambda _s, actor: actor.person_id)
    return EventTypeList(items=[EventTypeOut(type=name, description=described(name)) for name in sorted(PAYLOADS)])


@router.post(MINE, status_code=201, summary="Add your endpoint", response_model=WebhookEndpointCreated, responses=WRITE)
async def create_my_webhook_endpoint(
    body: WebhookEndpointCreate, caller: AnyStaff, key: IdempotencyKeyHeader = None
) -> Response:
    """Where you are paged. The answer holds the secret, once; a ping follows at once and shows whether it works. An
    Idempotency-Key is optional: with it, a lost answer can be asked for again."""
    return await _create(caller, key, body, own=True, base=f"/v1{MINE}")


@router.get(MINE, summary="Your endpoints", response_model=WebhookEndpointPage, responses=READ)
async def list_my_webhook_endpoints(request: Request, caller: AnyStaff, listing: ListingOf) -> Response:
    """In the order in which they are tried."""
    found = await caller.read(lambda s, actor: webhooks.page(s, actor, listing.request(s), own=True))
    return replies.page(request, found)


@router.get(f"{MINE}/{{endpoint_id}}", summary="Your endpoint", response_model=WebhookEndpointOut, responses=READ)
async def get_my_webhook_endpoint(endpoint_id: uuid.UUID, request: Request, caller: AnyStaff) -> Response:
    """`health` shows what the last delivery came to."""
    return replies.shown(request, await caller.read(lambda s, a: webhooks.get(s, a, endpoint_id, own=True)))


@router.patch(
    f"{MINE}/{{endpoint_id}}", summary="Change your endpoint", response_model=WebhookEndpointOut, responses=WRITE
)
async def update_my_webhook_endpoint(
    endpoint_id: uuid.UUID, body: WebhookEndpointUpdate, request: Request, caller: AnyStaff, version: IfMatch
) -> Response:
    """Merge patch (RFC 7396). Needs If-Match."""
    return await _update(request, caller, endpoint_id, body, version, own=True)


@router.delete(
    f"{MINE}/{{endpoint_id}}",
    status_code=204,
    summary="Remove your endpoint",
    response_class=Response,
    responses=WRITE,
)
async def delete_my_webhook_endpoint(endpoint_id: uuid.UUID, caller: AnyStaff, version: IfMatch) -> Response:
    """What was still on its way is not sent. Needs If-Match."""
    await caller.write(lambda s, actor: webhooks.remove(s, actor, endpoint_id, own=True, version=version))
    return Response(status_code=204)


@router.post(
    f"{MINE}/{{endpoint_id}}/ping",
    status_code=202,
    summary="Test your endpoint",
    response_model=WebhookEndpointOut,
    responses=WRITE,
)
async def ping_my_webhook_endpoint(endpoint_id: uuid.UUID, caller: AnyStaff) -> Response:
    """Sends `webhook_endpoint.ping`; look at the endpoint's `health` for what came of it."""
    return await _ping(caller, endpoint_id, own=True, base=f"/v1{MINE}")


@router.post(
    f"{MINE}/{{endpoint_id}}/rotate-secret",
    summary="Replace your endpoint's secret",
    response_model=WebhookEndpointCreated,
    responses=WRITE,
)
async def rotate_my_webhook_secret(
    endpoint_id: uuid.UUID, body: SecretRotation, request: Request, caller: AnyStaff, version: IfMatch
) -> Response:
    """The answer holds the new secret, once. For a while deliveries are signed with both. Needs If-Match."""
    return await _rotate(request, caller, endpoint_id, body, version, own=True)


@router.post(
    SCHOOLS,
    status_code=201,
    summary="Add an endpoint of the school",
    response_model=WebhookEndpointCreated,
    responses=WRITE,
)
async def create_school_webhook_endpoint(
    school: SchoolPath, body: WebhookEndpointCreate, caller: WebhookKeeper, key: IdempotencyKeyHeader = None
) -> Response:
    """Told of everything but what is between one person and the service; never gets an acknowledgement link. An
    Idempotency-Key is optional: with it, a lost answer can be asked for again."""
    return await _create(caller, key, body, own=False, base=f"/v1/schools/{school}/webhook-endpoints")


@router.get(SCHOOLS, summary="The school's endpoints", response_model=WebhookEndpointPage, responses=READ)
async def list_school_webhook_endpoints(
    school: SchoolPath, request: Request, caller: WebhookKeeper, listing: ListingOf
) -> Response:
    """In the order of `position`; all of them are told at once."""
    found = await caller.read(lambda s, actor: webhooks.page(s, actor, listing.request(s), own=False))
    return replies.page(request, found)


@router.get(
    f"{SCHOOLS}/{{endpoint_id}}", summary="An endpoint of the school", response_model=WebhookEndpointOut, responses=READ
)
async def get_school_webhook_endpoint(
    school: SchoolPath, endpoint_id: uuid.UUID, request: Request, caller: WebhookKeeper
) -> Response:
    """`health` shows what the last delivery came to."""
    return replies.shown(request, await caller.read(lambda s, a: webhooks.get(s, a, endpoint_id, own=False)))


@router.patch(
    f"{SCHOOLS}/{{endpoint_id}}",
    summary="Change an endpoint of the school",
    response_model=WebhookEndpointOut,
    responses=WRITE,
)
async def update_school_webhook_endpoint(
    school: SchoolPath,
    endpoint_id: uuid.UUID,
    body: WebhookEndpointUpdate,
    request: Request,
    caller: WebhookKeeper,
    version: IfMatch,
) -> Response:
    """Merge patch (RFC 7396). Needs If-Match."""
    return await _update(request, caller, endpoint_id, body, version, own=False)


@router.delete(
    f"{SCHOOLS}/{{endpoint_id}}",
    status_code=204,
    summary="Remove an endpoint of the school",
    response_class=Response,
    responses=WRITE,
)
async def delete_school_webhook_endpoint(
    school: SchoolPath, endpoint_id: uuid.UUID, caller: WebhookKeeper, version: IfMatch
) -> Response:
    """What was still on its way is not sent. Needs If-Match."""
    await caller.write(lambda s, actor: webhooks.remove(s, actor, endpoint_id, own=False, version=version))
    return Response(status_code=204)


@router.post(
    f"{SCHOOLS}/{{endpoint_id}}/ping",
    status_code=202,
    summary="Test an endpoint of the school",
    response_model=WebhookEndpointOut,
    responses=WRITE,
)
async def ping_school_webhook_endpoint(school: SchoolPath, endpoint_id: uuid.UUID, caller: WebhookKeeper) -> Response:
    """Sends `webhook_endpoint.ping`; look at the endpoint's `health` for what came of it."""
    return await _ping(caller, endpoint_id, own=False, base=f"/v1/schools/{school}/webhook-endpoints")


@router.post(
    f"{SCHOOLS}/{{endpoint_id}}/rotate-secret",
    summary="Replace the secret of an endpoint of the school",
    response_model=WebhookEndpointCreated,
    responses=WRITE,
)
async def rotate_school_webhook_secret(
    school: SchoolPath,
    endpoint_id: uuid.UUID,
    body: SecretRotation,
    request: Request,
    caller: WebhookKeeper,
    version: IfMatch,
) -> Response:
    """The answer holds the new secret, once. For a while deliveries are signed with both. Needs If-Match."""
    return await _rotate(request, caller, endpoint_id, body, version, own=False)


async def _create(
    caller: Caller, key: IdempotencyKeyHeader, body: WebhookEndpointCreate, *, own: bool, base: str
) -> Response:
    settings = caller.runtime.settings
    reply = await caller.once(
        key,
        body,
        lambda s, a: webhooks.create(s, a, body, own=own, settings=settings),
        location=lambda made: f"{base}/{made.id}",
        optional=True,
    )
    return replies.replied(reply, versioned=WebhookEndpointOut)


async def _update(
    request: Request,
    caller: Caller,
    endpoint_id: uuid.UUID,
    body: WebhookEndpointUpdate,
    version: IfMatch,
    *,
    own: bool,
) -> Response:
    settings = caller.runtime.settings
    found = await caller.write(
        lambda s, a: webhooks.update(s, a, endpoint_id, body, own=own, version=version, settings=settings)
    )
    return replies.shown(request, found)


async def _ping(caller: Caller, endpoint_id: uuid.UUID, *, own: bool, base: str) -> Response:
    found = await caller.write(lambda s, a: webhooks.ping(s, a, endpoint_id, own=own))
    return replies.accepted(found, location=f"{base}/{endpoint_id}")


async def _rotate(
    request: Request, caller: Caller, endpoint_id: uuid.UUID, body: SecretRotation, version: IfMatch, *, own: bool
) -> Response:
    made = await caller.write(lambda s, a: rotation.rotate(s, a, endpoint_id, body, own=own, version=version))
    return replies.shown(request, made, versioned=_without_secret(made))


def _without_secret(made: WebhookEndpointCreated) -> WebhookEndpointOut:
    """What a GET shows of it."""
    return WebhookEndpointOut(**made.model_dump(exclude={"secret"}))
