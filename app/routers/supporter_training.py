"""What supporters have of the training that every one has: theirs to pass, a coordinator's to see and to assign."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.core.db import Session
from app.guidance import reading
from app.guidance.shelf import languages_of
from app.identity.actors import Actor
from app.routers import languages, replies
from app.routers.callers import Coordinator, IdempotencyKeyHeader, Supporter
from app.routers.docs import problems
from app.routers.languages import AcceptLanguage
from app.routers.training import ModulePath
from app.supporters import trained
from app.supporters.training_schemas import (
    AssignmentCreate,
    AttemptCreate,
    AttemptOut,
    InPersonCreate,
    SupporterTraining,
)

router = APIRouter(prefix="/v1/supporters", tags=["training"])
READ = problems(not_modified=True)
OWN = "/me/training"
OF = "/{supporter_id}/training"
SupporterPath = Annotated[uuid.UUID, Path(description="The supporter's id.")]


@router.get(OWN, summary="Your training", response_model=SupporterTraining, responses=READ)
async def get_my_training(request: Request, caller: Supporter) -> Response:
    """What you have until when, and what is to be done."""
    return replies.shown(request, await caller.read(trained.own))


@router.post(f"{OWN}/{{module}}/attempts", summary="Answer a module", responses=problems(409))
async def attempt_training_module(
    module: ModulePath,
    body: AttemptCreate,
    request: Request,
    response: Response,
    caller: Supporter,
    accept_language: AcceptLanguage = None,
) -> AttemptOut:
    """All exercises with choices at once, as often as you like. Passed: each that must be right is, and as many as the
    module's `pass_with` altogether. That you passed is kept; what you answered, and whether you tried before, is not.
    The same again on one day counts once, so that it takes no Idempotency-Key: that would keep the answer."""
    shelf, asked = caller.runtime.shelf, languages.asked_for(request)

    def work(session: Session, actor: Actor) -> tuple[AttemptOut, str]:
        view = reading.view_of(session, shelf, actor, accept_language=asked)
        return trained.attempt(session, actor, view, module, body), view.language

    found, language = await caller.write(work)
    response.headers.update(languages.given(languages_of(found, language)) | replies.NO_STORE)
    return found


@router.get(OF, summary="A supporter's training", response_model=SupporterTraining, responses=READ)
async def get_supporter_training(supporter_id: SupporterPath, request: Request, caller: Coordinator) -> Response:
    """What they have until when: never what they answered, nor how often they tried."""
    return replies.shown(request, await caller.read(lambda s, a: trained.of_supporter(s, a, supporter_id)))


@router.post(
    f"{OF}/assignments",
    status_code=201,
    summary="Assign a module",
    response_model=SupporterTraining,
    responses=problems(409),
)
async def assign_training_module(
    supporter_id: SupporterPath,
    body: AssignmentCreate,
    caller: Coordinator,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """By a day; one that is open gets the new day. Both are assigned by themselves when somebody begins, and eight
    weeks before they end. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: trained.assign(s, a, supporter_id, body),
        location=lambda _: f"/v1/supporters/{supporter_id}/training",
    )
    return replies.replied(reply)


@router.post(
    f"{OF}/records",
    status_code=201,
    summary="Record training in person",
    response_model=SupporterTraining,
    responses=problems(409),
)
async def record_training_in_person(
    supporter_id: SupporterPath,
    body: InPersonCreate,
    caller: Coordinator,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """A workshop or role play that they were at, where the school asks for it beside the exercises (`training` in its
    policies). It never stands in for the exercises. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: trained.record_in_person(s, a, supporter_id, body),
        location=lambda _: f"/v1/supporters/{supporter_id}/training",
    )
    return replies.replied(reply)
