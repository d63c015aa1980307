"""Shifts in calendar programs: addresses to subscribe to, and what is read there."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.core import clock, preconditions
from app.core.db import DatabaseUnavailable, LockTimeout
from app.rosters import calendar_feeds, ical
from app.rosters.calendar_feeds import Reading
from app.rosters.calendar_schemas import CalendarFeedCreate, CalendarFeedCreated, CalendarFeedOut, CalendarFeedPage
from app.routers import replies
from app.routers.callers import ListingOf, RosterReader, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of

router = APIRouter(prefix="/v1", tags=["calendars"])
FEEDS = "/schools/{school}/calendar-feeds"
# The reader's own program keeps it and asks again; nobody on the way does.
KEPT = {"Cache-Control": "private, no-cache"}
# Two thousand events, each with the longest alias.
LONGEST = 4_000_000

FeedToken = Annotated[str, Path(description="From the feed's `url`.", max_length=64, pattern=r"^[A-Za-z0-9_-]{32}$")]


class Calendar(Response):
    media_type = "text/calendar"


@router.post(
    FEEDS,
    status_code=201,
    summary="Add a calendar feed",
    response_model=CalendarFeedCreated,
    responses=problems(409),
)
async def create_calendar_feed(school: SchoolPath, body: CalendarFeedCreate, caller: RosterReader) -> Response:
    """An address for your calendar program. The answer holds it, once: whoever knows it can read the calendar."""
    settings = caller.runtime.settings
    made = await caller.write(lambda s, actor: calendar_feeds.create(s, actor, body, settings=settings))
    shown = CalendarFeedOut(**made.model_dump(exclude={"url"}))
    return replies.created(made, location=f"/v1/schools/{school}/calendar-feeds/{made.id}", versioned=shown)


@router.get(
    FEEDS, summary="Your calendar feeds", response_model=CalendarFeedPage, responses=problems(not_modified=True)
)
async def list_calendar_feeds(
    school: SchoolPath, request: Request, caller: RosterReader, listing: ListingOf
) -> Response:
    """In the order in which they were made, less those that were revoked."""
    found = await caller.read(lambda s, actor: calendar_feeds.page(s, actor, listing.request(s)))
    return replies.page(request, found)


@router.get(
    f"{FEEDS}/{{feed_id}}",
    summary="Your calendar feed",
    response_model=CalendarFeedOut,
    responses=problems(not_modified=True),
)
async def get_calendar_feed(school: SchoolPath, feed_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """`last_read_at` shows whether anybody still reads it."""
    return replies.shown(request, await caller.read(lambda s, actor: calendar_feeds.get(s, actor, feed_id)))


@router.delete(
    f"{FEEDS}/{{feed_id}}",
    status_code=204,
    summary="Revoke your calendar feed",
    response_class=Response,
    responses=problems(),
)
async def delete_calendar_feed(school: SchoolPath, feed_id: uuid.UUID, caller: RosterReader) -> Response:
    """Its address shows nothing any more, at once. What a program has read already stays there until it asks again."""
    await caller.write(lambda s, actor: calendar_feeds.revoke(s, actor, feed_id))
    return Response(status_code=204)


@router.get(
    "/calendars/{token}.ics",
    summary="Shifts as iCalendar",
    response_class=Calendar,
    responses=problems(503, not_modified=True)
    | {200: {"content": {Calendar.media_type: {"schema": {"type": "string", "maxLength": LONGEST}}}}},
    dependencies=[Depends(anonymous_limit)],
)
async def get_calendar(token: FeedToken, request: Request) -> Response:
    """RFC 5545, in UTC: from 30 days ago until 120 days ahead. A shift that somebody has no longer is cancelled.

    An address that was revoked, whose owner has left or reads no rosters any more, or that never was: 404 for all.
    """
    runtime, now = runtime_of(request), clock.now()
    found = await runtime.db.read(lambda s: calendar_feeds.read(s, token, now=now))
    # Writing it down takes its time: not on the loop, and not while holding a connection.
    body = await asyncio.to_thread(ical.document, found.content.name, found.content.events)
    await _note(runtime, found)
    return replies.conditional(
        request, body, etag=preconditions.etag_of(body), headers=KEPT, media_type=Calendar.media_type
    )


async def _note(runtime: Runtime, found: Reading) -> None:
    """Who has the calendar need not wait until the database can write again."""
    if found.unnoted:
        with contextlib.suppress(DatabaseUnavailable, LockTimeout):
            await runtime.db.write(lambda s: calendar_feeds.note(s, found.feed_id, now=clock.now()))
