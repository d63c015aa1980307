"""Members: one's own shifts, being away, giving shifts away, taking them, exchanging them."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.programme import being_away
from app.rosters import absences, my_shifts, offers, swaps
from app.rosters.fields import WholeMinute
from app.rosters.shift_schemas import (
    AbsenceCreate,
    AbsenceCreated,
    AbsenceOut,
    AbsencePage,
    AbsenceUpdate,
    MyShiftList,
    ShiftOfferCreate,
    ShiftOfferOut,
    ShiftOfferPage,
    ShiftSwapCreate,
    ShiftSwapOut,
    ShiftSwapPage,
)
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, RosterReader, SchoolPath
from app.routers.docs import problems
from app.vocabulary import OfferState

router = APIRouter(prefix="/v1", tags=["shifts"])
OFFERS = "/schools/{school}/shift-offers"
SWAPS = "/schools/{school}/swaps"
ABSENCES = "/schools/{school}/absences"
READ = problems(not_modified=True)


@router.get("/me/shifts", summary="Your shifts", response_model=MyShiftList, responses=READ)
async def list_my_shifts(
    request: Request,
    caller: RosterReader,
    start: Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")],
    end: Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 400 days on.")],
) -> Response:
    """On all rosters of your school: past ones as they were, and those to come."""
    found = await caller.read(lambda s, a: my_shifts.of_actor(s, a, start=start, end=end))
    return replies.shown(request, found)


@router.post(ABSENCES, status_code=201, summary="Be away", response_model=AbsenceCreated, responses=problems(409))
async def create_absence(
    school: SchoolPath, body: AbsenceCreate, caller: RosterReader, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Leave, exams, placement: it counts at once, and nobody has to approve it. The answer says which shifts nobody has
    now. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: being_away.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/absences/{made.id}",
    )
    return replies.replied(reply, versioned=AbsenceOut)


@router.get(ABSENCES, summary="Who is away", response_model=AbsencePage, responses=READ)
async def list_absences(school: SchoolPath, request: Request, caller: RosterReader, listing: ListingOf) -> Response:
    """Your own; coordinators see those of others that go on or are to come, and nothing of what is over."""
    return replies.page(request, await caller.read(lambda s, a: absences.page(s, a, listing.request(s))))


@router.get(f"{ABSENCES}/{{absence_id}}", summary="An absence", response_model=AbsenceOut, responses=READ)
async def get_absence(school: SchoolPath, absence_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """From when to when, and of which kind."""
    return replies.shown(request, await caller.read(lambda s, a: absences.get(s, a, absence_id)))


@router.patch(
    f"{ABSENCES}/{{absence_id}}", summary="Be back sooner or later", response_model=AbsenceOut, responses=problems(409)
)
async def update_absence(
    school: SchoolPath,
    absence_id: uuid.UUID,
    body: AbsenceUpdate,
    request: Request,
    caller: RosterReader,
    version: IfMatch,
) -> Response:
    """When it ends. Needs If-Match."""
    found = await caller.write(lambda s, a: absences.update(s, a, absence_id, body, version=version))
    return replies.shown(request, found)


@router.delete(
    f"{ABSENCES}/{{absence_id}}",
    status_code=204,
    summary="Be back now",
    response_class=Response,
    responses=problems(409),
)
async def delete_absence(school: SchoolPath, absence_id: uuid.UUID, caller: RosterReader, version: IfMatch) -> Response:
    """One that has not begun is called off. Needs If-Match."""
    await caller.write(lambda s, a: absences.remove(s, a, absence_id, version=version))
    return Response(status_code=204)


@router.post(
    OFFERS, status_code=201, summary="Give a shift away", response_model=ShiftOfferOut, responses=problems(409)
)
async def create_shift_offer(
    school: SchoolPath, body: ShiftOfferCreate, caller: RosterReader, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """It stays yours until somebody takes it. A coordinator may offer time that nobody has. Needs an
    Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: offers.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/shift-offers/{made.id}",
    )
    return replies.replied(reply)


@router.get(OFFERS, summary="Shifts on offer", response_model=ShiftOfferPage, responses=READ)
async def list_shift_offers(
    school: SchoolPath,
    request: Request,
    caller: RosterReader,
    listing: ListingOf,
    state: Annotated[OfferState | None, Query(description="Only those in this state.")] = None,
) -> Response:
    """The newest first."""
    found = await caller.read(lambda s, a: offers.page(s, a, listing.request(s), state=state))
    return replies.page(request, found)


@router.get(f"{OFFERS}/{{offer_id}}", summary="An offer", response_model=ShiftOfferOut, responses=READ)
async def get_shift_offer(school: SchoolPath, offer_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """Where the shift lies now, and who has it."""
    return replies.shown(request, await caller.read(lambda s, a: offers.get(s, a, offer_id)))


@router.post(
    f"{OFFERS}/{{offer_id}}/take", summary="Take a shift", response_model=ShiftOfferOut, responses=problems(409)
)
async def take_shift_offer(school: SchoolPath, offer_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """Of several who try at once, one has it. What protects you may stand in the way: each reason is told."""
    return replies.shown(request, await caller.write(lambda s, a: offers.take(s, a, offer_id)))


@router.post(
    f"{OFFERS}/{{offer_id}}/hand-back",
    summary="Hand a shift back",
    response_model=ShiftOfferOut,
    responses=problems(409),
)
async def hand_back_shift_offer(
    school: SchoolPath, offer_id: uuid.UUID, request: Request, caller: RosterReader
) -> Response:
    """What is left of one that you took: it is the giver's again, and on offer."""
    return replies.shown(request, await caller.write(lambda s, a: offers.hand_back(s, a, offer_id)))


@router.post(
    f"{OFFERS}/{{offer_id}}/withdraw",
    summary="Keep a shift after all",
    response_model=ShiftOfferOut,
    responses=problems(409),
)
async def withdraw_shift_offer(
    school: SchoolPath, offer_id: uuid.UUID, request: Request, caller: RosterReader
) -> Response:
    """As long as nobody has taken it. A coordinator may withdraw any."""
    return replies.shown(request, await caller.write(lambda s, a: offers.withdraw(s, a, offer_id)))


@router.post(
    SWAPS, status_code=201, summary="Propose to exchange shifts", response_model=ShiftSwapOut, responses=problems(409)
)
async def create_swap(
    school: SchoolPath, body: ShiftSwapCreate, caller: RosterReader, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Nothing changes until the other person accepts. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: swaps.propose(s, a, body),
        location=lambda made: f"/v1/schools/{school}/swaps/{made.id}",
    )
    return replies.replied(reply)


@router.get(SWAPS, summary="Exchanges that you have a part in", response_model=ShiftSwapPage, responses=READ)
async def list_swaps(school: SchoolPath, request: Request, caller: RosterReader, listing: ListingOf) -> Response:
    """The newest first."""
    return replies.page(request, await caller.read(lambda s, a: swaps.page(s, a, listing.request(s))))


@router.get(f"{SWAPS}/{{swap_id}}", summary="An exchange", response_model=ShiftSwapOut, responses=READ)
async def get_swap(school: SchoolPath, swap_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """Who gives what to whom."""
    return replies.shown(request, await caller.read(lambda s, a: swaps.get(s, a, swap_id)))


@router.post(
    f"{SWAPS}/{{swap_id}}/accept", summary="Accept an exchange", response_model=ShiftSwapOut, responses=problems(409)
)
async def accept_swap(school: SchoolPath, swap_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """Both shifts change hands, or neither."""
    return replies.shown(request, await caller.write(lambda s, a: swaps.accept(s, a, swap_id)))


@router.post(
    f"{SWAPS}/{{swap_id}}/decline",
    summary="Decline an exchange, or take a proposal back",
    response_model=ShiftSwapOut,
    responses=problems(409),
)
async def decline_swap(school: SchoolPath, swap_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """No reason is asked for."""
    return replies.shown(request, await caller.write(lambda s, a: swaps.end(s, a, swap_id)))
