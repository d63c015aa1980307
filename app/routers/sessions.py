"""Where you are signed in."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.identity import sessions
from app.identity.session_schemas import SessionPage
from app.routers import replies
from app.routers.callers import Anyone, ListingOf
from app.routers.docs import problems

router = APIRouter(prefix="/v1/auth/sessions", tags=["sign-in"])


@router.get("", summary="Where you are signed in", response_model=SessionPage, responses=problems(not_modified=True))
async def list_my_sessions(request: Request, caller: Anyone, listing: ListingOf) -> Response:
    """The newest first. Give `device` when you sign in to know them apart: nothing else of a device is kept."""
    return replies.page(request, await caller.read(lambda s, a: sessions.own(s, a, listing.request(s))))


@router.delete(
    "/{session_id}",
    status_code=204,
    summary="End one of your sign-ins",
    response_class=Response,
    responses=problems(409),
)
async def delete_my_session(session_id: uuid.UUID, caller: Anyone) -> Response:
    """Its tokens stop working at once; if it is this one, this one's too."""
    await caller.write(lambda s, a: sessions.end_own(s, a, session_id))
    return Response(status_code=204)


@router.post(
    "/revoke-others",
    status_code=204,
    summary="Sign out everywhere else",
    response_class=Response,
    responses=problems(409),
)
async def revoke_my_other_sessions(caller: Anyone) -> Response:
    """All but this one, at once."""
    await caller.write(sessions.end_others)
    return Response(status_code=204)


@router.post(
    "/revoke-all",
    status_code=204,
    summary="Sign out everywhere",
    response_class=Response,
    responses=problems(409),
)
async def revoke_my_sessions(caller: Anyone) -> Response:
    """Here too: every token that you have stops working at once."""
    await caller.write(sessions.end_all_own)
    return Response(status_code=204)
