"""Digests: what a school's people should look at, week by week."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.readiness import digests
from app.readiness.digest_schemas import DigestOut, DigestPage
from app.routers import replies
from app.routers.callers import ListingOf, PolicyReader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/digests", tags=["succession"])
READ = problems(not_modified=True)
WeekPath = Annotated[dt.date, Path(description="The Monday of the week.")]


@router.get("", summary="Digests of the weeks", response_model=DigestPage, responses=READ)
async def list_digests(school: SchoolPath, request: Request, caller: PolicyReader, listing: ListingOf) -> Response:
    """The newest week first; each as it was when it was made. `digest.weekly` says that there is another one."""
    return replies.page(request, await caller.read(lambda s, a: digests.page(s, a, listing.request(s))))


@router.get("/{week}", summary="The digest of a week", response_model=DigestOut, responses=READ)
async def get_digest(school: SchoolPath, week: WeekPath, request: Request, caller: PolicyReader) -> Response:
    """Gaps, drills, endpoints that fail, what is overdue, who goes, and what is not ready. It has no text of anybody,
    and no figure about reports."""
    return replies.shown(request, await caller.read(lambda s, a: digests.get(s, a, week)))
