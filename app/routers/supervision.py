"""Supervision: planned by coordinators and advisers, seen by who is to be there, and said to have been."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.routers import replies
from app.routers.callers import (
    Coordinator,
    IdempotencyKeyHeader,
    IfMatch,
    ListingOf,
    SchoolPath,
    SupervisionPlanner,
    SupervisionReader,
    Supporter,
)
from app.routers.docs import problems
from app.routers.supporter_training import SupporterPath
from app.supporters import supervised, supervision
from app.supporters.supervision_schemas import (
    AttendancePut,
    SupervisionCreate,
    SupervisionPage,
    SupervisionSessionOut,
    SupervisionUpdate,
    SupporterSupervision,
)

router = APIRouter(prefix="/v1", tags=["supervision"])
SESSIONS = "/schools/{school}/supervision-sessions"
ONE = f"{SESSIONS}/{{supervision_id}}"
READ = problems(not_modified=True)
SupervisionPath = Annotated[uuid.UUID, Path(description="The session's id.")]


@router.get(
    "/supporters/me/supervision", summary="Your supervision", response_model=SupporterSupervision, responses=READ
)
async def get_my_supervision(request: Request, caller: Supporter) -> Response:
    """Whether you have gone too long without, and when the next session is. Nothing is taken away for being late."""
    return replies.shown(request, await caller.read(supervised.own))


@router.get(
    "/supporters/{supporter_id}/supervision",
    summary="A supporter's supervision",
    response_model=SupporterSupervision,
    responses=READ,
)
async def get_supporter_supervision(supporter_id: SupporterPath, request: Request, caller: Coordinator) -> Response:
    """Whether they have gone too long without: not when they were there. While they pause nobody is overdue."""
    return replies.shown(request, await caller.read(lambda s, a: supervised.of_supporter(s, a, supporter_id)))


@router.post(
    SESSIONS,
    status_code=201,
    summary="Plan supervision",
    response_model=SupervisionSessionOut,
    responses=problems(),
)
async def create_supervision_session(
    school: SchoolPath,
    body: SupervisionCreate,
    caller: SupervisionPlanner,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """One session, or a series at the same time of the school's clock, of which the answer is the first. An adviser
    plans what they lead themselves. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: supervision.create(s, a, body),
        location=lambda made: f"/v1/schools/{school}/supervision-sessions/{made.id}",
    )
    return replies.replied(reply)


@router.get(SESSIONS, summary="Supervision sessions", response_model=SupervisionPage, responses=READ)
async def list_supervision_sessions(
    school: SchoolPath,
    request: Request,
    caller: SupervisionReader,
    listing: ListingOf,
    upcoming: Annotated[bool, Query(description="Only those that are not over.")] = False,
    series: Annotated[uuid.UUID | None, Query(description="Only those that were planned together.")] = None,
) -> Response:
    """Those that you lead or are to be at; coordinators see all. By when they begin."""
    return replies.page(
        request,
        await caller.read(lambda s, a: supervision.page(s, a, listing.request(s), upcoming=upcoming, series=series)),
    )


@router.get(ONE, summary="A supervision session", response_model=SupervisionSessionOut, responses=READ)
async def get_supervision_session(
    school: SchoolPath, supervision_id: SupervisionPath, request: Request, caller: SupervisionReader
) -> Response:
    """When and where, and who leads it. Supporters see nobody else who is to be there."""
    return replies.shown(request, await caller.read(lambda s, a: supervision.get(s, a, supervision_id)))


@router.patch(ONE, summary="Change a session", response_model=SupervisionSessionOut, responses=problems(409))
async def update_supervision_session(
    school: SchoolPath,
    supervision_id: SupervisionPath,
    body: SupervisionUpdate,
    request: Request,
    caller: SupervisionPlanner,
    version: IfMatch,
) -> Response:
    """Until it begins. Needs If-Match."""
    found = await caller.write(lambda s, a: supervision.update(s, a, supervision_id, body, version=version))
    return replies.shown(request, found)


@router.delete(ONE, status_code=204, summary="Call a session off", response_class=Response, responses=problems(409))
async def delete_supervision_session(
    school: SchoolPath,
    supervision_id: SupervisionPath,
    caller: SupervisionPlanner,
    version: IfMatch,
    and_following: Annotated[bool, Query(description="Also those of the series that come after it.")] = False,
) -> Response:
    """Until it begins. Needs If-Match."""
    await caller.write(
        lambda s, a: supervision.remove(s, a, supervision_id, and_following=and_following, version=version)
    )
    return Response(status_code=204)


@router.put(
    f"{ONE}/attendance", summary="Say who was there", response_model=SupervisionSessionOut, responses=problems(409)
)
async def put_supervision_attendance(
    school: SchoolPath,
    supervision_id: SupervisionPath,
    body: AttendancePut,
    request: Request,
    caller: SupervisionReader,
) -> Response:
    """Once it has begun: of yourself, or as its supervisor of anybody who was to be there. What was said last counts,
    and nobody but the two of you sees it."""
    return replies.shown(request, await caller.write(lambda s, a: supervision.attend(s, a, supervision_id, body)))
