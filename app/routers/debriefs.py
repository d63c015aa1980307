"""A talk after something urgent: offered to supporters, who take it or not; and for the advisers whom they ask."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.programme import debriefs
from app.programme.debrief_schemas import DebriefAskedPage, DebriefOut, DebriefPage, DebriefTake
from app.routers import replies
from app.routers.callers import Caller, Guard, ListingOf, Supporter
from app.routers.docs import problems

router = APIRouter(prefix="/v1", tags=["pauses"])
Talking = Annotated[Caller, Depends(Guard(*debriefs.TALKING))]
READ = problems(not_modified=True)


@router.get("/supporters/me/debriefs", summary="Talks you are offered", response_model=DebriefPage, responses=READ)
async def list_my_debriefs(request: Request, caller: Supporter, listing: ListingOf) -> Response:
    """After something urgent, the newest hour first. Nobody sees what you make of them."""
    return replies.page(request, await caller.read(lambda s, a: debriefs.page(s, a, listing.request(s))))


@router.post("/supporters/me/debriefs/{debrief_id}/take", summary="Take a talk", responses=problems(409))
async def take_my_debrief(debrief_id: uuid.UUID, body: DebriefTake, caller: Supporter) -> DebriefOut:
    """Say when it suits you. Whoever it is with is told. Saying it again changes the time."""
    return await caller.write(lambda s, a: debriefs.take(s, a, debrief_id, body))


@router.post("/supporters/me/debriefs/{debrief_id}/decline", summary="Decline a talk", responses=problems(409))
async def decline_my_debrief(debrief_id: uuid.UUID, caller: Supporter) -> DebriefOut:
    """No reason is asked, and nobody is told. Doing it twice changes nothing."""
    return await caller.write(lambda s, a: debriefs.decline(s, a, debrief_id))


@router.get("/debriefs", summary="Who would like to talk", response_model=DebriefAskedPage, responses=READ)
async def list_debriefs(request: Request, caller: Talking, listing: ListingOf) -> Response:
    """With you. Coordinators also see those for whom nobody was on call, or whose adviser is there no more."""
    return replies.page(request, await caller.read(lambda s, a: debriefs.asked(s, a, listing.request(s))))
