"""What was sent to webhook endpoints, and sending it once more."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.models.webhooks import DeliveryState
from app.routers import replies
from app.routers.callers import AnyStaff, Caller, ListingOf, SchoolPath, WebhookKeeper
from app.routers.docs import problems
from app.webhooks import deliveries
from app.webhooks.schemas import WebhookDeliveryOut, WebhookDeliveryPage

router = APIRouter(prefix="/v1", tags=["webhooks"])
MINE = "/me/webhook-endpoints/{endpoint_id}/deliveries"
SCHOOLS = "/schools/{school}/webhook-endpoints/{endpoint_id}/deliveries"
READ = problems(404, not_modified=True)
WRITE = problems(404, 409)
StateFilter = Annotated[DeliveryState | None, Query(description="Only those in this state.")]


@router.get(MINE, summary="What was sent to you", response_model=WebhookDeliveryPage, responses=READ)
async def list_my_webhook_deliveries(
    endpoint_id: uuid.UUID, request: Request, caller: AnyStaff, listing: ListingOf, state: StateFilter = None
) -> Response:
    """Newest first, with every attempt: never what was in it, nor what was answered. Kept for thirty days."""
    return await _list(request, caller, endpoint_id, listing, state, own=True)


@router.get(f"{MINE}/{{delivery_id}}", summary="A delivery", response_model=WebhookDeliveryOut, responses=READ)
async def get_my_webhook_delivery(
    endpoint_id: uuid.UUID, delivery_id: uuid.UUID, request: Request, caller: AnyStaff
) -> Response:
    """Every attempt, and when the next one is."""
    return await _get(request, caller, endpoint_id, delivery_id, own=True)


@router.post(
    f"{MINE}/{{delivery_id}}/resend",
    status_code=202,
    summary="Send it once more",
    response_model=WebhookDeliveryOut,
    responses=WRITE,
)
async def resend_my_webhook_delivery(endpoint_id: uuid.UUID, delivery_id: uuid.UUID, caller: AnyStaff) -> Response:
    """One more attempt now, with the same `webhook-id` and body. Not of what nobody is needed for any more."""
    base = f"/v1/me/webhook-endpoints/{endpoint_id}"
    return await _resend(caller, endpoint_id, delivery_id, own=True, base=base)


@router.get(SCHOOLS, summary="What was sent to the school", response_model=WebhookDeliveryPage, responses=READ)
async def list_school_webhook_deliveries(
    school: SchoolPath,
    endpoint_id: uuid.UUID,
    request: Request,
    caller: WebhookKeeper,
    listing: ListingOf,
    state: StateFilter = None,
) -> Response:
    """Newest first, with every attempt: never what was in it, nor what was answered. Kept for thirty days."""
    return await _list(request, caller, endpoint_id, listing, state, own=False)


@router.get(
    f"{SCHOOLS}/{{delivery_id}}",
    summary="A delivery to the school",
    response_model=WebhookDeliveryOut,
    responses=READ,
)
async def get_school_webhook_delivery(
    school: SchoolPath, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, request: Request, caller: WebhookKeeper
) -> Response:
    """Every attempt, and when the next one is."""
    return await _get(request, caller, endpoint_id, delivery_id, own=False)


@router.post(
    f"{SCHOOLS}/{{delivery_id}}/resend",
    status_code=202,
    summary="Send it to the school once more",
    response_model=WebhookDeliveryOut,
    responses=WRITE,
)
async def resend_school_webhook_delivery(
    school: SchoolPath, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, caller: WebhookKeeper
) -> Response:
    """One more attempt now, with the same `webhook-id` and body. Not of what nobody is needed for any more."""
    base = f"/v1/schools/{school}/webhook-endpoints/{endpoint_id}"
    return await _resend(caller, endpoint_id, delivery_id, own=False, base=base)


async def _list(
    request: Request,
    caller: Caller,
    endpoint_id: uuid.UUID,
    listing: ListingOf,
    state: DeliveryState | None,
    *,
    own: bool,
) -> Response:
    found = await caller.read(lambda s, a: deliveries.page(s, a, endpoint_id, listing.request(s), own=own, state=state))
    return replies.page(request, found)


async def _get(
    request: Request, caller: Caller, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, *, own: bool
) -> Response:
    return replies.shown(
        request, await caller.read(lambda s, a: deliveries.get(s, a, endpoint_id, delivery_id, own=own))
    )


async def _resend(caller: Caller, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, *, own: bool, base: str) -> Response:
    found = await caller.write(lambda s, a: deliveries.resend(s, a, endpoint_id, delivery_id, own=own))
    return replies.accepted(found, location=f"{base}/deliveries/{delivery_id}")
