"""Supporters: one's own standing and what one has signed; and the programme, for those who keep it."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, IfMatch, ListingOf, OfASchool, Supporter
from app.routers.docs import problems
from app.supporters import keeping, own
from app.supporters.schemas import (
    ListingUpdate,
    ProgrammeSupporterOut,
    SignatureCreate,
    SignatureOut,
    SignaturePage,
    SupporterMe,
    SupporterPage,
)
from app.vocabulary.selection import BindingText
from app.vocabulary.supporters import SupporterStatus

router = APIRouter(prefix="/v1/supporters", tags=["supporters"])
READ = problems(not_modified=True)


@router.get(
    "/me",
    summary="Where you stand in the programme",
    response_model=SupporterMe,
    responses=problems(404, not_modified=True),
)
async def get_my_standing(request: Request, caller: OfASchool) -> Response:
    """Also for somebody who applies, or has left the programme; 404 for anybody else. `owed` is what is still to be
    done before a coordinator can make you active, and `asked_version` what you would say yes to."""
    return replies.shown(request, await caller.read(own.show))


@router.patch("/me", summary="Change how peers find you", response_model=SupporterMe, responses=problems(404))
async def update_my_listing(body: ListingUpdate, request: Request, caller: Supporter, version: IfMatch) -> Response:
    """What is left out stays. You are in no list unless you say so, and nowhere by name. Needs If-Match."""
    return replies.shown(request, await caller.write(lambda s, a: own.update(s, a, body, version=version)))


@router.get("/me/agreements", summary="What you have signed", response_model=SignaturePage, responses=READ)
async def list_my_agreements(request: Request, caller: OfASchool, listing: ListingOf) -> Response:
    """The newest first: agreements and role cards, each with its day. Also after you have left: they stay."""
    return replies.page(request, await caller.read(lambda s, a: own.signed(s, a, listing.request(s))))


@router.post(
    "/me/agreements",
    status_code=201,
    summary="Sign the confidentiality agreement",
    response_model=SignatureOut,
    responses=problems(404, 409),
)
async def sign_agreement(
    body: SignatureCreate, caller: Supporter, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """As it stands in the school's `selection-criteria`. What you promise goes on when you leave (STUDY P03), and a new
    version asks you again. Needs an Idempotency-Key."""
    work = await caller.once(idempotency_key, body, lambda s, a: own.sign(s, a, BindingText.AGREEMENT, body))
    return replies.replied(work)


@router.post(
    "/me/role-card-acceptances",
    status_code=201,
    summary="Accept the role card",
    response_model=SignatureOut,
    responses=problems(404, 409),
)
async def accept_role_card(
    body: SignatureCreate, caller: Supporter, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """What a supporter can and cannot do here, as the school's card says it (STUDY I13). When it changes you have 28
    days for the new one. Needs an Idempotency-Key."""
    work = await caller.once(idempotency_key, body, lambda s, a: own.sign(s, a, BindingText.ROLE_CARD, body))
    return replies.replied(work)


@router.get("", summary="The school's supporters", response_model=SupporterPage, responses=READ)
async def list_supporters(
    request: Request,
    caller: Coordinator,
    listing: ListingOf,
    status: Annotated[SupporterStatus | None, Query(description="Only those who stand there.")] = None,
) -> Response:
    """In training, active, stepping down, or gone. Whoever applies, or did not go on, is not among them; nor is a
    pause."""
    return replies.page(request, await caller.read(lambda s, a: keeping.page(s, a, listing.request(s), status=status)))


@router.get("/{supporter_id}", summary="A supporter", response_model=ProgrammeSupporterOut, responses=READ)
async def get_supporter(supporter_id: uuid.UUID, request: Request, caller: Coordinator) -> Response:
    """Where they stand, and what they still owe before they are active."""
    return replies.shown(request, await caller.read(lambda s, a: keeping.get(s, a, supporter_id)))


@router.post(
    "/{supporter_id}/activate",
    summary="Make a supporter active",
    response_model=ProgrammeSupporterOut,
    responses=problems(409),
)
async def activate_supporter(
    supporter_id: uuid.UUID, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """From now on they may be given contacts and shifts. Refused with `supporter_not_ready` while something is owed:
    `errors` names the agreement, the role card or the training. Needs If-Match."""
    done = await caller.write(lambda s, a: keeping.activate(s, a, supporter_id, version=version))
    return replies.shown(request, done)


@router.post(
    "/{supporter_id}/return-to-training",
    summary="Let somebody come back",
    response_model=ProgrammeSupporterOut,
    responses=problems(409),
)
async def return_to_training(
    supporter_id: uuid.UUID, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """Of somebody who had left the programme: they have the role again, and train. Needs If-Match."""
    done = await caller.write(lambda s, a: keeping.return_to_training(s, a, supporter_id, version=version))
    return replies.shown(request, done)
