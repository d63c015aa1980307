"""Who is of a school's programme; that they leave, and where they are signed in."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.identity import leaving, membership, sessions
from app.identity.people_schemas import PersonOut, PersonPage, PersonUpdate
from app.identity.session_schemas import SessionPage
from app.routers import replies
from app.routers.callers import IfMatch, ListingOf, PeopleKeeper, SchoolPath
from app.routers.docs import problems
from app.vocabulary import Role

router = APIRouter(prefix="/v1/schools/{school}/people", tags=["people"])
READ = problems(not_modified=True)
PERSON = "/{person_id}"
SESSIONS = f"{PERSON}/sessions"


@router.get("", summary="The people of the programme", response_model=PersonPage, responses=READ)
async def list_people(
    school: SchoolPath,
    request: Request,
    caller: PeopleKeeper,
    listing: ListingOf,
    role: Annotated[Role | None, Query(description="Only who holds this role now.")] = None,
    active: Annotated[bool | None, Query(description="Only who can sign in, or only who cannot.")] = None,
) -> Response:
    """In the order in which they came, also those who have left. Service accounts are not among them."""
    found = await caller.read(lambda s, a: membership.page(s, a, listing.request(s), role=role, active=active))
    return replies.page(request, found)


@router.get(PERSON, summary="Somebody of the programme", response_model=PersonOut, responses=READ)
async def get_person(school: SchoolPath, person_id: uuid.UUID, request: Request, caller: PeopleKeeper) -> Response:
    """With the roles that count now; those to come and those that have ended are among the role grants."""
    return replies.shown(request, await caller.read(lambda s, a: membership.get(s, a, person_id)))


@router.patch(PERSON, summary="Change somebody's entry", response_model=PersonOut, responses=problems(409))
async def update_person(
    school: SchoolPath,
    person_id: uuid.UUID,
    body: PersonUpdate,
    request: Request,
    caller: PeopleKeeper,
    version: IfMatch,
) -> Response:
    """Merge patch (RFC 7396). Whoever assesses students at a school has no role there that cares for them, and is to
    have none: 409 while they do. The alias of whoever reads cases, or decides who does, stays (409 `alias_stays`):
    reports are kept from them by it. School IT changes nobody's whose roles it could not give. Needs If-Match."""
    done = await caller.write(lambda s, a: membership.update(s, a, person_id, body, version=version))
    return replies.shown(request, done)


@router.post(f"{PERSON}/leave", summary="Let somebody leave", response_model=PersonOut, responses=problems(409))
async def leave_person(school: SchoolPath, person_id: uuid.UUID, request: Request, caller: PeopleKeeper) -> Response:
    """With this answer every sign-in, token and role of theirs has ended. In the next moment their calendars and
    endpoints are off, what they were asked goes on to the next, and their shifts are gaps. Not the last coordinator."""
    return replies.shown(request, await caller.write(lambda s, a: leaving.leave(s, a, person_id)))


@router.post(f"{PERSON}/come-back", summary="Let somebody come back", response_model=PersonOut, responses=problems(409))
async def come_back_person(
    school: SchoolPath, person_id: uuid.UUID, request: Request, caller: PeopleKeeper
) -> Response:
    """They can sign in again, and have no role: give each anew."""
    return replies.shown(request, await caller.write(lambda s, a: leaving.come_back(s, a, person_id)))


@router.get(SESSIONS, summary="Where somebody is signed in", response_model=SessionPage, responses=READ)
async def list_person_sessions(
    school: SchoolPath, person_id: uuid.UUID, request: Request, caller: PeopleKeeper, listing: ListingOf
) -> Response:
    """The newest first. No address is kept, and no name of a program."""
    found = await caller.read(lambda s, a: sessions.of_person(s, a, person_id, listing.request(s)))
    return replies.page(request, found)


@router.delete(
    f"{SESSIONS}/{{session_id}}",
    status_code=204,
    summary="End one of somebody's sign-ins",
    response_class=Response,
    responses=problems(409),
)
async def delete_person_session(
    school: SchoolPath, person_id: uuid.UUID, session_id: uuid.UUID, caller: PeopleKeeper
) -> Response:
    """For a telephone that is lost, at once."""
    await caller.write(lambda s, a: sessions.end_of_person(s, a, person_id, session_id))
    return Response(status_code=204)


@router.post(
    f"{SESSIONS}/revoke-all",
    status_code=204,
    summary="Sign somebody out everywhere",
    response_class=Response,
    responses=problems(409),
)
async def revoke_person_sessions(school: SchoolPath, person_id: uuid.UUID, caller: PeopleKeeper) -> Response:
    """Every token that they have stops working at once. They may sign in again."""
    await caller.write(lambda s, a: sessions.end_all_of_person(s, a, person_id))
    return Response(status_code=204)
