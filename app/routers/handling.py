"""What triagers do with a report beside answering it: its priority, its group, what came of it, a second person."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request, Response

from app.reports import grouping, hurtful, outcomes, priorities, proposals
from app.reports.handling_schemas import (
    GroupWith,
    HurtfulMark,
    OutcomeCreate,
    OutcomeOut,
    OutcomePage,
    PrioritySet,
    ProposalPage,
)
from app.reports.schemas import ReportMessageOut, ReportOut
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, Reader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/reports/{report_id}", tags=["reports"])


@router.post(
    "/priority", summary="Say how soon a person should answer", response_model=ReportOut, responses=problems(409)
)
async def set_report_priority(
    school: SchoolPath, report_id: uuid.UUID, body: PrioritySet, request: Request, caller: Reader, version: IfMatch
) -> Response:
    """Sooner: at once, by anybody who sees it, without If-Match and whoever holds it. `now` and `today` page whoever is
    on call, unless somebody is asked or answers already.

    Later needs If-Match. Below what was stated it needs a note. With a red-flag sign it is a proposal, with a note:
    nothing changes until a second person confirms it. No page that runs is stopped by it.
    """
    found = await caller.write(lambda s, actor: priorities.set_priority(s, actor, report_id, body, version=version))
    return replies.shown(request, found)


@router.get(
    "/proposals",
    summary="What was set or proposed, and why",
    response_model=ProposalPage,
    responses=problems(409, not_modified=True),
)
async def list_report_proposals(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, listing: ListingOf
) -> Response:
    """The oldest hour first, with their notes. Reading is recorded."""
    found = await caller.write(lambda s, actor: proposals.page(s, actor, report_id, listing.request(s)))
    return replies.page(request, found)


@router.post(
    "/proposals/{proposal_id}/confirm",
    summary="Confirm what somebody has proposed",
    response_model=ReportOut,
    responses=problems(409),
)
async def confirm_report_proposal(
    school: SchoolPath, report_id: uuid.UUID, proposal_id: uuid.UUID, request: Request, caller: Reader
) -> Response:
    """As the second person: it takes effect. Of two at once, one does it. Doing it twice changes nothing."""
    found = await caller.write(lambda s, actor: proposals.confirm(s, actor, report_id, proposal_id))
    return replies.shown(request, found)


@router.post(
    "/proposals/{proposal_id}/decline",
    summary="Decline what somebody has proposed",
    response_model=ReportOut,
    responses=problems(409),
)
async def decline_report_proposal(
    school: SchoolPath, report_id: uuid.UUID, proposal_id: uuid.UUID, request: Request, caller: Reader
) -> Response:
    """As the second person: everything stays as it is. Doing it twice changes nothing."""
    found = await caller.write(lambda s, actor: proposals.decline(s, actor, report_id, proposal_id))
    return replies.shown(request, found)


@router.post(
    "/proposals/{proposal_id}/take-back",
    summary="Take back what you have proposed",
    response_model=ReportOut,
    responses=problems(409),
)
async def take_back_report_proposal(
    school: SchoolPath, report_id: uuid.UUID, proposal_id: uuid.UUID, request: Request, caller: Reader
) -> Response:
    """Before a second person has decided. Doing it twice changes nothing."""
    found = await caller.write(lambda s, actor: proposals.take_back(s, actor, report_id, proposal_id))
    return replies.shown(request, found)


@router.post(
    "/group", summary="Link two reports about the same worry", response_model=ReportOut, responses=problems(409)
)
async def group_report(
    school: SchoolPath, report_id: uuid.UUID, body: GroupWith, request: Request, caller: Reader
) -> Response:
    """Both must be yours to see. They then have the same `group_id`, by which the list of reports can be filtered.

    Nothing is merged or deleted, and nobody learns by it of a report that they may not see.
    """
    found = await caller.write(lambda s, actor: grouping.group(s, actor, report_id, body))
    return replies.shown(request, found)


@router.post("/ungroup", summary="Take a report out of its group", response_model=ReportOut, responses=problems(409))
async def ungroup_report(school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader) -> Response:
    """The others stay together. Doing it twice changes nothing."""
    found = await caller.write(lambda s, actor: grouping.ungroup(s, actor, report_id))
    return replies.shown(request, found)


@router.get(
    "/outcomes", summary="What came of a report", response_model=OutcomePage, responses=problems(409, not_modified=True)
)
async def list_report_outcomes(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader, listing: ListingOf
) -> Response:
    """The oldest hour first, with their notes. Reading is recorded. The reporter never sees them."""
    found = await caller.write(lambda s, actor: outcomes.page(s, actor, report_id, listing.request(s)))
    return replies.page(request, found)


@router.post(
    "/outcomes",
    status_code=201,
    summary="Record what came of a report",
    response_model=OutcomeOut,
    responses=problems(409),
)
async def create_report_outcome(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: OutcomeCreate,
    caller: Reader,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """Several are allowed, and at least one is needed to close it. Needs an Idempotency-Key.

    `misuse` waits for a second person, and then puts the words out of sight. `connected_to_service` names an entry of
    the directory. `shared_without_consent`, and a referral without consent, rest on a confidentiality decision.
    """
    reply = await caller.once(idempotency_key, body, lambda s, actor: outcomes.record(s, actor, report_id, body))
    return replies.replied(reply)


@router.post(
    "/hurtful", summary="Mark the words of a report as hurtful", response_model=ReportOut, responses=problems(409)
)
async def mark_report(
    school: SchoolPath, report_id: uuid.UUID, body: HurtfulMark, request: Request, caller: Reader
) -> Response:
    """They are then shown to those who ask for them, with `show_hidden`. They stay as they were written."""
    found = await caller.write(lambda s, actor: hurtful.mark(s, actor, report_id, body))
    return replies.shown(request, found)


@router.post(
    "/messages/{message_id}/hurtful",
    summary="Mark a message as hurtful",
    response_model=ReportMessageOut,
    responses=problems(409),
)
async def mark_report_message(
    school: SchoolPath,
    report_id: uuid.UUID,
    message_id: uuid.UUID,
    body: HurtfulMark,
    request: Request,
    caller: Reader,
) -> Response:
    """As for the words of the report itself. The reporter sees no difference."""
    found = await caller.write(lambda s, actor: hurtful.mark_message(s, actor, report_id, message_id, body))
    return replies.shown(request, found)
