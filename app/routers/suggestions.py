"""Suggestions: from anyone, without a name, and for those who keep the programme to read."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.programme import suggestions
from app.programme.suggestion_schemas import (
    SuggestionCreate,
    SuggestionOut,
    SuggestionPage,
    SuggestionReceived,
    SuggestionSettle,
)
from app.routers import replies
from app.routers.callers import ListingOf, Planner, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import runtime_of
from app.vocabulary.succession import SuggestionState

router = APIRouter(prefix="/v1/schools/{school}/suggestions", tags=["suggestions"])
READ = problems(not_modified=True)


@router.post(
    "",
    status_code=201,
    summary="Suggest something",
    responses=problems(409, 503),
    dependencies=[Depends(anonymous_limit)],
)
async def create_suggestion(school: SchoolPath, body: SuggestionCreate, request: Request) -> SuggestionReceived:
    """Anonymous: no account, nothing of the caller is kept, and the time is kept to the hour. Nobody can answer you
    here, and it has no address of its own: what is urgent, or about somebody, is a report. It is read by coordinators
    and sponsors, and works at a school without a programme as well."""
    runtime = runtime_of(request)
    at_hand = list(runtime.help_members(school))
    return await runtime.db.write(lambda s: suggestions.receive(s, school, body, help_=at_hand))


@router.get("", summary="What was suggested", response_model=SuggestionPage, responses=READ)
async def list_suggestions(
    school: SchoolPath,
    request: Request,
    caller: Planner,
    listing: ListingOf,
    state: Annotated[SuggestionState | None, Query(description="Only those that stand so.")] = None,
) -> Response:
    """The newest hour first; within an hour in no order of time."""
    found = await caller.read(lambda s, a: suggestions.page(s, a, listing.request(s), state=state))
    return replies.page(request, found)


@router.post(
    "/{suggestion_id}/settle",
    summary="Say that it was read, or answered",
    response_model=SuggestionOut,
    responses=problems(),
)
async def settle_suggestion(
    school: SchoolPath, suggestion_id: uuid.UUID, body: SuggestionSettle, caller: Planner
) -> Response:
    """Answered means in general, where everybody can read it. Doing it twice changes nothing."""
    return replies.unkept(await caller.write(lambda s, a: suggestions.settle(s, a, suggestion_id, body)))
