"""Coverage: where nobody is, weeks ahead; services outside that stand in; whether a school is ready."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.readiness.service import ReadinessOut, readiness
from app.rosters import coverage, line_rules
from app.rosters.coverage_schemas import (
    CoverageOut,
    ExternalCoverIn,
    FoundGapOut,
    GapPage,
    RosterRulesOut,
    RosterRulesUpdate,
)
from app.rosters.fields import WholeMinute
from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, ListingOf, Planner, RosterReader, SchoolPath
from app.routers.docs import problems
from app.vocabulary import GapState

router = APIRouter(prefix="/v1/schools/{school}", tags=["coverage"])
GAP = "/coverage/gaps/{gap_id}"
READ = problems(not_modified=True)


@router.get("/coverage", summary="Where nobody is", response_model=CoverageOut, responses=READ)
async def get_coverage(
    school: SchoolPath,
    request: Request,
    caller: Planner,
    start: Annotated[WholeMinute, Query(alias="from", description="The first instant, on a whole minute.")],
    end: Annotated[WholeMinute, Query(alias="to", description="The end, not included; at most 400 days on.")],
) -> Response:
    """Every line and level, with its gaps, why, and which services outside stand in (J7)."""
    found = await caller.read(lambda s, a: coverage.overview(s, a, start=start, end=end))
    return replies.shown(request, found)


@router.get("/rosters/{roster_id}/gaps", summary="A roster's gaps", response_model=GapPage, responses=READ)
async def list_gaps(
    school: SchoolPath,
    roster_id: uuid.UUID,
    request: Request,
    caller: RosterReader,
    listing: ListingOf,
    state: Annotated[GapState | None, Query(description="Only those in this state.")] = None,
) -> Response:
    """Those of the next 90 days, and those that were. In the order of their start."""
    found = await caller.read(lambda s, a: coverage.page(s, a, roster_id, listing.request(s), state=state))
    return replies.page(request, found)


@router.get(GAP, summary="A gap", response_model=FoundGapOut, responses=READ)
async def get_gap(school: SchoolPath, gap_id: uuid.UUID, request: Request, caller: RosterReader) -> Response:
    """From when to when, why, and what has been told of it."""
    return replies.shown(request, await caller.read(lambda s, a: coverage.get(s, a, gap_id)))


@router.put(
    f"{GAP}/external-cover",
    summary="A service outside stands in",
    response_model=FoundGapOut,
    responses=problems(409),
)
async def put_external_cover(
    school: SchoolPath,
    gap_id: uuid.UUID,
    body: ExternalCoverIn,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """A published entry of the directory that is there day and night. The gap stays one, labelled so. Needs
    If-Match."""
    found = await caller.write(lambda s, a: coverage.cover_externally(s, a, gap_id, body, version=version))
    return replies.shown(request, found)


@router.delete(
    f"{GAP}/external-cover",
    status_code=204,
    summary="No service stands in any more",
    response_class=Response,
    responses=problems(409),
)
async def delete_external_cover(
    school: SchoolPath, gap_id: uuid.UUID, caller: Coordinator, version: IfMatch
) -> Response:
    """The gap is told of again as it gets nearer. Needs If-Match."""
    await caller.write(lambda s, a: coverage.cover_externally(s, a, gap_id, None, version=version))
    return Response(status_code=204)


@router.get("/readiness", summary="Whether the school is ready", response_model=ReadinessOut, responses=READ)
async def get_school_readiness(school: SchoolPath, request: Request, caller: Planner) -> Response:
    """Advice at every minute of the next 28 days, people who can be reached, somebody who stands behind the school and
    somebody after them, what it has decided and adopted, and a directory that holds. Each check says what to do; a
    school is opened once all are passed."""
    return replies.shown(request, await caller.read(readiness))


@router.get("/roster-rules", summary="Rest and caps", response_model=RosterRulesOut, responses=READ)
async def get_roster_rules(school: SchoolPath, request: Request, caller: RosterReader) -> Response:
    """What protects the people of each line when shifts are given and taken (STUDY D10)."""
    return replies.shown(request, await caller.read(line_rules.get))


@router.patch("/roster-rules", summary="Change rest and caps", response_model=RosterRulesOut, responses=problems())
async def update_roster_rules(
    school: SchoolPath, body: RosterRulesUpdate, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """Line by line; it counts from the next shift that is given or taken. Needs If-Match."""
    return replies.shown(request, await caller.write(lambda s, a: line_rules.update(s, a, body, version=version)))
