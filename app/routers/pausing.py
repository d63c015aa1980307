"""For supporters: pausing, at once and without a reason, and being back."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.programme import pauses, pausing
from app.programme.pausing_schemas import PauseCreate, PauseMade, PausePage, ResumeCreate, ResumeOut
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, Supporter
from app.routers.docs import problems

router = APIRouter(prefix="/v1/supporters", tags=["pauses"])


@router.post("/me/pauses", status_code=201, summary="Pause", response_model=PauseMade, responses=problems())
async def create_my_pause(
    body: PauseCreate, caller: Supporter, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """It counts when this answers: no approval, no reason. No shift and no new contact is yours from then on, and
    whoever you are in touch with is looked after. Asking for advice stays open. Whoever is paused already is paused
    for longer, where they ask for more, and never for less. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: pausing.pause(s, actor, body))
    return replies.replied(reply)


@router.get("/me/pauses", summary="Your pauses", response_model=PausePage, responses=problems(not_modified=True))
async def list_my_pauses(request: Request, caller: Supporter, listing: ListingOf) -> Response:
    """The newest first. What is over is forgotten after four weeks."""
    return replies.page(request, await caller.read(lambda s, actor: pauses.page_of_own(s, actor, listing.request(s))))


@router.post("/me/resume", summary="Be back", responses=problems())
async def resume_supporting(body: ResumeCreate, caller: Supporter) -> ResumeOut:
    """Yours to decide: nobody else ends your own pause. Doing it twice changes nothing. A pause that is to begin on
    another day stays; it is called off as an absence."""
    return await caller.write(lambda s, actor: pausing.resume(s, actor, body))
