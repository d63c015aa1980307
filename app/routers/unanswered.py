"""What nobody answered, for those who plan: look into it, and say what was found."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.paging import reviews
from app.paging.reviews import ReviewCreate, UnansweredOut, UnansweredPage
from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, ListingOf, Planner, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/unanswered", tags=["escalation policies"])
READ = problems(not_modified=True)


@router.get("", summary="What everybody was asked about in vain", response_model=UnansweredPage, responses=READ)
async def list_unanswered(
    school: SchoolPath,
    request: Request,
    caller: Planner,
    listing: ListingOf,
    reviewed: Annotated[bool | None, Query(description="Only those that somebody has looked into, or has not.")] = None,
) -> Response:
    """Newest first, by the hour, and nothing of what they are about. What is kept from somebody is not among them."""
    found = await caller.read(lambda s, a: reviews.page(s, a, listing.request(s), reviewed=reviewed))
    return replies.page(request, found)


@router.get("/{escalation_id}", summary="One that nobody answered", response_model=UnansweredOut, responses=READ)
async def get_unanswered(school: SchoolPath, escalation_id: uuid.UUID, request: Request, caller: Planner) -> Response:
    """Where it stands, and what those who looked into it found."""
    return replies.shown(request, await caller.read(lambda s, a: reviews.get(s, a, escalation_id)))


@router.post(
    "/{escalation_id}/close",
    summary="Say why nobody answered",
    response_model=UnansweredOut,
    responses=problems(409),
)
async def close_unanswered(
    school: SchoolPath,
    escalation_id: uuid.UUID,
    body: ReviewCreate,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """Only a person ends what was asked in vain, and says why. They can be answered yet. Needs If-Match."""
    found = await caller.write(lambda s, a: reviews.close(s, a, escalation_id, body, version=version))
    return replies.shown(request, found)
