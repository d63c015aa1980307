"""When supporters go: their last day, and stepping down."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.programme import stepping_down
from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, IfMatch, Supporter
from app.routers.docs import problems
from app.supporters import endings
from app.supporters import service as supporters
from app.supporters.ending_schemas import ExpectedEndOut, ExpectedEndUpdate, StepDown

router = APIRouter(prefix="/v1/supporters", tags=["succession"])
READ = problems(not_modified=True)


@router.get("/me/expected-end", summary="Your last day", response_model=ExpectedEndOut, responses=READ)
async def get_my_expected_end(request: Request, caller: Supporter) -> Response:
    """As you or a coordinator said it."""
    return replies.shown(request, await caller.read(lambda s, a: endings.shown(s, endings.own(s, a))))


@router.patch("/me/expected-end", summary="Say your last day", response_model=ExpectedEndOut, responses=problems(409))
async def update_my_expected_end(
    body: ExpectedEndUpdate, request: Request, caller: Supporter, version: IfMatch
) -> Response:
    """Such as the day on which you graduate. Rosters have nobody in your place from the next day on, and say so weeks
    ahead; 120 days before, you and the coordinators are told. Null takes it back. Needs If-Match."""
    found = await caller.write(lambda s, a: endings.update(s, a, endings.own(s, a, lock=True), body, version=version))
    return replies.shown(request, found)


@router.post(
    "/me/step-down",
    status_code=200,
    summary="Step down",
    response_model=ExpectedEndOut,
    responses=problems(409),
)
async def step_down(body: StepDown, caller: Supporter, idempotency_key: IdempotencyKeyHeader = None) -> Response:
    """No reason is asked. With a last day nobody new is handed to you from now on, and you keep whom you have until
    then; without one it ends at once: your shifts are free, and whoever you were in touch with is somebody else's. Then
    this sign-in ends, unless you have another role. What you promised about confidentiality goes on. Needs an
    Idempotency-Key."""
    reply = await caller.once(
        idempotency_key, body, lambda s, a: stepping_down.step_down(s, a, endings.own(s, a), body), status=200
    )
    return replies.replied(reply)


@router.get(
    "/{supporter_id}/expected-end", summary="A supporter's last day", response_model=ExpectedEndOut, responses=READ
)
async def get_expected_end(supporter_id: uuid.UUID, request: Request, caller: Coordinator) -> Response:
    """As they or a coordinator said it."""
    found = await caller.read(lambda s, a: endings.shown(s, supporters.find(s, a, supporter_id)))
    return replies.shown(request, found)


@router.patch(
    "/{supporter_id}/expected-end",
    summary="Say a supporter's last day",
    response_model=ExpectedEndOut,
    responses=problems(409),
)
async def update_expected_end(
    supporter_id: uuid.UUID, body: ExpectedEndUpdate, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """As they told you. Needs If-Match."""
    found = await caller.write(
        lambda s, a: endings.update(s, a, supporters.find(s, a, supporter_id, lock=True), body, version=version)
    )
    return replies.shown(request, found)


@router.post(
    "/{supporter_id}/step-down",
    status_code=200,
    summary="Let a supporter step down",
    response_model=ExpectedEndOut,
    responses=problems(409),
)
async def step_down_supporter(
    supporter_id: uuid.UUID, body: StepDown, caller: Coordinator, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """As they asked you to, on a last day or at once. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: stepping_down.step_down(s, a, supporters.find(s, a, supporter_id), body),
        status=200,
    )
    return replies.replied(reply)
