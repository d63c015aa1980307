"""For coordinators: asking a supporter to pause, after a conversation. For sponsors: saying whether it stays."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.programme import pause_appeals, pauses, pausing
from app.programme.pausing_schemas import (
    AppealCreate,
    AppealDecide,
    PauseAppeal,
    PauseAppealPage,
    PauseOut,
    PausePage,
    ProgrammePause,
)
from app.routers import replies
from app.routers.callers import Caller, Coordinator, Guard, IdempotencyKeyHeader, ListingOf, Supporter
from app.routers.docs import problems
from app.vocabulary import Role

router = APIRouter(prefix="/v1", tags=["pauses"])
Sponsor = Annotated[Caller, Depends(Guard(Role.SPONSOR))]


@router.post(
    "/supporters/{supporter_id}/pauses",
    status_code=201,
    summary="Ask a supporter to pause",
    response_model=PauseOut,
    responses=problems(409),
)
async def create_supporter_pause(
    supporter_id: uuid.UUID, body: ProgrammePause, caller: Coordinator, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """After a conversation, and with what was said in it. It counts at once and does what every pause does; they are
    told, and can appeal to a sponsor. A coordinator ends it by its absence. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, a: pausing.pause_for_programme(s, a, supporter_id, body))
    return replies.replied(reply)


@router.get(
    "/supporters/{supporter_id}/pauses",
    summary="Whether a supporter pauses",
    response_model=PausePage,
    responses=problems(not_modified=True),
)
async def list_supporter_pauses(
    supporter_id: uuid.UUID, request: Request, caller: Coordinator, listing: ListingOf
) -> Response:
    """What goes on now: until when if they have said so, and a reason where they share one."""
    found = await caller.read(lambda s, a: pauses.page_of_supporter(s, a, supporter_id, listing.request(s)))
    return replies.page(request, found)


@router.post(
    "/supporters/me/pauses/{pause_id}/appeal",
    summary="Appeal against a pause",
    response_model=PauseOut,
    responses=problems(409),
)
async def appeal_my_pause(
    pause_id: uuid.UUID, body: AppealCreate, caller: Supporter, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """That the programme asked for. A sponsor decides, and never whoever asked for it. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key, body, lambda s, a: pause_appeals.appeal(s, a, pause_id, body), status=200
    )
    return replies.replied(reply)


@router.get(
    "/pause-appeals",
    summary="Appeals against pauses",
    response_model=PauseAppealPage,
    responses=problems(not_modified=True),
)
async def list_pause_appeals(request: Request, caller: Sponsor, listing: ListingOf) -> Response:
    """That wait for a sponsor, the oldest first; not against a pause that you have asked for."""
    return replies.page(request, await caller.write(lambda s, a: pause_appeals.page(s, a, listing.request(s))))


@router.post("/pause-appeals/{pause_id}/decide", summary="Decide an appeal", responses=problems(409))
async def decide_pause_appeal(pause_id: uuid.UUID, body: AppealDecide, caller: Sponsor) -> PauseAppeal:
    """The pause stays, or is over at once. The supporter and whoever asked for it are told. Doing it twice changes
    nothing."""
    return await caller.write(lambda s, a: pause_appeals.decide(s, a, pause_id, body))
