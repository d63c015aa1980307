"""Succession: plans for who comes next, and what is to be expected of a programme."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.programme import forecast, plans
from app.programme.forecast_schemas import ForecastOut
from app.programme.plan_schemas import PlanCreate, PlanOut, PlanPage, PlanUpdate
from app.routers import replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, IfMatch, ListingOf, Planner, SchoolPath
from app.routers.docs import problems
from app.vocabulary.succession import PlanState

router = APIRouter(prefix="/v1", tags=["succession"])
READ = problems(not_modified=True)


@router.get(
    "/schools/{school}/succession/forecast",
    summary="The programme term by term",
    response_model=ForecastOut,
    responses=READ,
)
async def get_succession_forecast(school: SchoolPath, request: Request, caller: Planner) -> Response:
    """Who will be there at the end of each of the next four terms, what is covered then, and which posts and sponsors
    end. By what is known: nothing is assumed of those who have not said until when they stay."""
    return replies.shown(request, await caller.read(forecast.forecast))


@router.get("/succession-plans", summary="Succession plans", response_model=PlanPage, responses=READ)
async def list_succession_plans(
    request: Request,
    caller: Planner,
    listing: ListingOf,
    state: Annotated[PlanState | None, Query(description="Only those that stand so.")] = None,
) -> Response:
    """Of your school, in the order in which they were made."""
    found = await caller.read(lambda s, a: plans.page(s, a, listing.request(s), state=state))
    return replies.page(request, found)


@router.post(
    "/succession-plans",
    status_code=201,
    summary="Plan who comes next",
    response_model=PlanOut,
    responses=problems(409),
)
async def create_succession_plan(
    body: PlanCreate, caller: Coordinator, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """For a post or for a supporter, one open plan for each. It begins with the standard list of what is handed over;
    nobody's role changes by it. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: plans.create(s, a, body),
        location=lambda made: f"/v1/succession-plans/{made.id}",
    )
    return replies.replied(reply)


@router.get("/succession-plans/{plan_id}", summary="A succession plan", response_model=PlanOut, responses=READ)
async def get_succession_plan(plan_id: uuid.UUID, request: Request, caller: Planner) -> Response:
    """Who goes, who comes, what they lack, the shifts at which they look on, and what is handed over already."""
    return replies.shown(request, await caller.read(lambda s, a: plans.get(s, a, plan_id)))


@router.patch(
    "/succession-plans/{plan_id}",
    summary="Go on with a succession plan",
    response_model=PlanOut,
    responses=problems(409),
)
async def update_succession_plan(
    plan_id: uuid.UUID, body: PlanUpdate, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """Name the successor, the shifts at which they look on, and what is done; add lines; close it. Whoever looks on
    sees the shift beside their own and in their calendar, is paged for nothing, and counts as no cover. Needs
    If-Match."""
    found = await caller.write(lambda s, a: plans.update(s, a, plan_id, body, version=version))
    return replies.shown(request, found)
