"""For whoever was given a code: what is asked, and the answer. Nothing of the caller is read, kept or logged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response

from app.core import clock
from app.core.problems import NotFound
from app.evaluation import answering
from app.evaluation.response_schemas import FormOut, FormWanted, ResponseCreate, ResponseTaken
from app.routers import replies
from app.routers.docs import problems
from app.routers.languages import AcceptLanguage, asked_for, given
from app.routers.runtime import Runtime, runtime_of

T = TypeVar("T")

router = APIRouter(prefix="/v1/evaluation", tags=["evaluation"])


@router.post("/form", summary="What you are asked", response_model=FormOut, responses=problems(404, 503))
async def show_evaluation_form(body: FormWanted, request: Request, accept_language: AcceptLanguage = None) -> Response:
    """With the code that you were given, without a name and without an account. It changes nothing, and says nothing of
    whether the code was used. A code that never was, and one whose wave is not open, get one and the same 404."""
    runtime, now, language = runtime_of(request), clock.now(), asked_for(request)
    form, spoken = await _with_code(
        runtime,
        lambda: runtime.db.read(
            lambda s: answering.form(s, body.token, accept_language=language, help_for=_help_for(runtime), now=now)
        ),
    )
    return replies.unkept(form, headers=given([spoken]))


@router.post("/responses", summary="Answer", response_model=ResponseTaken, responses=problems(404, 503))
async def create_evaluation_response(
    body: ResponseCreate, request: Request, accept_language: AcceptLanguage = None
) -> Response:
    """Once for each code; any item can be left out. It is kept without a time, without an order, and without the code.

    Send it again when no answer came: the first that arrived counts, and every further one gets the same answer. So
    nobody can see by a code whether it was used. There is no Idempotency-Key here, because nothing may be kept by one.
    """
    runtime, now, language = runtime_of(request), clock.now(), asked_for(request)
    taken, spoken = await _with_code(
        runtime,
        lambda: runtime.db.write(
            lambda s: answering.answer(s, body, accept_language=language, help_for=_help_for(runtime), now=now)
        ),
    )
    return replies.unkept(taken, headers=given([spoken]))


def _help_for(runtime: Runtime) -> Callable[[str], Sequence[dict[str, Any]]]:
    """The school's emergency and 24/7 services, from memory."""
    return lambda school: list(runtime.help_members(school))


async def _with_code(runtime: Runtime, work: Callable[[], Awaitable[T]]) -> T:
    """Right and wrong codes wait alike, so that waiting tells nothing."""
    await asyncio.sleep(runtime.response_codes.seconds)
    try:
        return await work()
    except NotFound:
        runtime.response_codes.failed()
        raise
