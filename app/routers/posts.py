"""Posts: who answers for what in a school, and who stands in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, ListingOf, Planner, SchoolPath
from app.routers.docs import problems
from app.schools import posts
from app.schools.post_schemas import CODE, PostOut, PostPage, PostPut

router = APIRouter(prefix="/v1/schools/{school}/posts", tags=["posts"])
READ = problems(not_modified=True)
PostPath = Annotated[
    str, Path(description="The school's own word for the post.", min_length=2, max_length=40, pattern=CODE)
]


@router.get("", summary="The school's posts", response_model=PostPage, responses=READ)
async def list_posts(school: SchoolPath, request: Request, caller: Planner, listing: ListingOf) -> Response:
    """In the order in which they were made."""
    return replies.page(request, await caller.read(lambda s, a: posts.page(s, a, listing.request(s))))


@router.get("/{post}", summary="A post", response_model=PostOut, responses=READ)
async def get_post(school: SchoolPath, post: PostPath, request: Request, caller: Planner) -> Response:
    """Who has it, and whether they are still there."""
    return replies.shown(request, await caller.read(lambda s, a: posts.get(s, a, post)))


@router.put(
    "/{post}",
    summary="Make a post, or fill it",
    response_model=PostOut,
    responses={201: {"model": PostOut}, **problems()},
)
async def put_post(
    school: SchoolPath, post: PostPath, body: PostPut, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """One that is not there is made, without If-Match; one that is there is replaced, and needs it. Nobody's role
    changes by it. A post that is left without a holder is told of as `post.vacant`."""
    found, made = await caller.write(lambda s, a: posts.put(s, a, post, body, version=version))
    if made:
        return replies.created(found, location=f"/v1/schools/{school}/posts/{post}")
    return replies.shown(request, found)


@router.delete("/{post}", status_code=204, summary="Do away with a post", response_class=Response, responses=problems())
async def delete_post(school: SchoolPath, post: PostPath, caller: Coordinator, version: IfMatch) -> Response:
    """Nobody answers for it any more. Needs If-Match."""
    await caller.write(lambda s, a: posts.remove(s, a, post, version=version))
    return Response(status_code=204)
