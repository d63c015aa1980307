"""For those who answer for a school's content: what it changes, adds and hides, and whether its words are good ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.guidance import overrides
from app.guidance.override_checks import check_wording
from app.guidance.override_schemas import (
    ContentOverrideOut,
    ContentOverridePage,
    ContentOverridePut,
    ContentOverrideSaved,
    WordingCheck,
    WordingResult,
)
from app.guidance.sorts import Sort
from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, ListingOf, Planner, SchoolPath
from app.routers.docs import problems
from app.routers.guidance import PiecePath

router = APIRouter(prefix="/v1/schools/{school}/content", tags=["content"])
READ = problems(not_modified=True)
SortPath = Annotated[Sort, Path(description="What the piece is.")]


@router.get("/overrides", summary="What the school says of pieces", response_model=ContentOverridePage, responses=READ)
async def list_content_overrides(school: SchoolPath, request: Request, caller: Planner, listing: ListingOf) -> Response:
    """Changes, own pieces and hidden ones, those that do not count (`broken`) and those whose base is another one now
    (`base_changed`) among them, in the order in which they were first said."""
    library = caller.runtime.shelf.library
    return replies.page(request, await caller.read(lambda s, a: overrides.page(s, a, library, listing.request(s))))


@router.get(
    "/overrides/{sort}/{piece}",
    summary="What the school says of a piece",
    response_model=ContentOverrideOut,
    responses=READ,
)
async def get_content_override(
    school: SchoolPath, sort: SortPath, piece: PiecePath, request: Request, caller: Planner
) -> Response:
    """And whether it counts."""
    library = caller.runtime.shelf.library
    return replies.shown(request, await caller.read(lambda s, a: overrides.get(s, a, library, sort, piece)))


@router.put(
    "/overrides/{sort}/{piece}",
    summary="Change, add or hide a piece",
    response_model=ContentOverrideSaved,
    responses={201: {"model": ContentOverrideSaved}, **problems(409)},
)
async def put_content_override(
    school: SchoolPath,
    sort: SortPath,
    piece: PiecePath,
    body: ContentOverridePut,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """The first time without If-Match; then it replaces what was said, and needs it. Checked as what is shipped is;
    wording is suggested, and only a word that names a method is refused. What to do in an emergency, and how to ask
    about suicide, cannot be hidden."""
    library = caller.runtime.shelf.library
    found, made = await caller.write(lambda s, a: overrides.put(s, a, library, sort, piece, body, version=version))
    shown = found.as_shown()
    if made:
        location = f"/v1/schools/{school}/content/overrides/{sort}/{piece}"
        return replies.created(found, location=location, versioned=shown)
    return replies.shown(request, found, versioned=shown)


@router.delete(
    "/overrides/{sort}/{piece}",
    status_code=204,
    summary="Show what was shipped",
    response_class=Response,
    responses=problems(),
)
async def delete_content_override(
    school: SchoolPath, sort: SortPath, piece: PiecePath, caller: Coordinator, version: IfMatch
) -> Response:
    """What the school said of a piece is gone, and so is a piece of its own. Needs If-Match."""
    library = caller.runtime.shelf.library
    await caller.write(lambda s, a: overrides.remove(s, a, library, sort, piece, version=version))
    return Response(status_code=204)


@router.post("/wording-check", summary="Have a text looked over")
async def check_content_wording(school: SchoolPath, body: WordingCheck, caller: Planner) -> WordingResult:
    """Words to avoid, names for what somebody is going through, promises: each with what to say instead. It stands in
    the way of nothing, and the text is not kept."""
    return await caller.read(lambda _session, _actor: check_wording(body))
