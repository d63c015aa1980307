"""Waves: ask people whether the programme helps or harms, and see tables in which nobody can be found."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.core import preconditions
from app.evaluation import handing_out, opening, results, waves
from app.evaluation.results_schemas import WaveResults
from app.evaluation.wave_schemas import CodeBatch, CodesWanted, WaveCreate, WaveOut, WavePage, WaveUpdate
from app.routers import replies
from app.routers.callers import Evaluator, IdempotencyKeyHeader, IfMatch, ListingOf, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/evaluation/waves", tags=["evaluation"])
READ = problems(not_modified=True)
WAVE = "/{wave_id}"
MOST_CSV = 1_000_000


@router.get("", summary="The school's waves", response_model=WavePage, responses=READ)
async def list_evaluation_waves(
    school: SchoolPath, request: Request, caller: Evaluator, listing: ListingOf
) -> Response:
    """In the order in which they were made."""
    return replies.page(request, await caller.read(lambda s, a: waves.page(s, a, listing.request(s))))


@router.post("", status_code=201, summary="Plan a wave", response_model=WaveOut, responses=problems(409))
async def create_evaluation_wave(
    school: SchoolPath, body: WaveCreate, caller: Evaluator, key: IdempotencyKeyHeader = None
) -> Response:
    """A draft, with `design_warnings` of what it cannot tell as it is: they stop nobody. Needs an Idempotency-Key."""
    reply = await caller.once(
        key,
        body,
        lambda s, a: waves.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/evaluation/waves/{made.id}",
    )
    return replies.replied(reply)


@router.get(WAVE, summary="A wave", response_model=WaveOut, responses=READ)
async def get_evaluation_wave(school: SchoolPath, wave_id: uuid.UUID, request: Request, caller: Evaluator) -> Response:
    """Who is asked what. How many have answered is there once it is closed, and enough have: never while it is open."""
    return replies.shown(request, await caller.read(lambda s, a: waves.get(s, a, wave_id)))


@router.patch(WAVE, summary="Change a draft", response_model=WaveOut, responses=problems(409))
async def update_evaluation_wave(
    school: SchoolPath, wave_id: uuid.UUID, body: WaveUpdate, request: Request, caller: Evaluator, version: IfMatch
) -> Response:
    """Once it has been opened it stays as it is. Needs If-Match."""
    found = await caller.write(lambda s, a: waves.update(s, a, wave_id, body, version=version))
    return replies.shown(request, found)


@router.delete(WAVE, status_code=204, summary="Do away with a draft", response_class=Response, responses=problems(409))
async def delete_evaluation_wave(
    school: SchoolPath, wave_id: uuid.UUID, caller: Evaluator, version: IfMatch
) -> Response:
    """One that has been opened stays. Needs If-Match."""
    await caller.write(lambda s, a: waves.remove(s, a, wave_id, version=version))
    return Response(status_code=204)


@router.post(f"{WAVE}/open", summary="Open a wave", response_model=WaveOut, responses=problems(409))
async def open_evaluation_wave(
    school: SchoolPath, wave_id: uuid.UUID, request: Request, caller: Evaluator, version: IfMatch
) -> Response:
    """From now on it is not changed. Answers are taken from its first day to its last one. Needs If-Match."""
    found = await caller.write(lambda s, a: opening.open_(s, a, wave_id, version=version))
    return replies.shown(request, found)


@router.post(f"{WAVE}/close", summary="Close a wave", response_model=WaveOut, responses=problems(409))
async def close_evaluation_wave(
    school: SchoolPath, wave_id: uuid.UUID, request: Request, caller: Evaluator, version: IfMatch
) -> Response:
    """Before its last day is over, after which it closes by itself. It is counted once, and never opened again. Needs
    If-Match."""
    found = await caller.write(lambda s, a: opening.close(s, a, wave_id, version=version))
    return replies.shown(request, found)


@router.post(
    f"{WAVE}/tokens",
    summary="Codes to hand out",
    response_model=CodeBatch,
    responses={200: {"content": {replies.CSV: {"schema": {"type": "string", "maxLength": 40_000}}}}, **problems(409)},
)
async def create_response_tokens(
    school: SchoolPath,
    wave_id: uuid.UUID,
    body: CodesWanted,
    request: Request,
    caller: Evaluator,
    key: IdempotencyKeyHeader = None,
) -> Response:
    """Shown once, as JSON or as a table (`Accept: text/csv`). Each is good for one answer, and bound to nobody. Who
    gets which is the school's own doing: keep no list of it. Never more than people who are invited. Needs an
    Idempotency-Key."""
    reply = await caller.once(key, body, lambda s, a: handing_out.give(s, a, wave_id, body), status=200)
    if reply.problem or not replies.wants_csv(request, before=replies.JSON):
        return replies.replied(reply)
    table = handing_out.as_table(CodeBatch.model_validate_json(reply.body))
    return Response(table, media_type=replies.CSV_UTF8, headers=replies.NO_STORE | reply.headers)


@router.get(
    f"{WAVE}/results",
    summary="The tables of a wave",
    response_model=WaveResults,
    responses={
        200: {"content": {replies.CSV: {"schema": {"type": "string", "maxLength": MOST_CSV}}}},
        **problems(409, not_modified=True),
    },
)
async def get_evaluation_results(
    school: SchoolPath, wave_id: uuid.UUID, request: Request, caller: Evaluator
) -> Response:
    """Once it is closed: of each population by itself how many gave which answer, and nothing below ten. Made once, the
    same to the byte ever since, and the same as a table (`Accept: text/csv`). There are no single answers to be had."""
    text = await caller.read(lambda s, a: opening.tables_of(s, a, wave_id))
    body, kind = text.encode(), replies.JSON
    if replies.wants_csv(request, before=replies.JSON):
        body, kind = results.table(text), replies.CSV_UTF8
    headers = replies.NO_STORE | {"Vary": "Accept"}
    return replies.conditional(request, body, etag=preconditions.etag_of(body), headers=headers, media_type=kind)
