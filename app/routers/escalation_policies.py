"""Escalation policies: whom to ask for which need, in which order, for how long."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.guidance.signs import Priority
from app.paging import policy_edits as policies
from app.paging.policy_schemas import (
    EscalationPolicyCreate,
    EscalationPolicyOut,
    EscalationPolicyPage,
    EscalationPolicyPut,
    PolicyInForce,
    PolicyVersionPage,
)
from app.routers import replies
from app.routers.callers import Coordinator, IfMatch, ListingOf, Planner, SchoolPath
from app.routers.docs import problems
from app.vocabulary import NeedKind, Topic

router = APIRouter(prefix="/v1/schools/{school}/escalation-policies", tags=["escalation policies"])
READ = problems(not_modified=True)


@router.post(
    "",
    status_code=201,
    summary="Add an escalation policy",
    response_model=EscalationPolicyOut,
    responses=problems(409),
)
async def create_escalation_policy(school: SchoolPath, body: EscalationPolicyCreate, caller: Coordinator) -> Response:
    """For a kind of need, a topic or a priority. Needs a last level that is never a roster, with somebody there."""
    made = await caller.write(lambda s, a: policies.create(s, a, body))
    return replies.created(made, location=f"/v1/schools/{school}/escalation-policies/{made.id}")


@router.get("", summary="The school's escalation policies", response_model=EscalationPolicyPage, responses=READ)
async def list_escalation_policies(
    school: SchoolPath, request: Request, caller: Planner, listing: ListingOf
) -> Response:
    """In the order in which they were made. For a need without one the standard policy counts."""
    return replies.page(request, await caller.read(lambda s, a: policies.page(s, a, listing.request(s))))


@router.get("/in-force", summary="What would be followed now", response_model=PolicyInForce, responses=READ)
async def get_policy_in_force(
    school: SchoolPath,
    request: Request,
    caller: Planner,
    need: Annotated[NeedKind, Query(description="The kind of need.")],
    topic: Annotated[Topic | None, Query(description="The topic of advice.")] = None,
    priority: Annotated[Priority, Query(description="How soon a person should answer.")] = Priority.NOW,
) -> Response:
    """The school's most particular policy for this need, or the standard one, with every clock."""
    found = await caller.read(lambda s, a: policies.in_force(s, a, need=need, topic=topic, priority=priority))
    return replies.shown(request, found)


@router.get("/{policy_id}", summary="An escalation policy", response_model=EscalationPolicyOut, responses=READ)
async def get_escalation_policy(
    school: SchoolPath, policy_id: uuid.UUID, request: Request, caller: Planner
) -> Response:
    """`fallback_staffed` says whether somebody is at its last level now."""
    return replies.shown(request, await caller.read(lambda s, a: policies.get(s, a, policy_id)))


@router.get("/{policy_id}/versions", summary="What it said before", response_model=PolicyVersionPage, responses=READ)
async def list_escalation_policy_versions(
    school: SchoolPath, policy_id: uuid.UUID, request: Request, caller: Planner, listing: ListingOf
) -> Response:
    """Newest first, the present one among them. They stay when the policy is removed."""
    found = await caller.read(lambda s, a: policies.versions(s, a, policy_id, listing.request(s)))
    return replies.page(request, found)


@router.put(
    "/{policy_id}", summary="Replace an escalation policy", response_model=EscalationPolicyOut, responses=problems()
)
async def replace_escalation_policy(
    school: SchoolPath,
    policy_id: uuid.UUID,
    body: EscalationPolicyPut,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """What begins from now on follows it; what runs goes on as it began. Needs If-Match."""
    found = await caller.write(lambda s, a: policies.replace(s, a, policy_id, body, version=version))
    return replies.shown(request, found)


@router.delete(
    "/{policy_id}",
    status_code=204,
    summary="Remove an escalation policy",
    response_class=Response,
    responses=problems(),
)
async def delete_escalation_policy(
    school: SchoolPath, policy_id: uuid.UUID, caller: Coordinator, version: IfMatch
) -> Response:
    """The next less particular policy counts then, at the end the standard one. Needs If-Match."""
    await caller.write(lambda s, a: policies.remove(s, a, policy_id, version=version))
    return Response(status_code=204)
