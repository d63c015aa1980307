"""The places of a school, for those who keep them."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.directory import site_keeping
from app.directory.site_schemas import KeptSite, SiteCreate, SitePatch
from app.routers import replies
from app.routers.callers import DirectoryReader, DirectoryWriter, IdempotencyKeyHeader, IfMatch, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/sites", tags=["directory keeping"])
SITE = "/{site_id}"


@router.post("", status_code=201, summary="Add a site", response_model=KeptSite, responses=problems())
async def create_site(
    school: SchoolPath, body: SiteCreate, caller: DirectoryWriter, key: IdempotencyKeyHeader = None
) -> Response:
    """A hospital, a clinic, a campus: what entries belong to, and what somebody may want to avoid."""
    reply = await caller.once(
        key,
        body,
        lambda s, a: site_keeping.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/sites/{made.id}",
    )
    caller.runtime.readings.forget(school)
    return replies.replied(reply)


@router.get(SITE, summary="A site", response_model=KeptSite, responses=problems(not_modified=True))
async def get_site(school: SchoolPath, site_id: uuid.UUID, request: Request, caller: DirectoryReader) -> Response:
    """As it is kept."""
    return replies.shown(request, await caller.read(lambda s, a: site_keeping.get(s, a, site_id)))


@router.patch(SITE, summary="Change a site", response_model=KeptSite, responses=problems())
async def update_site(
    school: SchoolPath,
    site_id: uuid.UUID,
    body: SitePatch,
    request: Request,
    caller: DirectoryWriter,
    version: IfMatch,
) -> Response:
    """Its name, what kind of place it is, and where. Needs If-Match."""
    found = await caller.write(lambda s, a: site_keeping.patch(s, a, site_id, body, version=version))
    caller.runtime.readings.forget(school)
    return replies.shown(request, found)


@router.delete(SITE, status_code=204, summary="Retire a site", response_class=Response, responses=problems())
async def delete_site(school: SchoolPath, site_id: uuid.UUID, caller: DirectoryWriter, version: IfMatch) -> Response:
    """It is offered no more. What names it already goes on to do so. Needs If-Match."""
    await caller.write(lambda s, a: site_keeping.remove(s, a, site_id, version=version))
    caller.runtime.readings.forget(school)
    return Response(status_code=204)
