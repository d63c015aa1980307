"""A school's profile: for anyone to read, for coordinators to write."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from app.core import clock
from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import runtime_of
from app.schools import profile
from app.schools.profile_schemas import ProfileOut, ProfilePut

router = APIRouter(prefix="/v1/schools/{school}/profile", tags=["school profile"])
CACHED = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}


@router.get(
    "",
    summary="A school, its students as a whole, and who stands behind its programme",
    response_model=ProfileOut,
    responses=problems(503, not_modified=True),
    dependencies=[Depends(anonymous_limit)],
)
async def get_school_profile(school: SchoolPath, request: Request) -> Response:
    """Years and terms, the cohort in words, sponsors, and the policies that the programme goes by (STUDY D15)."""
    found = await runtime_of(request).db.read(lambda s: profile.show(s, school, now=clock.now()))
    return replies.shown(request, found, headers=CACHED)


@router.put("", summary="Write the school's profile", response_model=ProfileOut, responses=problems())
async def put_school_profile(
    school: SchoolPath, body: ProfilePut, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """All of it anew. Needs If-Match, also the first time: an empty profile has a version, too.

    A figure below ten is refused: in a small cohort it would be about people whom others know. Nobody is named but by a
    title that is public.
    """
    return replies.shown(request, await caller.write(lambda s, a: profile.put(s, a, body, version=version)))
