"""For whoever is paged: the pages, the brief, and the answer. Acknowledging is always a POST."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.briefs import outcomes
from app.briefs import service as briefs
from app.briefs.schemas import Brief, HandOverCreate, NoteCreate, NoteOut, ReplyCreate, ReplyOut
from app.paging import answering
from app.paging.schemas import AckOut, PageOut, PagePage
from app.reports.handling_schemas import OutcomeCreate, OutcomeOut
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, Paged, ShowHidden
from app.routers.docs import problems

router = APIRouter(prefix="/v1", tags=["pages"])


@router.get(
    "/me/pages",
    summary="Pages for you",
    response_model=PagePage,
    responses=problems(not_modified=True),
)
async def list_my_pages(request: Request, caller: Paged, listing: ListingOf) -> Response:
    """Newest first, without what they are about."""
    found = await caller.read(lambda s, actor: answering.page_of_pages(s, actor, listing.request(s)))
    return replies.page(request, found)


@router.get(
    "/pages/{page_id}",
    summary="The brief of a page",
    response_model=Brief,
    responses=problems(409, not_modified=True),
)
async def get_page(page_id: uuid.UUID, request: Request, caller: Paged, show_hidden: ShowHidden = False) -> Response:
    """What you were paged for: the words and the thread, never an identity. Reading a report is recorded."""
    found = await caller.write(lambda s, actor: briefs.read(s, actor, page_id, show_hidden=show_hidden))
    return replies.shown(request, found, versioned=found.kept_back())


@router.post("/pages/{page_id}/ack", summary="Acknowledge a page", responses=problems(409))
async def acknowledge_page(page_id: uuid.UUID, caller: Paged) -> AckOut:
    """The first person holds it; the second learns that it is taken. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: answering.acknowledge(s, actor, page_id))


@router.post("/pages/{page_id}/decline", summary="Decline a page", responses=problems(409))
async def decline_page(page_id: uuid.UUID, caller: Paged) -> PageOut:
    """No reason is asked. The next person is paged at once. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: answering.decline(s, actor, page_id))


@router.post(
    "/pages/{page_id}/reply",
    status_code=201,
    summary="Answer whoever asked",
    response_model=ReplyOut,
    responses=problems(409),
)
async def reply_to_page(
    page_id: uuid.UUID, body: ReplyCreate, caller: Paged, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Goes to the reporter or the supporter, and ends the paging. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: briefs.reply(s, actor, page_id, body))
    return replies.replied(reply)


@router.post(
    "/pages/{page_id}/notes",
    status_code=201,
    summary="Leave a note on what you hold",
    response_model=NoteOut,
    responses=problems(409),
)
async def create_page_note(
    page_id: uuid.UUID, body: NoteCreate, caller: Paged, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """For whoever has it after you, never for whoever asked. Until you answer, it keeps it yours for another hour, or
    as the school's policy says. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: briefs.note(s, actor, page_id, body))
    return replies.replied(reply)


@router.post("/pages/{page_id}/hand-over", summary="Hand over what you hold", responses=problems(409))
async def hand_over_page(page_id: uuid.UUID, body: HandOverCreate, caller: Paged) -> PageOut:
    """At the end of your shift, or when you cannot go on: those who are on now are asked, and you are not. You can read
    it for another 24 hours. Also after you have answered. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: briefs.hand_over(s, actor, page_id, body))


@router.post(
    "/pages/{page_id}/outcomes",
    status_code=201,
    summary="Record what came of the report behind a page",
    response_model=OutcomeOut,
    responses=problems(409),
)
async def create_page_outcome(
    page_id: uuid.UUID, body: OutcomeCreate, caller: Paged, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """By whoever has taken it on or answered it. `misuse` is for triagers. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: outcomes.record(s, actor, page_id, body))
    return replies.replied(reply)


@router.post(
    "/pages/{page_id}/close",
    summary="Close the report behind a page",
    response_model=Brief,
    responses=problems(409),
)
async def close_page(page_id: uuid.UUID, request: Request, caller: Paged, version: IfMatch) -> Response:
    """For an independent handler who has taken a report on: nobody else can close it. Needs If-Match, of the brief.

    Ends the conversation, once an outcome is recorded; exact times are cut to the hour then.
    """
    found = await caller.write(lambda s, actor: briefs.close(s, actor, page_id, version=version))
    return replies.shown(request, found)
