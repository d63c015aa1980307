"""The reporter's side: coming back with the receipt."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

from fastapi import APIRouter, Request, Response

from app.core import clock
from app.core.problems import NotFound
from app.identity.tokens import REPORTER
from app.reports import mine
from app.reports.schemas import MessageCreate, MessageOut, MessagePage, MyReport, ReceiptSession, ReceiptSessionCreate
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, Receipt
from app.routers.docs import problems
from app.routers.runtime import runtime_of

router = APIRouter(prefix="/v1", tags=["my report"])


@router.post(
    "/receipts/session",
    summary="Open your report with its receipt",
    responses=problems(404, 409, 503),
)
async def create_receipt_session(body: ReceiptSessionCreate, request: Request) -> ReceiptSession:
    """A token for 15 minutes. Wrong, expired and withdrawn receipts get one and the same 404.

    Of a report that was taken back less than a day ago the token can undo that, and nothing else.

    Many failures make every answer slower for a while; none is refused.
    """
    runtime = runtime_of(request)
    now = clock.now()
    await asyncio.sleep(runtime.receipts.seconds)
    try:
        report_id = await runtime.db.write(lambda s: mine.open_with(s, body.receipt, now=now))
    except NotFound:
        runtime.receipts.failed()
        raise
    lifetime = dt.timedelta(minutes=runtime.settings.receipt_session_minutes)
    keys = await runtime.token_keys()
    token = keys.issue(
        subject=report_id,
        session=uuid.uuid4(),
        school=None,
        roles=frozenset({"reporter"}),
        audience=REPORTER,
        now=now,
        lifetime=lifetime,
    )
    seconds = int(lifetime.total_seconds())
    return ReceiptSession(access_token=token, token_type="Bearer", expires_in=seconds)  # noqa: S106  the scheme's name


@router.get(
    "/me/report",
    summary="Where your report stands",
    response_model=MyReport,
    responses=problems(404, not_modified=True),
)
async def get_my_report(request: Request, reporter: Receipt) -> Response:
    """In plain words, with who has read it: roles and hours, never names."""
    found = await reporter.runtime.db.read(lambda s: mine.show(s, reporter.report_id, now=clock.now()))
    return replies.shown(request, found)


@router.get(
    "/me/report/messages",
    summary="The conversation about your report",
    response_model=MessagePage,
    responses=problems(404, 409, not_modified=True),
)
async def list_my_report_messages(request: Request, reporter: Receipt, listing: ListingOf) -> Response:
    """Oldest first."""
    now = clock.now()
    found = await reporter.runtime.db.read(lambda s: mine.messages(s, reporter.report_id, listing.request(s), now=now))
    return replies.page(request, found)


@router.post(
    "/me/report/messages",
    status_code=201,
    summary="Write to whoever reads your report",
    response_model=MessageOut,
    responses=problems(404, 409),
)
async def create_my_report_message(
    body: MessageCreate, reporter: Receipt, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Whoever answers it, or is asked to, is told that there is something to read. An Idempotency-Key is optional.

    Ten in ten minutes and sixty a day are taken for one report, by its own messages; one that cannot wait is never
    refused.
    """
    reply = await reporter.once(
        idempotency_key, body, lambda s: mine.write(s, reporter.report_id, body, now=clock.now())
    )
    return replies.replied(reply)
