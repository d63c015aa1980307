"""What a school decides for itself, and the privacy statement that it makes its own."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.readiness import adopting, deciding
from app.readiness.deciding_schemas import AdoptionOut, AdoptionPut, PoliciesOut, PoliciesPut
from app.routers import replies
from app.routers.callers import IfMatch, PolicyKeeper, PolicyReader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}", tags=["school profile"])
READ = problems(not_modified=True)
ADOPTION = "/privacy-statement/adoption"


@router.get("/policies", summary="What the school has decided", response_model=PoliciesOut, responses=READ)
async def get_school_policies(school: SchoolPath, request: Request, caller: PolicyReader) -> Response:
    """Hours, holidays, language, rosters, partner, and what is kept."""
    return replies.shown(request, await caller.read(deciding.get))


@router.put("/policies", summary="Decide for the school", response_model=PoliciesOut, responses=problems())
async def put_school_policies(
    school: SchoolPath, body: PoliciesPut, request: Request, caller: PolicyKeeper, version: IfMatch
) -> Response:
    """All of them anew; what is promised follows at once. Needs If-Match.

    Coordinators decide all but `keeps_withdrawn_reports` and `assess_incidents_within_days`, which are the privacy
    officer's, as is ending an agreement with a partner where the school has no independent handler of its own: 403,
    with the fields in `errors`.
    """
    found = await caller.write(lambda s, a: deciding.put(s, a, body, version=version))
    caller.runtime.outlooks.forget(school)
    await caller.runtime.renew_help(school)
    return replies.shown(request, found)


@router.get(ADOPTION, summary="Whose statement it is", response_model=AdoptionOut, responses=READ)
async def get_statement_adoption(school: SchoolPath, request: Request, caller: PolicyReader) -> Response:
    """Which version of the privacy statement the school has adopted, and which is shown."""
    return replies.shown(request, await caller.read(adopting.get))


@router.put(ADOPTION, summary="Adopt the privacy statement", response_model=AdoptionOut, responses=problems(409))
async def put_statement_adoption(
    school: SchoolPath, body: AdoptionPut, request: Request, caller: PolicyKeeper
) -> Response:
    """The version that is shown now: somebody of the school has read what it promises. The text stays the shipped
    one."""
    return replies.shown(request, await caller.write(lambda s, a: adopting.put(s, a, body)))
