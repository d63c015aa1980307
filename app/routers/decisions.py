"""Telling somebody more than was agreed: proposing it, a second person, doing it alone, looking into that."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.briefs import service as briefs
from app.guidance.thresholds import ThresholdOut
from app.reports import deciding, decision_reviews, identities
from app.reports.decision_schemas import (
    AloneCreate,
    DecisionCreate,
    DecisionOut,
    DecisionPage,
    DecisionReviewCreate,
    IdentityOut,
    SecondPersonAnswer,
    SecondPersonDecline,
)
from app.routers import replies
from app.routers.callers import (
    Deciding,
    IdempotencyKeyHeader,
    IfMatch,
    ListingOf,
    Paged,
    PrivacyOfficer,
    Reader,
    SchoolPath,
    TriagerOrHandler,
)
from app.routers.docs import problems
from app.vocabulary import DecisionReview

router = APIRouter(prefix="/v1", tags=["decisions"])
READ = problems(409, not_modified=True)
DECISIONS = "/schools/{school}/confidentiality-decisions"


@router.get(
    "/schools/{school}/confidentiality-threshold",
    summary="When somebody may be told more than was agreed",
    response_model=ThresholdOut,
    responses=problems(not_modified=True),
)
async def get_confidentiality_threshold(school: SchoolPath, request: Request, caller: Deciding) -> Response:
    """The text in force for the school's place, its version and what it rests on. It differs between places."""
    return replies.shown(request, await caller.read(deciding.threshold))


@router.post(
    "/schools/{school}/reports/{report_id}/confidentiality-decisions",
    status_code=201,
    summary="Propose to tell somebody more",
    response_model=DecisionOut,
    responses=problems(409),
)
async def create_decision(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: DecisionCreate,
    caller: TriagerOrHandler,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """It takes a second person, whatever the basis: everybody who could be that is told at once. An independent handler
    does so for a report that they have. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key, body, lambda s, a: deciding.propose(s, a, report_id, body), location=_at(school)
    )
    return replies.replied(reply)


@router.post(
    "/pages/{page_id}/confidentiality-decisions",
    status_code=201,
    summary="Propose to tell somebody more, from a page",
    response_model=DecisionOut,
    responses=problems(409),
)
async def create_page_decision(
    page_id: uuid.UUID, body: DecisionCreate, caller: Paged, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """For whoever holds the page of a report: acknowledge it first. When nobody answers in ten minutes you can decide
    alone. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: briefs.decide(s, a, page_id, body),
        location=_at(caller.claims.school or ""),
    )
    return replies.replied(reply)


@router.get(
    DECISIONS,
    summary="The school's decisions",
    response_model=DecisionPage,
    responses=problems(not_modified=True),
)
async def list_decisions(
    school: SchoolPath,
    request: Request,
    caller: PrivacyOfficer,
    listing: ListingOf,
    review: Annotated[
        DecisionReview | None, Query(description="Only those made alone that wait to be looked into, or were.")
    ] = None,
) -> Response:
    """The newest hour first, without texts. What is kept from you is not among them."""
    found = await caller.read(lambda s, a: decision_reviews.page(s, a, listing.request(s), review=review))
    return replies.page(request, found)


@router.get(f"{DECISIONS}/{{decision_id}}", summary="A decision", response_model=DecisionOut, responses=READ)
async def get_decision(school: SchoolPath, decision_id: uuid.UUID, request: Request, caller: Deciding) -> Response:
    """For whoever proposed it, who could be the second person, who was, and privacy officers: the reasons, never the
    identity, nor the report. Reading it is recorded, and the reporter sees it."""
    return replies.shown(request, await caller.write(lambda s, a: deciding.read(s, a, decision_id)))


@router.post(
    f"{DECISIONS}/{{decision_id}}/confirm",
    summary="Agree as the second person",
    response_model=DecisionOut,
    responses=problems(409),
)
async def confirm_decision(
    school: SchoolPath,
    decision_id: uuid.UUID,
    body: SecondPersonAnswer,
    request: Request,
    caller: Deciding,
    version: IfMatch,
) -> Response:
    """It takes effect, and the reporter is told in general words. Of two at once one answers. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.confirm(s, a, decision_id, body, version=version))
    return replies.shown(request, done)


@router.post(
    f"{DECISIONS}/{{decision_id}}/decline",
    summary="Say no as the second person",
    response_model=DecisionOut,
    responses=problems(409),
)
async def decline_decision(
    school: SchoolPath,
    decision_id: uuid.UUID,
    body: SecondPersonDecline,
    request: Request,
    caller: Deciding,
    version: IfMatch,
) -> Response:
    """With what would have to be otherwise. Nobody is told anything by it; another one may be proposed. Needs
    If-Match."""
    done = await caller.write(lambda s, a: deciding.decline(s, a, decision_id, body, version=version))
    return replies.shown(request, done)


@router.post(
    f"{DECISIONS}/{{decision_id}}/take-back",
    summary="Take your proposal back",
    response_model=DecisionOut,
    responses=problems(409),
)
async def take_back_decision(
    school: SchoolPath, decision_id: uuid.UUID, request: Request, caller: Deciding, version: IfMatch
) -> Response:
    """Before anybody has answered. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.take_back(s, a, decision_id, version=version))
    return replies.shown(request, done)


@router.post(
    f"{DECISIONS}/{{decision_id}}/alone",
    summary="Decide alone",
    response_model=DecisionOut,
    responses=problems(409),
)
async def decide_alone(
    school: SchoolPath,
    decision_id: uuid.UUID,
    body: AloneCreate,
    request: Request,
    caller: Deciding,
    version: IfMatch,
) -> Response:
    """When nobody has answered in ten minutes, or there is nobody who could. The reporter is told that it was decided
    alone, and somebody else must look into it. Whoever has kept somebody out of the report waits in any case, and opens
    no name alone where nobody is left who could have answered, or who looks into it. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.alone(s, a, decision_id, body, version=version))
    return replies.shown(request, done)


@router.post(
    f"{DECISIONS}/{{decision_id}}/review",
    summary="Look into what was decided alone",
    response_model=DecisionOut,
    responses=problems(409),
)
async def review_decision(
    school: SchoolPath,
    decision_id: uuid.UUID,
    body: DecisionReviewCreate,
    request: Request,
    caller: Deciding,
    version: IfMatch,
) -> Response:
    """For a privacy officer; of an independent report, and where no officer may know of it, for an independent handler
    who has not decided it. What was told stays told. Needs If-Match."""
    done = await caller.write(lambda s, a: decision_reviews.review(s, a, decision_id, body, version=version))
    return replies.shown(request, done)


@router.get(
    f"{DECISIONS}/{{decision_id}}/identity",
    summary="The name that a decision opened",
    response_model=IdentityOut,
    responses=READ,
)
async def get_decision_identity(
    school: SchoolPath, decision_id: uuid.UUID, request: Request, caller: Deciding
) -> Response:
    """For those who decided it, while it is in effect and the report is open. Each opening is recorded."""
    return replies.shown(request, await caller.write(lambda s, a: identities.of_decision(s, a, decision_id)))


@router.get(
    "/schools/{school}/reports/{report_id}/identity",
    summary="The name that was given for help",
    response_model=IdentityOut,
    responses=READ,
)
async def get_report_identity(school: SchoolPath, report_id: uuid.UUID, request: Request, caller: Reader) -> Response:
    """For whoever has taken it on, a triager or an independent handler, where the reporter asked for more than advice.
    A name that was sealed for a life at risk takes a decision. Each opening is recorded, and the reporter sees it."""
    return replies.shown(request, await caller.write(lambda s, a: identities.of_report(s, a, report_id)))


def _at(school: str) -> Callable[[DecisionOut], str]:
    return lambda made: f"/v1/schools/{school}/confidentiality-decisions/{made.id}"
