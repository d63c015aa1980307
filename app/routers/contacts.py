"""For supporters: whom they are asked to get in touch with. A few words and how to reach them, never a report."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.contacts.schemas import ContactEnd, ContactOut, ContactPage
from app.reports import supporting
from app.routers import replies
from app.routers.callers import ListingOf, Supporter
from app.routers.docs import problems

router = APIRouter(prefix="/v1/me/contacts", tags=["contacts"])


@router.get(
    "",
    summary="Your contacts",
    response_model=ContactPage,
    responses=problems(not_modified=True),
)
async def list_my_contacts(request: Request, caller: Supporter, listing: ListingOf) -> Response:
    """The newest hour first; within an hour in no order of time."""
    found = await caller.write(lambda s, actor: supporting.page(s, actor, listing.request(s)))
    return replies.page(request, found)


@router.get("/{contact_id}", summary="A contact", response_model=ContactOut, responses=problems(not_modified=True))
async def get_my_contact(contact_id: uuid.UUID, request: Request, caller: Supporter) -> Response:
    """The summary; how to reach them, once you have accepted. Nothing when it is over."""
    found = await caller.write(lambda s, actor: supporting.read(s, actor, contact_id))
    return replies.shown(request, found)


@router.post("/{contact_id}/accept", summary="Accept a contact", responses=problems(409))
async def accept_my_contact(contact_id: uuid.UUID, caller: Supporter) -> ContactOut:
    """How to reach them is shown from now on. Whoever handed it over is told. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: supporting.accept(s, actor, contact_id))


@router.post("/{contact_id}/decline", summary="Decline a contact", responses=problems(409))
async def decline_my_contact(contact_id: uuid.UUID, caller: Supporter) -> ContactOut:
    """No reason is asked. It goes back to whoever handed it over. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: supporting.decline(s, actor, contact_id))


@router.post("/{contact_id}/end", summary="End a contact", responses=problems(409))
async def end_my_contact(contact_id: uuid.UUID, body: ContactEnd, caller: Supporter) -> ContactOut:
    """Also because you cannot go on: no reason is asked. What you could read is destroyed; a note goes to whoever
    handed it over. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: supporting.end(s, actor, contact_id, body))
