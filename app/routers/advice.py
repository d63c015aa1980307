"""Case advice for supporters, day and night."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.advice import service as advice
from app.advice.schemas import (
    AdviceMessageCreate,
    AdviceMessageOut,
    AdviceMessagePage,
    AdviceOutcomeCreate,
    AdviceRequestCreate,
    AdviceRequestOut,
    AdviceRequestPage,
)
from app.programme import advice_steps
from app.routers import replies
from app.routers.callers import (
    IdempotencyKeyHeader,
    IfMatch,
    ListingOf,
    SchoolPath,
    Supporter,
    SupporterOrAdviser,
)
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/advice-requests", tags=["advice"])


@router.post(
    "",
    status_code=201,
    summary="Ask for case advice",
    response_model=AdviceRequestOut,
    responses=problems(409),
)
async def create_advice_request(
    school: SchoolPath,
    body: AdviceRequestCreate,
    caller: Supporter,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """Pages whoever is on duty for the topic, and says who that is and by when. Needs an Idempotency-Key.

    Asking is always allowed: paused, past your cap, or in exams (J4).
    """
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, actor: advice.ask(s, actor, body),
        location=lambda made: f"/v1/schools/{school}/advice-requests/{made.id}",
    )
    return replies.replied(reply)


@router.get(
    "",
    summary="Your requests, and those you were paged for",
    response_model=AdviceRequestPage,
    responses=problems(not_modified=True),
)
async def list_advice_requests(
    school: SchoolPath, request: Request, caller: SupporterOrAdviser, listing: ListingOf
) -> Response:
    """Newest first."""
    found = await caller.write(lambda s, actor: advice.page(s, actor, listing.request(s)))
    return replies.page(request, found)


@router.get(
    "/{request_id}",
    summary="A request and where it stands",
    response_model=AdviceRequestOut,
    responses=problems(not_modified=True),
)
async def get_advice_request(
    school: SchoolPath, request_id: uuid.UUID, request: Request, caller: SupporterOrAdviser
) -> Response:
    """Who was asked, whether they have acknowledged, and the truth when nobody has."""
    found = await caller.write(lambda s, actor: advice.get(s, actor, request_id))
    return replies.shown(request, found)


@router.get(
    "/{request_id}/messages",
    summary="The thread of a request",
    response_model=AdviceMessagePage,
    responses=problems(not_modified=True),
)
async def list_advice_messages(
    school: SchoolPath, request_id: uuid.UUID, request: Request, caller: SupporterOrAdviser, listing: ListingOf
) -> Response:
    """Oldest first."""
    found = await caller.write(lambda s, actor: advice.messages(s, actor, request_id, listing.request(s)))
    return replies.page(request, found)


@router.post(
    "/{request_id}/messages",
    status_code=201,
    summary="Write in the thread of a request",
    response_model=AdviceMessageOut,
    responses=problems(409),
)
async def create_advice_message(
    school: SchoolPath,
    request_id: uuid.UUID,
    body: AdviceMessageCreate,
    caller: SupporterOrAdviser,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """An adviser's message answers the request and ends its paging. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: advice.write(s, actor, request_id, body))
    return replies.replied(reply)


@router.post(
    "/{request_id}/outcome",
    summary="Say what you do next",
    response_model=AdviceRequestOut,
    responses=problems(),
)
async def record_advice_outcome(
    school: SchoolPath,
    request_id: uuid.UUID,
    body: AdviceOutcomeCreate,
    request: Request,
    caller: Supporter,
    version: IfMatch,
) -> Response:
    """I continue, I hand over, or I pause: yours to decide, and to change. Pausing counts at once, as by a
    pause. Needs If-Match."""
    found = await caller.write(lambda s, a: advice_steps.record_outcome(s, a, request_id, body, version=version))
    return replies.shown(request, found)


@router.post(
    "/{request_id}/close",
    summary="Close your request",
    response_model=AdviceRequestOut,
    responses=problems(409),
)
async def close_advice_request(
    school: SchoolPath, request_id: uuid.UUID, request: Request, caller: Supporter, version: IfMatch
) -> Response:
    """You have what you need. Needs If-Match."""
    found = await caller.write(lambda s, actor: advice.close(s, actor, request_id, version=version))
    return replies.shown(request, found)
