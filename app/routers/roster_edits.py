"""Rosters change: new versions, overrides, imports, each looked at before it is stored; somebody leaves."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.rosters import departures, imports, my_shifts, override_edits, version_edits
from app.rosters.editing_schemas import (
    ChangeOut,
    ImportOut,
    OverrideCreate,
    OverrideCreated,
    OverrideImport,
    OverridePage,
    RosterOverrideOut,
    RosterVersionOut,
    VersionCreate,
    VersionCreated,
    VersionPage,
)
from app.rosters.fields import WholeMinute
from app.rosters.shift_schemas import DepartureCreate, DepartureOut, MyShiftList
from app.rosters.stored import RosterOut, RosterUpdate
from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, IfMatch, ListingOf, RosterReader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}", tags=["rosters"])
ROSTER = "/rosters/{roster_id}"
READ = problems(not_modified=True)


@router.patch(ROSTER, summary="Change a roster's name or hours", response_model=RosterOut, responses=problems(409))
async def update_roster(
    school: SchoolPath,
    roster_id: uuid.UUID,
    body: RosterUpdate,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """Its name, and when somebody must be there (`expects`). Who is on call is a version's or an override's matter."""
    found = await caller.write(lambda s, a: version_edits.update(s, a, roster_id, body, version=version))
    return replies.shown(request, found)


@router.post(f"{ROSTER}/versions/preview", summary="What a version would change", responses=problems())
async def preview_roster_version(
    school: SchoolPath, roster_id: uuid.UUID, body: VersionCreate, caller: Coordinator
) -> ChangeOut:
    """Whose shifts, which gaps open and close, in the next 90 days. Stores nothing."""
    return await caller.read(lambda s, a: version_edits.preview(s, a, roster_id, body))


@router.post(
    f"{ROSTER}/versions",
    status_code=201,
    summary="Let a roster say something else",
    response_model=VersionCreated,
    responses=problems(409),
)
async def create_roster_version(
    school: SchoolPath, roster_id: uuid.UUID, body: VersionCreate, caller: Coordinator, version: IfMatch
) -> Response:
    """From an instant on, until the next version that is planned. The past stays. Needs the roster's ETag."""
    made = await caller.write(lambda s, a: version_edits.add(s, a, roster_id, body, version=version))
    shown = RosterVersionOut.model_validate(made.model_dump(mode="json", exclude={"change"}))
    return replies.created(
        made, location=f"/v1/schools/{school}/rosters/{roster_id}/versions/{made.id}", versioned=shown
    )


@router.get(f"{ROSTER}/versions", summary="A roster's versions", response_model=VersionPage, responses=READ)
async def list_roster_versions(
    school: SchoolPath, roster_id: uuid.UUID, request: Request, caller: RosterReader, listing: ListingOf
) -> Response:
    """In the order in which they were made; those that never came to rule, too."""
    found = await caller.read(lambda s, a: version_edits.page(s, a, roster_id, listing.request(s)))
    return replies.page(request, found)


@router.get(f"{ROSTER}/versions/{{version_id}}", summary="A version", response_model=RosterVersionOut, responses=READ)
async def get_roster_version(
    school: SchoolPath, roster_id: uuid.UUID, version_id: uuid.UUID, request: Request, caller: RosterReader
) -> Response:
    """What it says, and for which time."""
    found = await caller.read(lambda s, a: version_edits.get(s, a, roster_id, version_id))
    return replies.shown(request, found)


@router.delete(
    f"{ROSTER}/versions/{{version_id}}",
    status_code=204,
    summary="Call a version off",
    response_class=Response,
    responses=problems(409),
)
async def delete_roster_version(
    school: SchoolPath, roster_id: uuid.UUID, version_id: uuid.UUID, caller: Coordinator, version: IfMatch
) -> Response:
    """One that has not begun; the version before it rules on. Needs the roster's ETag."""
    await caller.write(lambda s, a: version_edits.remove(s, a, roster_id, version_id, version=version))
    return Response(status_code=204)


@router.post(f"{ROSTER}/overrides/preview", summary="What an override would change", responses=problems())
async def preview_roster_override(
    school: SchoolPath, roster_id: uuid.UUID, body: OverrideCreate, caller: Coordinator
) -> ChangeOut:
    """Whose shifts, which gaps, and which rules stand in the way. Stores nothing."""
    return await caller.read(lambda s, a: override_edits.preview(s, a, roster_id, body))


@router.post(
    f"{ROSTER}/overrides",
    status_code=201,
    summary="Put somebody else on call for a time",
    response_model=OverrideCreated,
    responses=problems(409),
)
async def create_roster_override(
    school: SchoolPath, roster_id: uuid.UUID, body: OverrideCreate, caller: Coordinator, version: IfMatch
) -> Response:
    """Or nobody, with a reason. One that changes nothing is refused. Needs the roster's ETag."""
    made = await caller.write(lambda s, a: override_edits.add(s, a, roster_id, body, version=version))
    shown = RosterOverrideOut(**made.model_dump(exclude={"change"}))
    base = f"/v1/schools/{school}/rosters/{roster_id}/overrides"
    return replies.created(made, location=f"{base}/{made.id}", versioned=shown)


@router.post(f"{ROSTER}/overrides/imports/preview", summary="What an import would change", responses=problems())
async def preview_roster_import(
    school: SchoolPath, roster_id: uuid.UUID, body: OverrideImport, caller: Coordinator
) -> ImportOut:
    """Whose shifts, which gaps, which rules; or every fault with its row. Stores nothing."""
    return await caller.read(lambda s, a: imports.preview(s, a, roster_id, body))


@router.post(f"{ROSTER}/overrides/imports", summary="Put many people on call at once", responses=problems(409))
async def import_roster_overrides(
    school: SchoolPath, roster_id: uuid.UUID, body: OverrideImport, caller: Coordinator, version: IfMatch
) -> ImportOut:
    """From a table of comma-separated values: all rows or none; every fault is told with its row. Needs the roster's
    ETag."""
    return await caller.write(lambda s, a: imports.run(s, a, roster_id, body, version=version))


@router.get(f"{ROSTER}/overrides", summary="A roster's overrides", response_model=OverridePage, responses=READ)
async def list_roster_overrides(
    school: SchoolPath, roster_id: uuid.UUID, request: Request, caller: RosterReader, listing: ListingOf
) -> Response:
    """In the order of their start; those that are over or were taken back, too."""
    found = await caller.read(lambda s, a: override_edits.page(s, a, roster_id, listing.request(s)))
    return replies.page(request, found)


@router.get(
    f"{ROSTER}/overrides/{{override_id}}", summary="An override", response_model=RosterOverrideOut, responses=READ
)
async def get_roster_override(
    school: SchoolPath, roster_id: uuid.UUID, override_id: uuid.UUID, request: Request, caller: RosterReader
) -> Response:
    """Who, instead of whom, from when to when, and what it came from."""
    found = await caller.read(lambda s, a: override_edits.get(s, a, roster_id, override_id))
    return replies.shown(request, found)


@router.delete(
    f"{ROSTER}/overrides/{{override_id}}",
    status_code=204,
    summary="Take an override back",
    response_class=Response,
    responses=problems(409),
)
async def delete_roster_override(
    school: SchoolPath, roster_id: uuid.UUID, override_id: uuid.UUID, caller: Coordinator, version: IfMatch
) -> Response:
    """One that has begun ends in this minute. Needs the roster's ETag."""
    await caller.write(lambda s, a: override_edits.remove(s, a, roster_id, override_id, version=version))
    return Response(status_code=204)


@router.get("/people/{person_id}/shifts", summary="Somebody's shifts", response_model=MyShiftList, responses=READ)
async def list_person_shifts(
    school: SchoolPath,
    person_id: uuid.UUID,
    request: Request,
    caller: Coordinator,
    start: Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")],
    end: Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 400 days on.")],
) -> Response:
    """On all rosters of the school."""
    found = await caller.read(lambda s, a: my_shifts.of_person(s, a, person_id, start=start, end=end))
    return replies.shown(request, found)


@router.post(
    "/people/{person_id}/departures",
    status_code=201,
    summary="Take somebody off all rosters",
    response_model=DepartureOut,
    responses=problems(409),
)
async def create_departure(
    school: SchoolPath,
    person_id: uuid.UUID,
    body: DepartureCreate,
    caller: Coordinator,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """What they have from then on goes to somebody, or it is listed and nothing is done. Past shifts stay. Needs an
    Idempotency-Key."""
    return replies.replied(
        await caller.once(idempotency_key, body, lambda s, a: departures.depart(s, a, person_id, body))
    )
