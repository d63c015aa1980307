"""What readers say is wrong with a directory, and what somebody has to look at."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.directory import corrections, review
from app.directory.keeping_schemas import (
    CorrectionCreate,
    CorrectionOut,
    CorrectionPage,
    CorrectionReceived,
    CorrectionSettle,
    ReviewTaskPage,
)
from app.routers import replies
from app.routers.callers import DirectoryKeeper, DirectoryReader, ListingOf, SchoolPath, anonymous_limit
from app.routers.directory_keeping import EntryPath
from app.routers.docs import problems
from app.routers.runtime import runtime_of
from app.schools import service as schools

router = APIRouter(prefix="/v1/schools/{school}/directory", tags=["directory keeping"])
READ = problems(not_modified=True)
OpenOnly = Annotated[bool, Query(description="Only those that nobody has looked into yet.")]


@router.post(
    "/{entry_id}/corrections",
    status_code=201,
    summary="Say that something is wrong",
    responses=problems(503),
    dependencies=[Depends(anonymous_limit)],
)
async def create_correction(
    school: SchoolPath, entry_id: EntryPath, body: CorrectionCreate, request: Request
) -> CorrectionReceived:
    """Of a number, of hours, of a service that has moved or closed. Nobody is asked who they are, the time is kept to
    the hour, and the note is read by those who keep the directory alone. It has no address of its own."""
    return await runtime_of(request).db.write(lambda s: corrections.receive(s, schools.find(s, school), entry_id, body))


@router.get("/corrections", summary="What readers say is wrong", response_model=CorrectionPage, responses=READ)
async def list_corrections(
    school: SchoolPath, request: Request, caller: DirectoryKeeper, listing: ListingOf, open_only: OpenOnly = False
) -> Response:
    """In the order of the hours in which they came."""
    found = await caller.read(lambda s, a: corrections.page(s, a, listing.request(s), open_only=open_only))
    return replies.page(request, found)


@router.post(
    "/corrections/{correction_id}/settle",
    summary="Say what came of a correction",
    response_model=CorrectionOut,
    responses=problems(409),
)
async def settle_correction(
    school: SchoolPath, correction_id: uuid.UUID, body: CorrectionSettle, request: Request, caller: DirectoryKeeper
) -> Response:
    """Somebody has looked into it. Its note is erased then; the entry is changed by itself."""
    return replies.unkept(await caller.write(lambda s, a: corrections.settle(s, a, correction_id, body)))


@router.get("/review-tasks", summary="What to look at", response_model=ReviewTaskPage, responses=READ)
async def list_review_tasks(
    school: SchoolPath, request: Request, caller: DirectoryReader, listing: ListingOf
) -> Response:
    """Worked out anew each time, the most pressing kinds first; each goes by itself once its reason is gone."""
    found = await caller.read(lambda s, a: review.page(s, a, listing.request(s)))
    return replies.page(request, found)
