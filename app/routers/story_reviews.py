"""Stories before they are public: for those who read them first."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.routers import replies
from app.routers.callers import Caller, Coordinator, Guard, IfMatch, ListingOf, SchoolPath
from app.routers.docs import problems
from app.stories import reviewing
from app.stories.schemas import StoryReviewCreate, SubmissionOut, SubmissionPage
from app.vocabulary import StoryState

router = APIRouter(prefix="/v1/schools/{school}/stories/submissions", tags=["stories"])
READ = problems(not_modified=True)
Reviewer = Annotated[Caller, Depends(Guard(*reviewing.READERS))]


@router.get("", summary="Stories that were sent in", response_model=SubmissionPage, responses=READ)
async def list_story_submissions(
    school: SchoolPath,
    request: Request,
    caller: Reviewer,
    listing: ListingOf,
    state: Annotated[StoryState | None, Query(description="Only those in this state.")] = None,
) -> Response:
    """The oldest hour first, without their words. What its author has taken back is not among them."""
    return replies.page(request, await caller.read(lambda s, a: reviewing.page(s, a, listing.request(s), state=state)))


@router.get("/{story_id}", summary="A story that was sent in", response_model=SubmissionOut, responses=READ)
async def get_story_submission(school: SchoolPath, story_id: uuid.UUID, request: Request, caller: Reviewer) -> Response:
    """All that is known of it: there is no author to be looked up."""
    return replies.shown(request, await caller.read(lambda s, a: reviewing.get(s, a, story_id)))


@router.post(
    "/{story_id}/review",
    summary="Review a story",
    response_model=SubmissionOut,
    responses=problems(409),
)
async def review_story(
    school: SchoolPath,
    story_id: uuid.UUID,
    body: StoryReviewCreate,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """Each gate is answered, and a decision made; nobody but the author changes a word. Needs If-Match.

    `publish` needs every gate, and then waits for a second person. The other two need words to the author; they also
    take down, at once, what is public already.
    """
    return replies.shown(
        request, await caller.write(lambda s, a: reviewing.review(s, a, story_id, body, version=version))
    )


@router.post(
    "/{story_id}/confirm",
    summary="Agree that a story is published",
    response_model=SubmissionOut,
    responses=problems(409),
)
async def confirm_story(
    school: SchoolPath, story_id: uuid.UUID, request: Request, caller: Reviewer, version: IfMatch
) -> Response:
    """As somebody else than who reviewed it. It is public from now on, as it was shown to you. Needs If-Match."""
    return replies.shown(
        request, await caller.write(lambda s, a: reviewing.confirm(s, a, story_id, agreed=True, version=version))
    )


@router.post(
    "/{story_id}/decline",
    summary="Do not agree that a story is published",
    response_model=SubmissionOut,
    responses=problems(409),
)
async def decline_story(
    school: SchoolPath, story_id: uuid.UUID, request: Request, caller: Reviewer, version: IfMatch
) -> Response:
    """As somebody else than who reviewed it: it waits for a review again. Needs If-Match."""
    return replies.shown(
        request, await caller.write(lambda s, a: reviewing.confirm(s, a, story_id, agreed=False, version=version))
    )
