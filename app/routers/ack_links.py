"""The page behind a page's link, for people who carry no app: a button, and what became of pressing it.

Opening it changes nothing, whoever or whatever opens it; the button sends a POST. There is no cookie and no session:
the address is the whole secret, so that a form on another site can do no more than whoever wrote it, who would have to
know the address and could then press the button as well. No token against forged forms is needed.

Wrong links are counted against the caller, right ones never: an acknowledgement is not refused because others behind
the same address have asked for much.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from app.core.problems import NotFound, Problem
from app.paging import one_tap
from app.paging.one_tap import Tap
from app.routers import ack_page
from app.routers.callers import anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import runtime_of

AckToken = Annotated[str, Path(description="From the page's `ack_url`.", max_length=64, pattern=r"^[A-Za-z0-9_-]{32}$")]


async def problems_as_pages(request: Request) -> None:
    """A browser gets problems as a page too; everybody else as problem+json (contract E1)."""
    members = runtime_of(request).help.members_for(None)

    def page_of(problem: Problem) -> Response:
        text = ack_page.of_problem(problem.status, help_members=members)
        return HTMLResponse(text, status_code=problem.status, headers=ack_page.HEADERS | problem.headers)

    request.state.page_of = page_of


router = APIRouter(prefix="/v1", tags=["pages"], dependencies=[Depends(problems_as_pages)])
LINK = "/pages/{page_id}/ack-link/{token}"


@router.get(
    LINK,
    summary="The button behind a page's link",
    response_class=HTMLResponse,
    responses=problems(410, 429, 503),
)
async def show_ack_link(page_id: uuid.UUID, token: AckToken, request: Request) -> Response:
    """A small page with a button. Opening it changes nothing: mail and chat programs open links by themselves.

    Without a button when there is nothing to press: used, declined, taken by somebody else, or over. An hour after
    `ack_by` it has expired. Errors are such a page, too, for whoever accepts `text/html`.
    """
    seen = runtime_of(request).db.read(lambda s: one_tap.look(s, page_id, token))
    return _shown(await _wrong_ones_counted(request, seen))


@router.post(
    LINK,
    summary="Acknowledge by a page's link",
    response_class=HTMLResponse,
    responses=problems(409, 410, 429, 503),
)
async def use_ack_link(page_id: uuid.UUID, token: AckToken, request: Request) -> Response:
    """Acknowledges this page for the person it was sent to, once, and nothing else. What a form holds is not read."""
    done = runtime_of(request).db.write(lambda s: one_tap.press(s, page_id, token))
    return _shown(await _wrong_ones_counted(request, done))


def _shown(tap: Tap) -> Response:
    return HTMLResponse(ack_page.of_link(tap), headers=ack_page.HEADERS)


async def _wrong_ones_counted(request: Request, answer: Awaitable[Tap]) -> Tap:
    try:
        return await answer
    except NotFound:
        await anonymous_limit(request)
        raise
