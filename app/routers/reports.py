"""Reports: the anonymous way in, and the readers' side."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from app.core import clock
from app.core.db import Session
from app.core.problems import IdempotencyKeyInvalid, InvalidRequest, Problem
from app.guidance.signs import Priority
from app.idempotency import service as idempotency
from app.idempotency.service import Reply
from app.reports import closing, intake, releasing, triage
from app.reports.challenges import Shown
from app.reports.intake import Key, Made, Prepared
from app.reports.outlook import Outlook, read_outlook
from app.reports.schemas import (
    MessageCreate,
    ReportCreate,
    ReportCreated,
    ReportMessageOut,
    ReportMessagePage,
    ReportOut,
    ReportPage,
)
from app.reports.triage import Wanted
from app.routers import replies
from app.routers.callers import (
    IdempotencyKeyHeader,
    IfMatch,
    KeyText,
    ListingOf,
    Reader,
    SchoolPath,
    ShowHidden,
)
from app.routers.challenges import work_shown
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of
from app.schools.service import SchoolNotActive
from app.vocabulary import ReportState

router = APIRouter(prefix="/v1/schools/{school}/reports", tags=["reports"])

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@router.post(
    "",
    status_code=201,
    summary="Share a worry about a peer",
    response_model=ReportCreated,
    responses=problems(409, 428, 503),
)
async def create_report(
    school: SchoolPath,
    body: ReportCreate,
    request: Request,
    idempotency_key: Annotated[
        KeyText | None,
        Header(
            alias="Idempotency-Key",
            description="Optional, a random UUID: a retry gets the same receipt until it is first used, for 24 hours.",
        ),
    ] = None,
) -> Response:
    """Anonymous: no account, and nothing of the caller is read, kept or logged.

    The answer holds the receipt, help that fits, and when somebody will read it. With a red-flag sign or the priority
    `now`, the page to whoever is on call is stored in the same transaction. While very many come in, one that can wait
    is asked for work first (`challenge_required`): its answer has the challenge, see `report-challenge`. No number of
    reports is ever too many.
    """
    if idempotency_key is None:
        return replies.replied(Reply(201, await take(request, school, body)))
    runtime = runtime_of(request)
    now = clock.now()
    path = request.url.path
    text = idempotency.parse_key(idempotency_key)
    if not _UUID.fullmatch(text):
        raise IdempotencyKeyInvalid("For a report the key is a secret: use a random UUID.")
    work = await work_shown(request, school, body, key=text)

    prepared: Prepared | Problem
    try:
        prepared = await _prepare(runtime, school, body, now=now)
    except (InvalidRequest, SchoolNotActive) as refused:
        # Of a retry the kept answer counts, although who was named in `keep_from` may have left since, or the school
        # was stopped.
        prepared = refused
    # The same worry is the same, whatever work was shown for it.
    said = body.model_dump(mode="json", exclude_unset=True, exclude={"challenge_solution"})
    key = Key(text, path, idempotency.fingerprint("POST", path, said))
    if isinstance(prepared, Prepared) and work is None:
        waiting = intake.can_wait(prepared, body, now=now, key=key)
        made = None if waiting is None else await runtime.reports.write(waiting)
        if made is not None:
            return replies.replied(Reply(201, made.body))

    def run(session: Session) -> Reply:
        receipt: list[str] = []

        def effect() -> Reply:
            if isinstance(prepared, Problem):
                raise prepared
            made = _store(session, prepared, body, work, now=now)
            receipt.append(made.receipt)
            return Reply(201, made.body)

        return idempotency.do_once(
            session,
            key.once(session),
            effect,
            now=now,
            ends_with=lambda: intake.replay_end_hash(session, receipt[0]) if receipt else None,
        )

    return replies.replied(await runtime.db.write(run))


async def take(request: Request, school: str, body: ReportCreate) -> bytes:
    """Store a report without an Idempotency-Key: a ReportCreated as JSON, once it is on disk."""
    runtime, now = runtime_of(request), clock.now()
    work = await work_shown(request, school, body, key=None)
    prepared = await _prepare(runtime, school, body, now=now)
    waiting = None if work is not None else intake.can_wait(prepared, body, now=now)
    if waiting is not None and (made := await runtime.reports.write(waiting)) is not None:
        return made.body
    return (await runtime.db.write(lambda s: _store(s, prepared, body, work, now=now))).body


def _store(session: Session, prepared: Prepared, body: ReportCreate, work: Shown | None, *, now: dt.datetime) -> Made:
    if work is not None:
        work.spend(session)
    return intake.submit(session, prepared, body, now=now)


async def _prepare(runtime: Runtime, school: str, body: ReportCreate, *, now: dt.datetime) -> Prepared:
    if not intake.is_plain(body):
        return await runtime.db.read(lambda s: intake.prepare(s, school, body, now=now))

    def read() -> Coroutine[Any, Any, Outlook]:
        return runtime.db.read(lambda s: read_outlook(s, school, now=now))

    outlook = await runtime.outlooks.of(school, now=now, read=read)
    return intake.prepare_plain(outlook, body, now=now)


def wanted(
    state: Annotated[ReportState | None, Query(description="Only those in this state.")] = None,
    open_only: Annotated[
        bool,
        Query(
            description="Only those to which something can still be added, and those that were taken back and about "
            "which somebody must still decide."
        ),
    ] = False,
    priority: Annotated[Priority | None, Query(description="Only those that should be answered so soon.")] = None,
    awaiting_second_person: Annotated[
        bool | None, Query(description="Only those of which something waits for a second person, or nothing does.")
    ] = None,
    group_id: Annotated[uuid.UUID | None, Query(description="Only those of this group.")] = None,
) -> Wanted:
    return Wanted(state, open_only, priority, awaiting_second_person, group_id)


@router.get(
    "",
    summary="Reports to read",
    response_model=ReportPage,
    responses=problems(not_modified=True),
)
async def list_reports(
    school: SchoolPath,
    request: Request,
    caller: Reader,
    listing: ListingOf,
    wanted: Annotated[Wanted, Depends(wanted)],
) -> Response:
    """What should be answered soonest first, then the oldest hour, without texts; within an hour in no order of time,
    because which came first is not told. A report whose priority changes while you turn the pages stands where it then
    belongs; all others come once.

    Reports that name you, or that were kept from you, are not here. An independent handler finds those that they have
    in hand, and no others.
    """
    found = await caller.read(lambda s, actor: triage.page(s, actor, listing.request(s), wanted))
    return replies.page(request, found)


@router.get(
    "/{report_id}",
    summary="A report with its text",
    response_model=ReportOut,
    responses=problems(409, not_modified=True),
)
async def get_report(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, show_hidden: ShowHidden = False
) -> Response:
    """Reading it is recorded; the reporter sees which role read it, and in which hour."""
    found = await caller.write(lambda s, actor: triage.read(s, actor, report_id, show_hidden=show_hidden))
    return replies.shown(request, found, versioned=found.kept_back())


@router.post(
    "/{report_id}/claim",
    summary="Take a report on",
    response_model=ReportOut,
    responses=problems(409),
)
async def claim_report(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, version: IfMatch
) -> Response:
    """Needs If-Match: of two at once, exactly one takes it. Of whoever has done nothing about it for 24 hours it is
    taken over; they are told."""
    found = await caller.write(lambda s, actor: triage.claim(s, actor, report_id, version=version))
    return replies.shown(request, found)


@router.post(
    "/{report_id}/release",
    summary="Give a report back",
    response_model=ReportOut,
    responses=problems(409),
)
async def release_report(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, version: IfMatch
) -> Response:
    """For whoever holds it. Nobody does then, and the others who read it are told; you can still read it, and take it
    on again. When somebody must not know of it any more, they leave it instead. Needs If-Match."""
    found = await caller.write(lambda s, actor: releasing.release(s, actor, report_id, version=version))
    return replies.shown(request, found)


@router.post(
    "/{report_id}/close",
    summary="Close a report",
    response_model=ReportOut,
    responses=problems(409),
)
async def close_report(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, version: IfMatch
) -> Response:
    """Ends the conversation, once an outcome is recorded; exact times are cut to the hour then. Needs If-Match."""
    found = await caller.write(lambda s, actor: closing.close(s, actor, report_id, version=version))
    return replies.shown(request, found)


@router.get(
    "/{report_id}/messages",
    summary="The conversation with the reporter",
    response_model=ReportMessagePage,
    responses=problems(409, not_modified=True),
)
async def list_report_messages(
    school: SchoolPath,
    report_id: uuid.UUID,
    request: Request,
    caller: Reader,
    listing: ListingOf,
    show_hidden: ShowHidden = False,
) -> Response:
    """Oldest first. Reading is recorded."""
    found = await caller.write(
        lambda s, actor: triage.messages(s, actor, report_id, listing.request(s), show_hidden=show_hidden)
    )
    return replies.page(request, found)


@router.post(
    "/{report_id}/messages",
    status_code=201,
    summary="Answer the reporter",
    response_model=ReportMessageOut,
    responses=problems(409),
)
async def create_report_message(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: MessageCreate,
    caller: Reader,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """An answer ends the paging for this report. Needs an Idempotency-Key."""
    reply = await caller.once(idempotency_key, body, lambda s, actor: triage.write(s, actor, report_id, body))
    return replies.replied(reply)
