"""Who to turn to at a school: the list, one entry, what fits a worry, and copies for a telephone without a signal."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.core import clock
from app.core.prepared import Prepared
from app.directory import listing, publishing, referral
from app.directory.entries import EntryId
from app.directory.shapes import (
    ChangesPage,
    DirectoryPage,
    EntryDetailOut,
    ReferralAsk,
    ReferralOptions,
    SiteList,
    SnapshotOut,
)
from app.routers import replies
from app.routers.callers import PublicListing, SchoolPath, anonymous_limit
from app.routers.directory_query import FiltersOf
from app.routers.docs import problems
from app.routers.ready import CACHED, bundle
from app.routers.runtime import runtime_of
from app.schools.published import SyncToken

router = APIRouter(prefix="/v1/schools/{school}", tags=["directory"])
limited = [Depends(anonymous_limit)]
# As long as what is said of this minute.
A_MINUTE = {"Cache-Control": "public, max-age=60"}

EntryPath = Annotated[EntryId, Path(description="The `id` of an entry.")]
Token = Annotated[SyncToken | None, Query(description="`next_sync_token` of the last time; without one, everything.")]


@router.get(
    "/directory",
    summary="Who to turn to",
    response_model=DirectoryPage,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def list_directory(school: SchoolPath, request: Request, asked: PublicListing, filters: FiltersOf) -> Response:
    """Services by kind of help, which is no ladder: start where it fits (STUDY T01, I07).

    Emergency entries are there whatever is asked of independence, opening hours, language, cost, distance or places to
    avoid; only another `tier`, a `side_list` or words leave them out. How far a service is, is told from a site of the
    school: nobody is asked where they are.
    """
    minute = await runtime_of(request).minute(school)
    found = listing.page(minute, asked.sealed_with(minute.reading.cursor_key), filters)
    headers = A_MINUTE | replies.next_page(request, found.next_cursor)
    # Whoever asks the same in this minute is answered before the application is asked.
    minute.keep(request.scope["query_string"], Prepared(found, headers, counted=True))
    return replies.conditional(request, found.body, etag=found.etag, headers=headers)


@router.get(
    "/directory/snapshot",
    summary="The whole directory, for offline use",
    response_model=SnapshotOut,
    responses=problems(503, not_modified=True),
)
async def get_directory_snapshot(school: SchoolPath, request: Request) -> Response:
    """Every public entry with its opening hours and two weeks of intervals, the kinds of help in order, and the
    school's sites (STUDY T03). Never what is open now: a telephone tells that by itself. Entries for the regions of the
    sites are in it, too: `regions` says where each serves.

    Another version only when the content changes, or the school's day. Not limited, and cacheable.
    """
    runtime = runtime_of(request)
    reading = await runtime.reading(school)
    kept = runtime.snapshots.known(reading)
    if kept is None:
        kept = await asyncio.to_thread(runtime.snapshots.of, reading)
    return replies.prepared(request, bundle(runtime, request.url.path, kept))


@router.get(
    "/directory/changes",
    summary="What has changed in the directory",
    response_model=ChangesPage,
    responses=problems(410, 503, not_modified=True),
    dependencies=limited,
)
async def list_directory_changes(
    school: SchoolPath, request: Request, asked: PublicListing, sync_token: Token = None
) -> Response:
    """Entries that are otherwise than at `sync_token`, and of those that are gone `{"id", "deleted": true}`.

    The last page has the `next_sync_token`. A token that is too old is answered with 410: drop everything, and ask
    without one. Intervals of hours are not in it, for each day has others: they are in the snapshot.
    """
    runtime = runtime_of(request)
    reading = await runtime.reading(school)
    page = asked.sealed_with(reading.cursor_key)
    found = await runtime.db.read(lambda s: publishing.changes(s, reading, page, sync_token=sync_token))
    return replies.shown(request, found, headers=A_MINUTE | replies.next_page(request, found.next_cursor))


@router.get(
    "/directory/{entry_id}",
    summary="One service",
    response_model=EntryDetailOut,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_directory_entry(school: SchoolPath, entry_id: EntryPath, request: Request) -> Response:
    """With its opening hours and the sources of what is said of it. What is hidden is not there."""
    minute = await runtime_of(request).minute(school)
    found = listing.detail(minute, entry_id)
    return replies.shown(request, found, headers=A_MINUTE)


@router.post(
    "/referral-options",
    summary="What fits a worry",
    response_model=ReferralOptions,
    responses=problems(503),
    dependencies=limited,
)
async def find_referral_options(school: SchoolPath, request: Request, body: ReferralAsk) -> Response:
    """Services for what was noticed, each with the reasons why it is shown, and open or closed as of `at`.

    Asked in a body because the question says much: nothing of it is kept or logged. Two lines that answer at any hour
    are always among them, and emergency entries, whatever is avoided or preferred (STUDY E08; domain, 3.1).
    """
    reading = await runtime_of(request).reading(school)
    return replies.unkept(referral.options(reading, body, now=clock.now()))


@router.get(
    "/sites",
    summary="Where students study and are placed",
    response_model=SiteList,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def list_sites(school: SchoolPath, request: Request) -> Response:
    """The places in use, to choose from: where one is, and what to avoid."""
    reading = await runtime_of(request).reading(school)
    return replies.shown(request, SiteList(items=list(reading.sites)), headers=CACHED)
