"""Who saw what, who did what, and what went wrong with somebody's privacy."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.privacy import access_log, audit_lines, audit_log, incidents
from app.privacy.incident_schemas import (
    PrivacyIncidentCreate,
    PrivacyIncidentOut,
    PrivacyIncidentPage,
    PrivacyIncidentUpdate,
)
from app.privacy.schemas import AccessPage, AuditPage
from app.rosters.fields import WholeMinute
from app.routers import replies
from app.routers.callers import (
    AnyStaff,
    IdempotencyKeyHeader,
    IfMatch,
    IncidentHandler,
    ListingOf,
    PrivacyOfficer,
    SchoolPath,
)
from app.routers.docs import problems
from app.vocabulary.keeping import IncidentStatus

router = APIRouter(prefix="/v1/schools/{school}", tags=["privacy"])
READ = problems(not_modified=True)
NDJSON = "application/x-ndjson"
# As many entries as are given out at once, each as long as can be.
LONGEST = 10_000_000


class Lines(Response):
    media_type = NDJSON


@router.get(
    "/reports/{report_id}/access-log", summary="Who has read a report", response_model=AccessPage, responses=READ
)
async def get_access_log(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: IncidentHandler, listing: ListingOf
) -> Response:
    """Who read it and what else was done with it, newest hour first. Not a word of what it says. For privacy officers,
    and for whoever looks into a privacy incident about it."""
    found = await caller.read(lambda s, a: access_log.page(s, a, report_id, listing.request(s)))
    return replies.page(request, found)


@router.get("/audit-log", summary="Who did what", response_model=AuditPage, responses=READ)
async def list_audit_log(
    school: SchoolPath,
    request: Request,
    caller: PrivacyOfficer,
    listing: ListingOf,
    action: Annotated[
        str | None, Query(description="Only this.", max_length=60, pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$")
    ] = None,
    person: Annotated[uuid.UUID | None, Query(description="Only what this person did.")] = None,
) -> Response:
    """Newest hour first, and within an hour in no order of time. What leads to a report kept from you is not here."""
    found = await caller.read(lambda s, a: audit_log.page(s, a, listing.request(s), action=action, person=person))
    return replies.page(request, found)


@router.get(
    "/audit-log/export",
    summary="Take out who did what",
    response_class=Lines,
    responses={
        200: {"content": {kind: {"schema": {"type": "string", "maxLength": LONGEST}} for kind in (NDJSON, replies.CSV)}}
    },
)
async def export_audit_log(
    school: SchoolPath,
    request: Request,
    caller: PrivacyOfficer,
    start: Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")],
    end: Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 31 days on.")],
) -> Response:
    """Oldest hour first, and within an hour in no order of time: `id`, `hour`, `person`, `action`, `subject` and `mac`,
    as an object on each line, or as a table for `Accept: text/csv`. What leads to a report kept from you is not here.

    At most 31 days (`window_refused`) and 20,000 entries (`too_many_entries`) at once: ask for the rest in parts. The
    last line has `head`, and so does `Audit-Log-Head`: keep it, and whoever runs this deployment can prove by it that
    the log was not put back. Each export is in the log, once an hour.
    """
    entries, head = await caller.write(lambda s, a: audit_log.export(s, a, start=start, end=end))
    if replies.wants_csv(request, before=NDJSON):
        kind, name, body = replies.CSV_UTF8, "csv", await asyncio.to_thread(audit_lines.table, entries)
    else:
        kind, name, body = NDJSON, "ndjson", await asyncio.to_thread(audit_lines.ndjson, entries, head=head)
    headers = {"Content-Disposition": f'attachment; filename="{school}-audit-log.{name}"', "Audit-Log-Head": head}
    return Response(body, media_type=kind, headers=replies.NO_STORE | {"Vary": "Accept"} | headers)


@router.post(
    "/privacy-incidents",
    status_code=201,
    summary="Tell of a privacy incident",
    response_model=PrivacyIncidentOut,
    responses=problems(409),
)
async def create_privacy_incident(
    school: SchoolPath, body: PrivacyIncidentCreate, caller: AnyStaff, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """It goes to the privacy officers who may know of it, and where there is none to somebody else. Needs an
    Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: incidents.tell(s, a, body),
        location=lambda made: f"/v1/schools/{school}/privacy-incidents/{made.id}",
    )
    return replies.replied(reply)


@router.get("/privacy-incidents", summary="Privacy incidents", response_model=PrivacyIncidentPage, responses=READ)
async def list_privacy_incidents(
    school: SchoolPath,
    request: Request,
    caller: AnyStaff,
    listing: ListingOf,
    status: Annotated[IncidentStatus | None, Query(description="Only those that stand so.")] = None,
) -> Response:
    """Newest first: those that you told of, and those that you look into."""
    found = await caller.write(lambda s, a: incidents.page(s, a, listing.request(s), status=status))
    return replies.page(request, found)


@router.get(
    "/privacy-incidents/{incident_id}",
    summary="A privacy incident",
    response_model=PrivacyIncidentOut,
    responses=READ,
)
async def get_privacy_incident(
    school: SchoolPath, incident_id: uuid.UUID, request: Request, caller: AnyStaff
) -> Response:
    """What was found is shown to those who look into it."""
    return replies.shown(request, await caller.write(lambda s, a: incidents.get(s, a, incident_id)))


@router.patch(
    "/privacy-incidents/{incident_id}",
    summary="Say what was found and done",
    response_model=PrivacyIncidentOut,
    responses=problems(409),
)
async def update_privacy_incident(
    school: SchoolPath,
    incident_id: uuid.UUID,
    body: PrivacyIncidentUpdate,
    request: Request,
    caller: IncidentHandler,
    version: IfMatch,
) -> Response:
    """Who does so is recorded. It is closed once somebody has said whether serious harm may come of it. Needs
    If-Match."""
    found = await caller.write(lambda s, a: incidents.update(s, a, incident_id, body, version=version))
    return replies.shown(request, found)
