"""Expressions of interest: without an account; and for the coordinators who write to those people."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from app.core import clock, crypto
from app.core.db import Session
from app.core.problems import IdempotencyKeyInvalid, NotFound
from app.idempotency import service as idempotency
from app.idempotency.service import Once, Reply
from app.programme import interests
from app.programme.interest_schemas import (
    InterestCodeOnly,
    InterestCreate,
    InterestCreated,
    InterestOut,
    InterestPage,
    InterestTakenBack,
)
from app.routers import replies
from app.routers.callers import Coordinator, KeyText, ListingOf, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import runtime_of

router = APIRouter(prefix="/v1", tags=["supporters"])
OF_A_SCHOOL = "/schools/{school}/expressions-of-interest"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@router.post(
    OF_A_SCHOOL,
    status_code=201,
    summary="Say that you are interested",
    response_model=InterestCreated,
    responses=problems(409, 503),
    dependencies=[Depends(anonymous_limit)],
)
async def create_interest(
    school: SchoolPath,
    body: InterestCreate,
    request: Request,
    idempotency_key: Annotated[
        KeyText | None,
        Header(
            alias="Idempotency-Key",
            description="Optional, a random UUID: a retry gets the same code until it is first used, for 24 hours.",
        ),
    ] = None,
) -> Response:
    """No account, and nothing of the caller is read, kept or logged but what you write, which is sealed. It enrols
    nobody. At a school without a programme it is a suggestion to begin one. The answer holds the only code to it."""
    now, path = clock.now(), request.url.path
    key = None if idempotency_key is None else idempotency.parse_key(idempotency_key)
    if key is not None and not _UUID.fullmatch(key):
        raise IdempotencyKeyInvalid("Here the key is a secret: use a random UUID.")

    def run(session: Session) -> Reply:
        codes: list[str] = []

        def effect() -> Reply:
            made = interests.receive(session, school, body, now=now)
            codes.append(made.interest_code)
            return Reply(201, made.model_dump_json().encode())

        if key is None:
            return effect()
        once = Once(
            key_hash=interests.key_hash(session, path, key),
            fingerprint=idempotency.fingerprint("POST", path, body.model_dump(mode="json", exclude_unset=True)),
            # Only whoever has the key can open the kept answer.
            sealing_key=crypto.derive(key.lower().encode(), "interest reply"),
        )
        return idempotency.do_once(
            session,
            once,
            effect,
            now=now,
            ends_with=lambda: interests.replay_end_hash(session, codes[0]) if codes else None,
        )

    return replies.replied(await runtime_of(request).db.write(run))


@router.post(
    "/expressions-of-interest/take-back",
    summary="Take your interest back",
    response_model=InterestTakenBack,
    responses=problems(404, 503),
)
async def take_back_interest(body: InterestCodeOnly, request: Request) -> Response:
    """With its code, at any time and at once: it is erased when this answers, with how to reach you.

    A code that was never given and one whose interest is gone get one and the same 404. Many wrong ones make every
    answer slower for a while; none is refused.
    """
    runtime = runtime_of(request)
    await asyncio.sleep(runtime.interest_codes.seconds)
    try:
        return replies.unkept(await runtime.db.write(lambda s: interests.take_back(s, body.code)))
    except NotFound:
        runtime.interest_codes.failed()
        raise


@router.get(
    OF_A_SCHOOL,
    summary="Who is interested",
    response_model=InterestPage,
    responses=problems(not_modified=True),
)
async def list_interests(school: SchoolPath, request: Request, caller: Coordinator, listing: ListingOf) -> Response:
    """The oldest hour first, with how to reach each. What was taken back, closed, or is past its time is not there."""
    return replies.page(request, await caller.read(lambda s, a: interests.page(s, a, listing.request(s))))


@router.post(f"{OF_A_SCHOOL}/{{interest_id}}/invite", summary="Say that you have written", responses=problems())
async def invite_interested(school: SchoolPath, interest_id: uuid.UUID, caller: Coordinator) -> InterestOut:
    """The product sends no message: you write to them, and it is erased 28 days from now. Doing it twice changes
    nothing."""
    return await caller.write(lambda s, a: interests.invite(s, a, interest_id))


@router.post(
    f"{OF_A_SCHOOL}/{{interest_id}}/close",
    status_code=204,
    summary="Close an expression of interest",
    responses=problems(),
)
async def close_interest(school: SchoolPath, interest_id: uuid.UUID, caller: Coordinator) -> Response:
    """It is erased at once. No reason is asked, and none is kept."""
    await caller.write(lambda s, a: interests.close(s, a, interest_id))
    return Response(status_code=204, headers=replies.NO_STORE)
