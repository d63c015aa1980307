"""For a reporter: codes by which a peer can choose a supporter themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.contacts import codes
from app.contacts.choice_schemas import ContactCodeMade, ContactCodesOut
from app.core import clock
from app.core.db import Session
from app.core.schemas import InputModel
from app.reports import passing_codes
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, Receipt
from app.routers.docs import problems

router = APIRouter(prefix="/v1/me/report/contact-codes", tags=["my report"])


class NothingToSay(InputModel):
    """A code needs no words: nothing of the peer is asked."""


@router.get(
    "",
    summary="How many codes you were given for a peer",
    response_model=ContactCodesOut,
    responses=problems(404, 409, not_modified=True),
)
async def list_my_contact_codes(request: Request, reporter: Receipt) -> Response:
    """Whether one was used is told to nobody."""
    found = await reporter.runtime.db.read(lambda s: passing_codes.show(s, reporter.report_id, now=clock.now()))
    return replies.shown(request, found)


@router.post(
    "",
    status_code=201,
    summary="Get a code for a peer",
    response_model=ContactCodeMade,
    responses=problems(404, 409),
)
async def create_my_contact_code(reporter: Receipt, idempotency_key: IdempotencyKeyHeader = None) -> Response:
    """With it they can choose a supporter themselves, without an account. Pass it on, and go on as their friend.

    Good for 14 days, and for one choice. It leads nobody from their contact to your report, or back. Three can be open
    for one report. An Idempotency-Key is optional: a retry gets the same code until it is first used, for 24 hours.
    """
    made: list[str] = []

    def make(session: Session) -> ContactCodeMade:
        shown = passing_codes.make(session, reporter.report_id, now=clock.now())
        made.append(shown.code)
        return shown

    reply = await reporter.once(
        idempotency_key,
        NothingToSay(),
        make,
        ends_with=lambda s: codes.replay_end_hash(s, made[-1]) if made else None,
    )
    return replies.replied(reply)


@router.delete("", status_code=204, summary="Take your codes back", responses=problems(404, 409))
async def delete_my_contact_codes(reporter: Receipt) -> Response:
    """All of them. Those that were not used open nothing from now on; what came of one that was used is the peer's."""
    await reporter.runtime.db.write(lambda s: passing_codes.take_back(s, reporter.report_id, now=clock.now()))
    return Response(status_code=204)
