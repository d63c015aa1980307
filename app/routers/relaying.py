"""What may be passed on of a report: written by its handler, decided by its reporter, handed to a supporter."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.briefs import relaying as paged
from app.contacts.schemas import ContactCreate, HandedOver, HandedOverList, SupporterList
from app.core import clock
from app.reports import handing_over, my_summary, relaying
from app.reports.relay_schemas import (
    MyRelaySummary,
    RelaySummaryCreate,
    RelaySummaryDecision,
    RelaySummaryOut,
    ServiceSummaryCreate,
)
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, Paged, Reader, Receipt, SchoolPath, Triager
from app.routers.docs import problems

router = APIRouter(prefix="/v1")


@router.post(
    "/schools/{school}/reports/{report_id}/relay-summary",
    status_code=201,
    tags=["reports"],
    summary="Write what may be passed on",
    response_model=RelaySummaryOut,
    responses=problems(409),
)
async def create_relay_summary(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: RelaySummaryCreate,
    request: Request,
    caller: Reader,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """For whoever has taken the report on. Its reporter is asked, and nothing is passed on before they agree; silence
    is no yes. A new version asks anew. Needs an Idempotency-Key."""
    path = request.url.path
    reply = await caller.once(
        idempotency_key, body, lambda s, actor: relaying.write(s, actor, report_id, body), location=lambda _: path
    )
    return replies.replied(reply)


@router.get(
    "/schools/{school}/reports/{report_id}/relay-summary",
    tags=["reports"],
    summary="What may be passed on, and what its reporter says",
    response_model=RelaySummaryOut,
    responses=problems(409, not_modified=True),
)
async def get_relay_summary(school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader) -> Response:
    """The newest version, with figures that say where to look. Reading is recorded."""
    found = await caller.write(lambda s, actor: relaying.read(s, actor, report_id))
    return replies.shown(request, found)


@router.post(
    "/pages/{page_id}/relay-summary",
    status_code=201,
    tags=["pages"],
    summary="Write what a service may be told",
    response_model=RelaySummaryOut,
    responses=problems(409),
)
async def create_page_relay_summary(
    page_id: uuid.UUID,
    body: ServiceSummaryCreate,
    request: Request,
    caller: Paged,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """For the independent handler who has taken a report on. Its reporter is asked first. Needs an Idempotency-Key."""
    path = request.url.path
    reply = await caller.once(
        idempotency_key, body, lambda s, actor: paged.write(s, actor, page_id, body), location=lambda _: path
    )
    return replies.replied(reply)


@router.get(
    "/pages/{page_id}/relay-summary",
    tags=["pages"],
    summary="What a service may be told, and what its reporter says",
    response_model=RelaySummaryOut,
    responses=problems(409, not_modified=True),
)
async def get_page_relay_summary(page_id: uuid.UUID, request: Request, caller: Paged) -> Response:
    """The newest version. Reading is recorded."""
    found = await caller.write(lambda s, actor: paged.read(s, actor, page_id))
    return replies.shown(request, found)


@router.get(
    "/me/report/relay-summary",
    tags=["my report"],
    summary="What would be passed on, if you agree",
    response_model=MyRelaySummary,
    responses=problems(404, 409, not_modified=True),
)
async def get_my_relay_summary(request: Request, reporter: Receipt) -> Response:
    """The words, whom they are for, and whether they may show who wrote. 404 while nobody asks you."""
    found = await reporter.runtime.db.read(lambda s: my_summary.show(s, reporter.report_id, now=clock.now()))
    return replies.shown(request, found)


@router.put(
    "/me/report/relay-summary",
    tags=["my report"],
    summary="Say whether it may be passed on",
    response_model=MyRelaySummary,
    responses=problems(404, 409),
)
async def decide_relay_summary(
    body: RelaySummaryDecision, request: Request, reporter: Receipt, version: IfMatch
) -> Response:
    """As it stands, in words of your own, or not at all. You can change your mind: what a supporter was asked and has
    not accepted is taken back; what somebody has read cannot be. Needs If-Match: a yes is to the words that you saw."""
    now = clock.now()
    found = await reporter.runtime.db.write(
        lambda s: my_summary.decide(s, reporter.report_id, body, version=version, now=now)
    )
    return replies.shown(request, found)


@router.get(
    "/schools/{school}/reports/{report_id}/supporters",
    tags=["reports"],
    summary="Supporters who may be asked",
    response_model=SupporterList,
    responses=problems(not_modified=True),
)
async def list_report_supporters(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Triager
) -> Response:
    """By alias. Why somebody is not here is not said."""
    found = await caller.read(lambda s, actor: handing_over.supporters(s, actor, report_id))
    return replies.shown(request, found)


@router.get(
    "/schools/{school}/reports/{report_id}/contacts",
    tags=["reports"],
    summary="Contacts that a report led to",
    response_model=HandedOverList,
    responses=problems(409, not_modified=True),
)
async def list_report_contacts(school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Triager) -> Response:
    """The oldest hour first, with what supporters said at the end. Reading is recorded."""
    found = await caller.write(lambda s, actor: handing_over.handed_over(s, actor, report_id))
    return replies.shown(request, found)


@router.post(
    "/schools/{school}/reports/{report_id}/contacts",
    status_code=201,
    tags=["reports"],
    summary="Ask a supporter to get in touch",
    response_model=HandedOver,
    responses=problems(409),
)
async def create_report_contact(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: ContactCreate,
    caller: Triager,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """In the words that the reporter agreed to, and for what they agreed to. The supporter sees the summary, and how to
    reach the person once they accept: nothing else of the report. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: handing_over.hand_over(s, actor, report_id, body))
    return replies.replied(reply)


@router.post(
    "/schools/{school}/reports/{report_id}/contacts/{contact_id}/end",
    tags=["reports"],
    summary="Take a contact back",
    responses=problems(409),
)
async def end_report_contact(
    school: SchoolPath, report_id: uuid.UUID, contact_id: uuid.UUID, caller: Triager
) -> HandedOver:
    """When nobody answers, or the supporter has left. They are told that it is over. Doing it twice changes nothing."""
    return await caller.write(lambda s, actor: handing_over.end(s, actor, report_id, contact_id))
