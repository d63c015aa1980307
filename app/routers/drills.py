"""Drills: test pages, and who answered them."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.core.schemas import InputModel
from app.paging import drills
from app.paging.drill_schemas import DrillOut, DrillPageOut
from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, ListingOf, Planner, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/drills", tags=["drills"])
READ = problems(not_modified=True)
# There is nothing to say of a drill but that it begins.
NOTHING = InputModel()


@router.post("", status_code=201, summary="Start a drill", response_model=DrillOut, responses=problems(409))
async def create_drill(
    school: SchoolPath, caller: Coordinator, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """A test page for everybody who is on duty in the next seven days, marked `drill`. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        NOTHING,
        lambda s, a: drills.start(s, a),
        location=lambda made: f"/v1/schools/{school}/drills/{made.id}",
    )
    return replies.replied(reply)


@router.get("", summary="The school's drills", response_model=DrillPageOut, responses=READ)
async def list_drills(school: SchoolPath, request: Request, caller: Planner, listing: ListingOf) -> Response:
    """Newest first. There is one each Tuesday morning, unless the school has switched that off."""
    return replies.page(request, await caller.read(lambda s, a: drills.page(s, a, listing.request(s))))


@router.get("/{drill_id}", summary="Who answered a drill", response_model=DrillOut, responses=READ)
async def get_drill(school: SchoolPath, drill_id: uuid.UUID, request: Request, caller: Planner) -> Response:
    """And in what time. Who did not, and whose pager took nothing, come first."""
    return replies.shown(request, await caller.read(lambda s, a: drills.get(s, a, drill_id)))
