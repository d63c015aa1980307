"""Schools from outside: a platform operator makes, opens and stops them, and reads nothing of what is in them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.core import clock
from app.readiness import activation, shipped
from app.readiness.shipped import PacksOut
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, Operator, SchoolPath
from app.routers.docs import problems
from app.schools import founding
from app.schools.founding_schemas import SchoolCreate, SchoolCreated, SchoolOut, SchoolPage

router = APIRouter(prefix="/v1", tags=["schools"])
READ = problems(not_modified=True)


@router.post(
    "/schools", status_code=201, summary="Make a school", response_model=SchoolCreated, responses=problems(409)
)
async def create_school(body: SchoolCreate, caller: Operator, idempotency_key: IdempotencyKeyHeader = None) -> Response:
    """A draft, with its help at once, and the two who set it up: each joins by a link that is shown this once. Nobody
    can ask the school for anything before it is activated.

    Needs an Idempotency-Key.
    """
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, actor: founding.found(s, actor, body, settings=caller.runtime.settings),
        location=lambda made: f"/v1/schools/{made.slug}",
    )
    if not reply.problem:
        await caller.runtime.renew_help(body.slug)
    return replies.replied(reply, versioned=SchoolOut)


@router.get("/schools", summary="The schools of this deployment", response_model=SchoolPage, responses=READ)
async def list_schools(request: Request, caller: Operator, listing: ListingOf) -> Response:
    """In the order in which they were made. Nothing of what is in them, and no figure."""
    return replies.page(request, await caller.read(lambda s, a: founding.page(s, a, listing.request(s))))


@router.get("/schools/{school}", summary="A school", response_model=SchoolOut, responses=READ)
async def get_school(school: SchoolPath, request: Request, caller: Operator) -> Response:
    """That it is there, and whether it is relied upon."""
    return replies.shown(request, await caller.read(lambda s, a: founding.get(s, a, school)))


@router.post("/schools/{school}/activate", summary="Open a school", response_model=SchoolOut, responses=problems(409))
async def activate_school(school: SchoolPath, request: Request, caller: Operator) -> Response:
    """From then on it is asked for things. Refused with `school_not_ready` while a check of its readiness fails: the
    codes of those are in `errors`, and nothing else of the school."""
    return replies.shown(request, await caller.write(lambda s, a: activation.activate(s, a, school)))


@router.post("/schools/{school}/suspend", summary="Stop a school", response_model=SchoolOut, responses=problems(409))
async def suspend_school(school: SchoolPath, request: Request, caller: Operator) -> Response:
    """It is asked for nothing new. Help stays, and so does what was received: people there go on with it, and reporters
    come back to it."""
    return replies.shown(request, await caller.write(lambda s, a: activation.suspend(s, a, school)))


@router.get("/packs", summary="What is shipped for schools", response_model=PacksOut, responses=READ)
async def get_packs(request: Request, caller: Operator) -> Response:
    """Directories, rules and texts by country and language, with their versions, and which of them are overdue."""
    return replies.shown(request, await caller.read(lambda _, a: shipped.shipped(a, today=clock.now().date())))
