"""Asking somebody to join a school's programme."""

from __future__ import annotations

import json
import uuid

from fastapi import APIRouter, Request, Response

from app.core.problems import Problem
from app.identity import invitations, membership
from app.identity.invitation_schemas import InvitationCreate, InvitationMade, InvitationOut, InvitationPage, Nothing
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, RoleGiver, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/invitations", tags=["people"])
READ = problems(not_modified=True)


@router.get("", summary="Who was asked to join", response_model=InvitationPage, responses=READ)
async def list_invitations(school: SchoolPath, request: Request, caller: RoleGiver, listing: ListingOf) -> Response:
    """The newest first, with whether they have joined. Links are shown once, to whoever made them."""
    found = await caller.read(lambda s, a: invitations.page(s, a, listing.request(s)))
    return replies.page(request, found)


@router.post(
    "", status_code=201, summary="Ask somebody to join", response_model=InvitationMade, responses=problems(409)
)
async def create_invitation(
    school: SchoolPath, body: InvitationCreate, caller: RoleGiver, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """The answer has the link, this once: hand it to the person. It works for 7 days. They are on no roster and get no
    page before they have joined. Roles are given as by `createRoleGrant`: those that read cases wait for a second
    person, who confirms them after the person has joined. Needs an Idempotency-Key.

    A login that somebody has, wherever, is refused; that is recorded, and ten times in five minutes is enough.
    """
    taken, settings = caller.runtime.taken_logins, caller.runtime.settings
    asker = str(caller.claims.subject)
    # Counted before it is known, so that many at once do not get past.
    taken.take(asker)
    try:
        reply = await caller.once(
            idempotency_key,
            body,
            lambda s, a: invitations.invite(s, a, body, settings=settings),
            location=lambda made: f"/v1/schools/{school}/invitations/{made.id}",
        )
    except Problem:
        taken.give_back(asker)
        raise
    # Other problems that are answers, kept for a retry, tell of nobody.
    if reply.problem and json.loads(reply.body)["code"] == invitations.LoginTaken.code:
        await caller.write(lambda s, a: membership.record_taken(s, a, "invitation.refused"))
    else:
        taken.give_back(asker)
    return replies.replied(reply, versioned=InvitationOut)


@router.get("/{invitation_id}", summary="An invitation", response_model=InvitationOut, responses=READ)
async def get_invitation(school: SchoolPath, invitation_id: uuid.UUID, request: Request, caller: RoleGiver) -> Response:
    """Who asked, whom, as what, and whether they have come."""
    return replies.shown(request, await caller.read(lambda s, a: invitations.get(s, a, invitation_id)))


@router.post(
    "/{invitation_id}/renew",
    summary="Make a new link for an invitation",
    response_model=InvitationMade,
    responses=problems(409),
)
async def renew_invitation(
    school: SchoolPath,
    invitation_id: uuid.UUID,
    caller: RoleGiver,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """For another 7 days; the link before it opens nothing any more. School IT does this for those whom it could have
    invited; nobody of the school for its first sponsor. Needs an Idempotency-Key."""
    settings = caller.runtime.settings
    reply = await caller.once(
        idempotency_key,
        Nothing(),
        lambda s, a: invitations.renew(s, a, invitation_id, settings=settings),
        status=200,
    )
    return replies.replied(reply)


@router.delete(
    "/{invitation_id}",
    status_code=204,
    summary="Withdraw an invitation",
    response_class=Response,
    responses=problems(409),
)
async def delete_invitation(school: SchoolPath, invitation_id: uuid.UUID, caller: RoleGiver) -> Response:
    """Its link opens nothing any more, the roles end, and the login is free. Not once they have joined."""
    await caller.write(lambda s, a: invitations.withdraw(s, a, invitation_id))
    return Response(status_code=204)
