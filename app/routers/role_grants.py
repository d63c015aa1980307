"""Who is given which role, for how long, and by whose word."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.identity import role_grants
from app.identity.grant_schemas import RoleGrantCreate, RoleGrantOut, RoleGrantPage
from app.routers import replies
from app.routers.callers import (
    AnyStaff,
    IdempotencyKeyHeader,
    IfMatch,
    ListingOf,
    RoleGiver,
    SchoolPath,
    SecondPerson,
)
from app.routers.docs import problems
from app.vocabulary import GrantState, Role

router = APIRouter(prefix="/v1/schools/{school}/role-grants", tags=["people"])
READ = problems(not_modified=True)


@router.get("", summary="Roles that were given", response_model=RoleGrantPage, responses=READ)
async def list_role_grants(
    school: SchoolPath,
    request: Request,
    caller: AnyStaff,
    listing: ListingOf,
    person: Annotated[uuid.UUID | None, Query(description="Only those of this person.")] = None,
    role: Annotated[Role | None, Query(description="Only this role.")] = None,
    state: Annotated[GrantState | None, Query(description="Only those that stand so now.")] = None,
) -> Response:
    """The newest first. Coordinators, school IT, sponsors and privacy officers see those of the school, anybody else
    their own."""
    found = await caller.read(
        lambda s, a: role_grants.page(s, a, listing.request(s), person=person, role=role, state=state)
    )
    return replies.page(request, found)


@router.post("", status_code=201, summary="Give a role", response_model=RoleGrantOut, responses=problems(409))
async def create_role_grant(
    school: SchoolPath, body: RoleGrantCreate, caller: RoleGiver, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Never to yourself. School IT gives `student`, `evaluator` and `school_it`; coordinators give all. A role that
    reads cases (`triager`, `adviser`, `independent_handler`, `privacy_officer`) gives nothing until a sponsor or a
    privacy officer has confirmed it, within 14 days: they are told. Nobody is coordinator and evaluator, or is to be:
    409 `evaluation_conflict`. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: role_grants.give(s, a, body),
        location=lambda made: f"/v1/schools/{school}/role-grants/{made.id}",
    )
    return replies.replied(reply)


@router.get("/{grant_id}", summary="A role that was given", response_model=RoleGrantOut, responses=READ)
async def get_role_grant(school: SchoolPath, grant_id: uuid.UUID, request: Request, caller: AnyStaff) -> Response:
    """Who gave it, who confirmed it, from when until when, and why it ended."""
    return replies.shown(request, await caller.read(lambda s, a: role_grants.get(s, a, grant_id)))


@router.post(
    "/{grant_id}/confirm",
    summary="Agree to a role, as the second person",
    response_model=RoleGrantOut,
    responses=problems(409),
)
async def confirm_role_grant(
    school: SchoolPath, grant_id: uuid.UUID, request: Request, caller: SecondPerson, version: IfMatch
) -> Response:
    """From now on it counts, or from its time. Not for whoever gave it or is given it. Needs If-Match."""
    done = await caller.write(lambda s, a: role_grants.confirm(s, a, grant_id, version=version))
    return replies.shown(request, done)


@router.post(
    "/{grant_id}/decline",
    summary="Say no to a role, as the second person",
    response_model=RoleGrantOut,
    responses=problems(409),
)
async def decline_role_grant(
    school: SchoolPath, grant_id: uuid.UUID, request: Request, caller: SecondPerson, version: IfMatch
) -> Response:
    """It comes to nothing; another one may be given. Needs If-Match."""
    done = await caller.write(lambda s, a: role_grants.decline(s, a, grant_id, version=version))
    return replies.shown(request, done)


@router.post("/{grant_id}/end", summary="End a role", response_model=RoleGrantOut, responses=problems(409))
async def end_role_grant(
    school: SchoolPath, grant_id: uuid.UUID, request: Request, caller: AnyStaff, version: IfMatch
) -> Response:
    """Your own, or one that you could give. It ends with this answer: the very next request does without it. Not the
    last coordinator's. Needs If-Match."""
    done = await caller.write(lambda s, a: role_grants.end(s, a, grant_id, version=version))
    return replies.shown(request, done)
