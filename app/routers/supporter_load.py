"""For supporters and coordinators: what somebody carries, and the limits that hold them to less."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, Supporter
from app.routers.docs import problems
from app.supporters import limits, load
from app.supporters.load_schemas import LimitsOut, LimitsUpdate, SupporterLoadOut

router = APIRouter(prefix="/v1/supporters", tags=["pauses"])
READ = problems(not_modified=True)


@router.get("/me/load", summary="What you carry", response_model=SupporterLoadOut, responses=READ)
async def get_my_load(request: Request, caller: Supporter) -> Response:
    """Contacts, hours, nights, rest, and what you have declared, with the limits that hold."""
    return replies.shown(request, await caller.read(load.of_own))


@router.get("/me/limits", summary="Your limits", response_model=LimitsOut, responses=READ)
async def get_my_limits(request: Request, caller: Supporter) -> Response:
    """What may be given to you: the school's limits, or lower ones of your own."""
    return replies.shown(request, await caller.read(limits.of_own))


@router.patch("/me/limits", summary="Take on less", response_model=LimitsOut, responses=problems())
async def update_my_limits(body: LimitsUpdate, request: Request, caller: Supporter, version: IfMatch) -> Response:
    """Counts from the next offer on: what you have stays yours. Never above the school's. Needs If-Match."""
    return replies.shown(request, await caller.write(lambda s, a: limits.update_own(s, a, body, version=version)))


@router.get("/{supporter_id}/load", summary="What a supporter carries", response_model=SupporterLoadOut, responses=READ)
async def get_supporter_load(supporter_id: uuid.UUID, request: Request, caller: Coordinator) -> Response:
    """As they see it themselves. Nothing in it says whether they pause, or why they are away."""
    return replies.shown(request, await caller.read(lambda s, a: load.of(s, a, supporter_id)))


@router.get("/{supporter_id}/limits", summary="A supporter's limits", response_model=LimitsOut, responses=READ)
async def get_supporter_limits(supporter_id: uuid.UUID, request: Request, caller: Coordinator) -> Response:
    """What may be given to them."""
    return replies.shown(request, await caller.read(lambda s, a: limits.of(s, a, supporter_id)))


@router.patch("/{supporter_id}/limits", summary="Give a supporter less", response_model=LimitsOut, responses=problems())
async def update_supporter_limits(
    supporter_id: uuid.UUID, body: LimitsUpdate, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """Lower than it is, never higher: raising it again is theirs. Needs If-Match."""
    found = await caller.write(lambda s, a: limits.update(s, a, supporter_id, body, version=version))
    return replies.shown(request, found)
