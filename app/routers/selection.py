"""By which criteria supporters are chosen: for anyone to read, for coordinators to add to."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import runtime_of
from app.supporters import selection
from app.supporters.selection_schemas import SelectionOut, SelectionPut, SelectionWritten

router = APIRouter(prefix="/v1/schools/{school}/selection-criteria", tags=["supporters"])
CACHED = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}


@router.get(
    "",
    summary="How somebody becomes a supporter",
    response_model=SelectionOut,
    responses=problems(503, not_modified=True),
    dependencies=[Depends(anonymous_limit)],
)
async def get_selection_criteria(school: SchoolPath, request: Request) -> Response:
    """The four criteria, what each means and what is not asked, how it is decided and appealed, how long things are
    kept, and the agreement that a supporter signs (STUDY T07). No health data, no marks, no history."""
    found = await runtime_of(request).db.read(lambda s: selection.show(s, school))
    return replies.shown(request, found, headers=CACHED)


@router.put("", summary="Add to it", response_model=SelectionWritten, responses=problems())
async def put_selection_criteria(
    school: SchoolPath, body: SelectionPut, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """The school's own title for a supporter, a note, and lines of its own in the agreement; the criteria are the same
    everywhere. All of it anew. `suggestions`: what could be said better. Needs If-Match, also the first time."""
    written = await caller.write(lambda s, a: selection.put(s, a, body, version=version))
    return replies.shown(request, written, versioned=written.selection)
