"""Open invitations: for anybody to read and to come by, and for those who publish them."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, Request, Response

from app.contacts import codes, open_invitations
from app.contacts.choice_schemas import CodeSession
from app.contacts.invitation_schemas import (
    ChoiceSessionCreate,
    KeptInvitation,
    KeptInvitationPage,
    OpenInvitationCreate,
    OpenInvitationPage,
)
from app.core import clock
from app.core.db import Session
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, OpenInviter, PublicListing, SchoolPath, anonymous_limit
from app.routers.challenges import work_shown_for
from app.routers.choice import session_for
from app.routers.docs import problems
from app.routers.runtime import runtime_of
from app.routers.stories import ASK_EACH_TIME
from app.schools import service as schools

router = APIRouter(prefix="/v1", tags=["choosing a supporter"])
KEPT = "/supporters/open-invitations"
OPEN = "/schools/{school}/open-invitations"


@router.get(
    OPEN,
    summary="Open invitations",
    response_model=OpenInvitationPage,
    responses=problems(503, not_modified=True),
    dependencies=[Depends(anonymous_limit)],
)
async def list_open_invitations(school: SchoolPath, request: Request, listing: PublicListing) -> Response:
    """What is open now, for everybody, a part of the degree, or a site with whoever would come from elsewhere. No list
    of people is behind any of it (STUDY E17, D14)."""
    now = clock.now()
    found = await runtime_of(request).db.read(lambda s: open_invitations.page(s, school, listing.request(s), now=now))
    return replies.page(request, found, headers=ASK_EACH_TIME)


@router.post(
    OPEN + "/{open_invitation_id}/choice-sessions",
    status_code=201,
    summary="Come by an open invitation",
    responses=problems(409, 503),
)
async def create_choice_session(
    school: SchoolPath, open_invitation_id: uuid.UUID, body: ChoiceSessionCreate, request: Request
) -> CodeSession:
    """A token for 15 minutes to choose a supporter with, as a friend's code gives it, for whoever has no such friend.

    Anonymous: nothing of the caller is read or kept, nor which invitation it was. While very many write, work is asked
    of the device first, as for a report (`challenge_required`).
    """
    runtime, now = runtime_of(request), clock.now()
    shown = await work_shown_for(request, school, body.challenge_solution)

    def begin(session: Session) -> uuid.UUID:
        found = open_invitations.find_open(session, school, open_invitation_id, now=now)
        schools.require_active(found)
        if shown is not None:
            shown.spend(session)
        return codes.for_a_session(session, found.id, now=now).id

    subject = await runtime.db.write(begin)
    return await session_for(runtime, subject, school, opens="choosing", now=now)


@router.get(
    KEPT,
    summary="Open invitations that you keep",
    response_model=KeptInvitationPage,
    responses=problems(not_modified=True),
)
async def list_kept_invitations(request: Request, caller: OpenInviter, listing: ListingOf) -> Response:
    """Coordinators: all of the school, also those that are over. Supporters: their own."""
    found = await caller.read(lambda s, a: open_invitations.kept(s, a, listing.request(s)))
    return replies.page(request, found)


@router.post(
    KEPT,
    status_code=201,
    summary="Publish an open invitation",
    response_model=KeptInvitation,
    responses=problems(409),
)
async def create_open_invitation(
    body: OpenInvitationCreate, caller: OpenInviter, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """To everybody, a year band or a site: there is no field for a person. It is not changed later: take it down, and
    publish another one."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: open_invitations.publish(s, a, body),
        location=lambda made: f"/v1{KEPT}/{made.id}",
    )
    return replies.replied(reply)


@router.get(
    KEPT + "/{open_invitation_id}",
    summary="An open invitation that you keep",
    response_model=KeptInvitation,
    responses=problems(not_modified=True),
)
async def get_kept_invitation(open_invitation_id: uuid.UUID, request: Request, caller: OpenInviter) -> Response:
    """Also before it opens, and once it is over."""
    return replies.shown(request, await caller.read(lambda s, a: open_invitations.get(s, a, open_invitation_id)))


@router.post(
    KEPT + "/{open_invitation_id}/take-down",
    summary="Take an open invitation down",
    response_model=KeptInvitation,
    responses=problems(),
)
async def take_down_open_invitation(open_invitation_id: uuid.UUID, request: Request, caller: OpenInviter) -> Response:
    """With the next request nobody sees it any more. Doing it twice changes nothing."""
    return replies.shown(request, await caller.write(lambda s, a: open_invitations.take_down(s, a, open_invitation_id)))
