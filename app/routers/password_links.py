"""Links for somebody who has forgotten their password."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.identity import password_links
from app.identity.invitation_schemas import Nothing, PasswordLinkMade, PasswordLinkOut, PasswordLinkPage
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, RoleGiver, RoleOverseer, SchoolPath
from app.routers.callers import SecondPerson as Second
from app.routers.docs import problems
from app.vocabulary import PasswordLinkState

router = APIRouter(prefix="/v1/schools/{school}", tags=["people"])
READ = problems(not_modified=True)


@router.post(
    "/people/{person_id}/password-link",
    status_code=201,
    summary="Make a link for another password",
    response_model=PasswordLinkMade,
    responses=problems(409),
)
async def create_password_link(
    school: SchoolPath, person_id: uuid.UUID, caller: RoleGiver, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """The answer has the link, this once: hand it to the person. It works for 24 hours. For whoever has, or is to have,
    a role that reads cases, and for coordinators and sponsors, it does nothing until a sponsor or a privacy officer has
    confirmed it. School IT asks for those alone whose roles it could have given; nobody for themselves. The person is
    told on their endpoints. Needs an Idempotency-Key."""
    settings = caller.runtime.settings
    reply = await caller.once(
        idempotency_key,
        Nothing(),
        lambda s, a: password_links.ask(s, a, person_id, settings=settings),
        location=lambda made: f"/v1/schools/{school}/password-links/{made.id}",
    )
    return replies.replied(reply, versioned=PasswordLinkOut)


@router.get("/password-links", summary="Links for other passwords", response_model=PasswordLinkPage, responses=READ)
async def list_password_links(
    school: SchoolPath,
    request: Request,
    caller: RoleOverseer,
    listing: ListingOf,
    state: Annotated[
        PasswordLinkState | None,
        Query(description="Only those that stand so now. A page may then hold fewer than `limit`, before the last."),
    ] = None,
) -> Response:
    """The newest first: for whom, who asked, and who confirmed."""
    found = await caller.read(lambda s, a: password_links.page(s, a, listing.request(s), state=state))
    return replies.page(request, found)


@router.get(
    "/password-links/{link_id}", summary="A link for another password", response_model=PasswordLinkOut, responses=READ
)
async def get_password_link(school: SchoolPath, link_id: uuid.UUID, request: Request, caller: RoleOverseer) -> Response:
    """What has become of it. The link itself is shown once, to whoever asked for it."""
    return replies.shown(request, await caller.read(lambda s, a: password_links.get(s, a, link_id)))


@router.post(
    "/password-links/{link_id}/confirm",
    summary="Agree to a link for another password, as the second person",
    response_model=PasswordLinkOut,
    responses=problems(409),
)
async def confirm_password_link(
    school: SchoolPath, link_id: uuid.UUID, request: Request, caller: Second, version: IfMatch
) -> Response:
    """Ask the person first whether they want it. Not for whoever asked for it or is to have it. Needs If-Match."""
    done = await caller.write(lambda s, a: password_links.confirm(s, a, link_id, version=version))
    return replies.shown(request, done)


@router.delete(
    "/password-links/{link_id}",
    status_code=204,
    summary="End a link for another password",
    response_class=Response,
    responses=problems(),
)
async def delete_password_link(school: SchoolPath, link_id: uuid.UUID, caller: RoleOverseer) -> Response:
    """It opens nothing any more. 404 when it was used, or is over, already."""
    await caller.write(lambda s, a: password_links.withdraw(s, a, link_id))
    return Response(status_code=204)
