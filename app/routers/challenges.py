"""Work that is asked of a device while very many write, and whether it was done."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.core import clock
from app.guidance.signs import is_urgent
from app.idempotency import service as idempotency
from app.reports import challenges, intake
from app.reports.challenge_schemas import ReportChallenge
from app.reports.challenges import ChallengeRequired, Issuer, Shown
from app.reports.schemas import ReportCreate
from app.routers import replies
from app.routers.callers import SchoolPath
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of
from app.schools import service as schools

router = APIRouter(prefix="/v1/schools/{school}", tags=["public"])


@router.get(
    "/report-challenge",
    summary="Whether a report is asked for work first",
    response_model=ReportChallenge,
    responses=problems(503),
)
async def get_report_challenge(school: SchoolPath, request: Request) -> Response:
    """A proof-of-work challenge by the ALTCHA protocol, and whether one is needed now (J13).

    Nearly always none is. Ask just before you send, or not at all: a report that needs one is answered with it, 428
    `challenge_required`. Never asked of a red-flag sign or the priority `now`. Send the solution as ALTCHA encodes it,
    in `challenge_solution`: base64 of `{"challenge": …, "solution": {"counter": …, "derivedKey": …}}`. Not limited.
    """
    runtime = runtime_of(request)
    if runtime.help.school(school) is None:
        await runtime.db.read(lambda s: schools.find(s, school))
    level = runtime.challenges.level(_host(request), _counted(runtime, school))
    asked = challenges.NOTHING_ASKED if level == 0 else (await _issuer(runtime)).make(level, now=clock.now())
    return replies.unkept(asked)


async def work_shown(request: Request, school: str, body: ReportCreate, *, key: str | None) -> Shown | None:
    """What a report shows of the work that it is asked for: to be spent with it. None when nothing is asked.

    Raises ChallengeRequired. Not for a retry of what was received: its answer is repeated, whatever is asked by now.
    """
    if is_urgent(body.signs, body.priority):
        return None
    try:
        return await work_shown_for(request, school, body.challenge_solution)
    except ChallengeRequired:
        runtime, path = runtime_of(request), request.url.path
        if key is not None and await runtime.db.read(lambda s: idempotency.knows(s, intake.key_hash(s, path, key))):
            return None
        raise


async def work_shown_for(request: Request, school: str, solution: str | None) -> Shown | None:
    """As `work_shown`, of what can wait. Raises ChallengeRequired."""
    runtime, now = runtime_of(request), clock.now()
    counted = _counted(runtime, school)
    level = runtime.challenges.count(_host(request), counted)
    if level == 0:
        return None
    issuer = await _issuer(runtime)
    shown = issuer.look_at(solution, level=level, now=now)
    if shown is None:
        raise issuer.refusal(level, now=now)
    runtime.challenges.worked(counted)
    return shown


def _host(request: Request) -> str:
    """Hashed in memory, and nowhere else (core/ratelimit.py)."""
    return request.client.host if request.client else ""


def _counted(runtime: Runtime, school: str) -> str:
    """Schools that do not exist are counted as one: whoever makes up names fills no memory."""
    return "" if runtime.help.school(school) is None else school


async def _issuer(runtime: Runtime) -> Issuer:
    """Read once: while the database is away later, challenges go on."""
    if runtime.challenges.issuer is None:
        runtime.challenges.issuer = await runtime.db.read(challenges.issuer_of)
    return runtime.challenges.issuer
