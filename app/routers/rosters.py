"""Rosters: what one would give, those that are kept, who is on call."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.rosters import service as rosters
from app.rosters.fields import InstantText, WholeMinute
from app.rosters.rendering import render
from app.rosters.schemas import PreviewRequest, RenderingOut
from app.rosters.stored import OnCallOut, RosterCreate, RosterOut, RosterPage
from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, ListingOf, RosterReader, SchoolPath
from app.routers.docs import problems
from app.routers.polled import Polled

router = APIRouter(prefix="/v1/schools/{school}/rosters", tags=["rosters"])
polled = APIRouter(prefix=router.prefix, tags=["rosters"], route_class=Polled)


@router.post(
    "/preview",
    summary="What a roster would give",
    responses=problems(),
)
async def preview_roster(school: SchoolPath, body: PreviewRequest, caller: Coordinator) -> RenderingOut:
    """Renders a definition for a window and stores nothing. Participants may be any strings."""
    await caller.read(lambda _s, actor: actor.person_id)
    return RenderingOut.of(render(body.roster.to_definition(), body.window.to_definition()))


@router.post(
    "",
    status_code=201,
    summary="Keep a roster",
    response_model=RosterOut,
    responses=problems(409),
)
async def create_roster(
    school: SchoolPath, body: RosterCreate, caller: Coordinator, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Participants are ids of people of the school. One roster for each line and level. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, actor: rosters.create(s, actor, body),
        location=lambda made: f"/v1/schools/{school}/rosters/{made.id}",
    )
    return replies.replied(reply)


@router.get(
    "",
    summary="The school's rosters",
    response_model=RosterPage,
    responses=problems(not_modified=True),
)
async def list_rosters(school: SchoolPath, request: Request, caller: RosterReader, listing: ListingOf) -> Response:
    """In the order in which they were made."""
    found = await caller.read(lambda s, actor: rosters.page(s, actor, listing.request(s)))
    return replies.page(request, found)


@router.get(
    "/{roster_id}",
    summary="A roster",
    response_model=RosterOut,
    responses=problems(not_modified=True),
)
async def get_roster(school: SchoolPath, roster_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """Its definition and overrides."""
    found = await caller.read(lambda s, actor: rosters.get(s, actor, roster_id))
    return replies.shown(request, found)


@polled.get(
    "/{roster_id}/on-call",
    summary="Who is on call",
    response_model=OnCallOut,
    responses=problems(not_modified=True),
)
async def get_on_call(
    school: SchoolPath,
    roster_id: uuid.UUID,
    request: Request,
    caller: RosterReader,
    at: Annotated[InstantText | None, Query(description="An instant with its offset; now when absent.")] = None,
) -> Response:
    """Nobody is an answer too: an empty list, not a 404."""
    found, request.state.actor = await caller.read(
        lambda s, actor: (rosters.on_call(s, actor, roster_id, at=at), actor)
    )
    return replies.shown(request, found)


@router.get(
    "/{roster_id}/shifts",
    summary="Who is on call when",
    response_model=RenderingOut,
    responses=problems(not_modified=True),
)
async def list_shifts(
    school: SchoolPath,
    roster_id: uuid.UUID,
    request: Request,
    caller: RosterReader,
    start: Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")],
    end: Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 400 days on.")],
) -> Response:
    """Segments that tile the window, its gaps, and minutes for each person."""
    found = await caller.read(lambda s, actor: rosters.shifts(s, actor, roster_id, start=start, end=end))
    return replies.shown(request, found)
