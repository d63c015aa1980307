"""Instruments: what can be asked, whose words it is, and what their licence asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.evaluation import instruments
from app.evaluation.instrument_schemas import InstrumentCreate, InstrumentOut, InstrumentPage
from app.evaluation.pack import CODE
from app.routers import replies
from app.routers.callers import Evaluator, IdempotencyKeyHeader, ListingOf, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/evaluation/instruments", tags=["evaluation"])
READ = problems(not_modified=True)
InstrumentPath = Annotated[str, Path(description="Its code.", min_length=2, max_length=40, pattern=CODE)]


@router.get("", summary="What can be asked", response_model=InstrumentPage, responses=READ)
async def list_evaluation_instruments(
    school: SchoolPath, request: Request, caller: Evaluator, listing: ListingOf
) -> Response:
    """The product's own items, instruments that it knows the facts of, and those that the school has loaded; by code.

    Whether peer support does any good is not settled by research: the items look for good and for harm alike.
    """
    return replies.page(request, await caller.read(lambda s, a: instruments.page(s, a, listing.request(s))))


@router.post("", status_code=201, summary="Load an instrument", response_model=InstrumentOut, responses=problems(409))
async def load_evaluation_instrument(
    school: SchoolPath, body: InstrumentCreate, caller: Evaluator, key: IdempotencyKeyHeader = None
) -> Response:
    """With its words, and by what right the school may use them. Needs an Idempotency-Key.

    No item may ask about suicide or self-harm, and some instruments may not be used here at all: 422
    `instrument_refused` says why. One that is known, such as `k6`, is loaded whole, and shown with its notices.
    """
    reply = await caller.once(
        key,
        body,
        lambda s, a: instruments.load(s, a, body),
        location=lambda made: f"/v1/schools/{school}/evaluation/instruments/{made.code}",
    )
    return replies.replied(reply)


@router.get("/{instrument}", summary="An instrument", response_model=InstrumentOut, responses=READ)
async def get_evaluation_instrument(
    school: SchoolPath, instrument: InstrumentPath, request: Request, caller: Evaluator
) -> Response:
    """With its items, where their words are here."""
    return replies.shown(request, await caller.read(lambda s, a: instruments.get(s, a, instrument)))
