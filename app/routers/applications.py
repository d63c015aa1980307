"""Applications to become a supporter: one's own, and for those who decide."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.routers import replies
from app.routers.callers import Caller, Coordinator, Guard, IdempotencyKeyHeader, IfMatch, ListingOf, OfASchool
from app.routers.docs import problems
from app.supporters import applications, deciding
from app.supporters.application_schemas import (
    ApplicationAppealCreate,
    ApplicationAppealDecisionCreate,
    ApplicationCreate,
    ApplicationOut,
    ApplicationPage,
    MyApplication,
    NotProceedingCreate,
    SelectionDecisionCreate,
)
from app.supporters.schemas import ProgrammeSupporterOut
from app.vocabulary.selection import ApplicationState

router = APIRouter(prefix="/v1/supporters", tags=["supporters"])
MINE = "/me/application"
ONE = "/applications/{application_id}"
Decider = Annotated[Caller, Depends(Guard(*deciding.READERS))]


@router.post(
    "/applications",
    status_code=201,
    summary="Apply to become a supporter",
    response_model=MyApplication,
    responses=problems(409),
)
async def create_application(
    body: ApplicationCreate, caller: OfASchool, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """What you attest, and nothing else: no health data, no marks, no history (STUDY T07). Refused with
    `assessment_conflict` to whoever assesses students of this school. Needs an Idempotency-Key: a retry gets the same
    answer for 24 hours, or until the application is taken back."""
    made = await caller.once(
        idempotency_key,
        body,
        lambda s, a: applications.apply(s, a, body),
        location=lambda _: f"/v1/supporters{MINE}",
        ends_with=lambda s, a: applications.replay_end_hash(s, a.person_id),
    )
    return replies.replied(made)


@router.get(MINE, summary="Your application", response_model=MyApplication, responses=problems(404, not_modified=True))
async def get_my_application(request: Request, caller: OfASchool) -> Response:
    """What you sent, what was answered, until when you can appeal, and when it is erased."""
    return replies.shown(request, await caller.read(applications.show))


@router.post(f"{MINE}/withdraw", status_code=204, summary="Take your application back", responses=problems(404, 409))
async def withdraw_my_application(caller: OfASchool) -> Response:
    """At any time before you are accepted, without a reason: it is erased when this answers, also after a no."""
    await caller.write(applications.withdraw)
    return Response(status_code=204, headers=replies.NO_STORE)


@router.post(
    f"{MINE}/appeal",
    summary="Ask for somebody else to look",
    response_model=MyApplication,
    responses=problems(404, 409),
)
async def appeal_my_application(
    body: ApplicationAppealCreate, request: Request, caller: OfASchool, version: IfMatch
) -> Response:
    """Once, within 28 days of a decision not to proceed. A sponsor or another coordinator decides, never whoever did
    before. Needs If-Match."""
    return replies.shown(request, await caller.write(lambda s, a: applications.appeal(s, a, body, version=version)))


@router.get(
    "/applications",
    summary="Applications",
    response_model=ApplicationPage,
    responses=problems(not_modified=True),
)
async def list_applications(
    request: Request,
    caller: Decider,
    listing: ListingOf,
    state: Annotated[ApplicationState | None, Query(description="Only those in this state.")] = None,
) -> Response:
    """The oldest hour first. A sponsor sees those where an appeal waits. What was taken back is not among them."""
    return replies.page(request, await caller.read(lambda s, a: deciding.page(s, a, listing.request(s), state=state)))


@router.get(ONE, summary="An application", response_model=ApplicationOut, responses=problems(not_modified=True))
async def get_application(application_id: uuid.UUID, request: Request, caller: Decider) -> Response:
    """What somebody attested, and what was answered."""
    return replies.shown(request, await caller.read(lambda s, a: deciding.get(s, a, application_id)))


@router.post(
    f"{ONE}/decision", summary="Decide about an application", response_model=ApplicationOut, responses=problems(409)
)
async def decide_application(
    application_id: uuid.UUID,
    body: SelectionDecisionCreate,
    request: Request,
    caller: Coordinator,
    version: IfMatch,
) -> Response:
    """`accept`: they have the role, and train. `wait`: not now, and nobody has said no. `not_proceeding` names the
    criteria that it rests on, and never rests on needing support or asking to talk alone. Each has a reason, which the
    applicant reads. Never about oneself. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.decide(s, a, application_id, body, version=version))
    return replies.shown(request, done)


@router.post(
    f"{ONE}/appeal-decision", summary="Decide an appeal", response_model=ApplicationOut, responses=problems(409)
)
async def decide_application_appeal(
    application_id: uuid.UUID,
    body: ApplicationAppealDecisionCreate,
    request: Request,
    caller: Decider,
    version: IfMatch,
) -> Response:
    """Once, by somebody else than who decided before. A coordinator who changes it accepts it by that; after a sponsor
    a coordinator accepts it, or lets it wait. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.decide_appeal(s, a, application_id, body, version=version))
    return replies.shown(request, done)


@router.post(
    "/{supporter_id}/not-proceeding",
    summary="Say that somebody in training does not go on",
    response_model=ProgrammeSupporterOut,
    responses=problems(409),
)
async def end_training(
    supporter_id: uuid.UUID, body: NotProceedingCreate, request: Request, caller: Coordinator, version: IfMatch
) -> Response:
    """With a reason, which they read, and the criteria that it rests on. The role ends at once, and they can appeal as
    against a decision on an application. Needs If-Match."""
    done = await caller.write(lambda s, a: deciding.not_proceeding(s, a, supporter_id, body, version=version))
    return replies.shown(request, done)
