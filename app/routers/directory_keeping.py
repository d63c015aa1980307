"""A school keeps its directory: entries of its own, changes of national ones, what is hidden, who has checked what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.directory import checks, keeping
from app.directory.keeping_schemas import (
    EntryCheck,
    EntryCheckPage,
    EntryHide,
    EntryPatch,
    EntryPut,
    KeptEntry,
    KeptEntryPage,
)
from app.directory.overlay import Origin
from app.routers import replies
from app.routers.callers import (
    Caller,
    DirectoryKeeper,
    DirectoryReader,
    DirectoryWriter,
    IfMatch,
    ListingOf,
    SchoolPath,
)
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/directory/entries", tags=["directory keeping"])
READ = problems(not_modified=True)
ENTRY = "/{entry_id}"
EntryPath = Annotated[str, Path(description="The entry's id.", max_length=80, pattern=r"^[a-z0-9][a-z0-9-]{1,79}$")]
OriginFilter = Annotated[Origin | None, Query(description="Only those in these words.")]


@router.get("", summary="All entries, whoever may see them", response_model=KeptEntryPage, responses=READ)
async def list_kept_entries(
    school: SchoolPath, request: Request, caller: DirectoryReader, listing: ListingOf, origin: OriginFilter = None
) -> Response:
    """By their ids: national ones and the school's own; those that are hidden or unpublished, too."""
    found = await caller.read(lambda s, a: keeping.page(s, a, listing.request(s), origin=origin))
    return replies.page(request, found)


@router.get(ENTRY, summary="An entry as it is kept", response_model=KeptEntry, responses=READ)
async def get_kept_entry(
    school: SchoolPath, entry_id: EntryPath, request: Request, caller: DirectoryReader
) -> Response:
    """With its sources and notes, what the school changes of it, and its last check."""
    return replies.shown(request, await caller.read(lambda s, a: keeping.get(s, a, entry_id)))


@router.put(
    ENTRY,
    summary="Make an entry, or replace it",
    response_model=KeptEntry,
    responses={201: {"model": KeptEntry}, **problems(409)},
)
async def put_kept_entry(
    school: SchoolPath, entry_id: EntryPath, body: EntryPut, request: Request, caller: DirectoryWriter, version: IfMatch
) -> Response:
    """One that is not there is made, without If-Match; one that is there is replaced, and needs it. Of a national entry
    the school then changes what differs, and is asked to look again when the country changes it. Nobody has checked a
    number or hours by writing them: the entry is due for a check."""
    found, made = await caller.write(lambda s, a: keeping.put(s, a, entry_id, body, version=version))
    await caller.runtime.renew_help(school)
    if made:
        return replies.created(found, location=f"/v1/schools/{school}/directory/entries/{entry_id}")
    return replies.shown(request, found)


@router.patch(ENTRY, summary="Change some of an entry", response_model=KeptEntry, responses=problems(409))
async def patch_kept_entry(
    school: SchoolPath,
    entry_id: EntryPath,
    body: EntryPatch,
    request: Request,
    caller: DirectoryWriter,
    version: IfMatch,
) -> Response:
    """Of a national entry, too: field by field, over what the country says. An empty patch says that the school has
    seen what the country says now. A change of number or hours makes the entry due for a check."""
    found = await caller.write(lambda s, a: keeping.patch(s, a, entry_id, body, version=version))
    return await _changed(request, caller, school, found)


@router.delete(
    ENTRY,
    status_code=204,
    summary="Do away with an entry, or with all changes of a national one",
    response_class=Response,
    responses=problems(409),
)
async def delete_kept_entry(
    school: SchoolPath, entry_id: EntryPath, caller: DirectoryWriter, version: IfMatch
) -> Response:
    """A national entry then stands as the country says. Needs If-Match."""
    await caller.write(lambda s, a: keeping.remove(s, a, entry_id, version=version))
    await caller.runtime.renew_help(school)
    return Response(status_code=204)


@router.post(f"{ENTRY}/hide", summary="Show an entry to nobody", response_model=KeptEntry, responses=problems(409))
async def hide_kept_entry(
    school: SchoolPath,
    entry_id: EntryPath,
    body: EntryHide,
    request: Request,
    caller: DirectoryWriter,
    version: IfMatch,
) -> Response:
    """With a reason, and until a time or until it is shown again. The last that somebody could call in danger stay."""
    found = await caller.write(lambda s, a: keeping.hide(s, a, entry_id, body, version=version))
    return await _changed(request, caller, school, found)


@router.post(f"{ENTRY}/show", summary="Show an entry again", response_model=KeptEntry, responses=problems())
async def show_kept_entry(
    school: SchoolPath, entry_id: EntryPath, request: Request, caller: DirectoryWriter, version: IfMatch
) -> Response:
    """Readers get it again. Needs If-Match."""
    found = await caller.write(lambda s, a: keeping.show(s, a, entry_id, version=version))
    return await _changed(request, caller, school, found)


@router.post(f"{ENTRY}/verify", summary="Say that an entry is right", response_model=KeptEntry, responses=problems())
async def verify_kept_entry(
    school: SchoolPath,
    entry_id: EntryPath,
    body: EntryCheck,
    request: Request,
    caller: DirectoryKeeper,
    version: IfMatch,
) -> Response:
    """Somebody has made sure of it, as it stands in the version of If-Match. Checks are only added."""
    found = await caller.write(lambda s, a: keeping.verify(s, a, entry_id, body, version=version))
    return await _changed(request, caller, school, found)


@router.get(f"{ENTRY}/verifications", summary="Who has checked an entry", response_model=EntryCheckPage, responses=READ)
async def list_entry_verifications(
    school: SchoolPath, entry_id: EntryPath, request: Request, caller: DirectoryReader, listing: ListingOf
) -> Response:
    """Every check, the last first."""
    found = await caller.read(lambda s, a: checks.page(s, a, entry_id, listing.request(s)))
    return replies.page(request, found)


async def _changed(request: Request, caller: Caller, school: str, found: KeptEntry) -> Response:
    """What is kept for when the database is away is to be right as well."""
    await caller.runtime.renew_help(school)
    return replies.shown(request, found)
