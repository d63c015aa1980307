"""Rosters to look at: the picture, and who carries how much."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core import preconditions
from app.paging import load
from app.rosters import showing
from app.rosters.fields import WholeMinute
from app.rosters.load_schemas import LoadOut
from app.routers import replies
from app.routers.callers import Coordinator, RosterReader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/rosters", tags=["rosters"])

Start = Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")]
End = Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 400 days on.")]
# An SVG is a document: opened by itself it could run what stands in it. Nothing does, and nothing may.
PICTURE_HEADERS = replies.NO_STORE | {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}


class Svg(Response):
    media_type = "image/svg+xml"


@router.get(
    "/load",
    summary="Who carries how much",
    response_model=LoadOut,
    responses=problems(not_modified=True),
)
async def get_roster_load(
    school: SchoolPath, request: Request, caller: Coordinator, start: Start, end: End
) -> Response:
    """Hours, nights, weekends, public holidays, shifts and pages of each person; and how evenly a line shares them.

    Of the past this is what was, from now on what is planned. A minute counts once for a person, on however many
    rosters they are in it, and in each kind that it belongs to: a night on a weekend is both. Nights are from 22:00 to
    07:00, all by the school's clock. Pages are counted only of reports that are kept from nobody.
    """
    found = await caller.read(lambda s, actor: load.of_school(s, actor, start=start, end=end))
    return replies.shown(request, found)


@router.get(
    "/{roster_id}/calendar.svg",
    summary="A roster as a picture",
    response_class=Svg,
    responses=problems(not_modified=True),
)
async def get_roster_picture(
    school: SchoolPath, roster_id: uuid.UUID, request: Request, caller: RosterReader, start: Start, end: End
) -> Response:
    """Weeks with people, changes by hand and gaps, as an SVG with a title and a description in words.

    A window with more than 5000 shifts and gaps is refused.
    """
    drawn = await caller.read(lambda s, actor: showing.picture(s, actor, roster_id, start=start, end=end))
    body = drawn.encode()
    etag = preconditions.etag_of(body)
    return replies.conditional(request, body, etag=etag, headers=PICTURE_HEADERS, media_type=Svg.media_type)
