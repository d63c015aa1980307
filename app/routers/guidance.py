"""Table 1 for anyone: what to read, words to borrow, conversations to practise, the rules. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from app.core.db import Session
from app.core.schemas import Limit
from app.guidance import changes, reading
from app.guidance.changes import ContentChangePage
from app.guidance.content import AppliesTo, Audience, ContentKind, ScriptChannel, ScriptPurpose
from app.guidance.content_schemas import (
    ActionPlanPage,
    ArticleOut,
    ArticlePage,
    Move,
    MoveOut,
    ObligationsCardPage,
    RoleCardOut,
    RoleCardPage,
    ScenarioOut,
    ScenarioPage,
    ScriptPage,
)
from app.guidance.shelf import Sent, View
from app.guidance.signs import Relationship
from app.models import School
from app.routers import languages, replies
from app.routers.callers import SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.languages import AcceptLanguage
from app.routers.ready import CACHED
from app.routers.runtime import runtime_of
from app.schools import service as schools
from app.schools.published import SyncToken
from app.vault.cursors import Listing

router = APIRouter(prefix="/v1/schools/{school}", tags=["guidance"], dependencies=[Depends(anonymous_limit)])
READ = problems(503, not_modified=True)
PiecePath = Annotated[str, Path(description="The `id` of the piece.", max_length=60, pattern=r"^[a-z0-9-]{1,60}$")]
RolePath = Annotated[str, Path(description="Whose card it is.", max_length=60, pattern=r"^[a-z0-9_-]{1,60}$")]
Kind = Annotated[ContentKind | None, Query(description="Only articles of this kind.")]


def listing(
    request: Request,
    limit: Annotated[Limit, Query(description="How many items at the most.")] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=400)] = None,
) -> Listing:
    """As for people who are signed in, but bound to nobody."""
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "limit"))
    return Listing(limit=limit, cursor=cursor, scope=f"anyone|{request.url.path}|{filters}")


AnyListing = Annotated[Listing, Depends(listing)]


async def _answer(request: Request, school: str, build: Callable[[Session, School, View], BaseModel]) -> Response:
    """What is built of the school's view, made once while neither the school nor the day changes."""
    runtime = runtime_of(request)
    asked, name = languages.asked_for(request), f"{request.url.path}?{request.url.query}"

    def work(session: Session) -> Sent:
        found = schools.find(session, school)
        view = runtime.shelf.view(session, found, accept_language=asked)
        return runtime.shelf.sent(view, name, lambda: build(session, found, view))

    sent = await runtime.db.read(work)
    headers = CACHED | languages.given(sent.languages) | replies.next_page(request, sent.next_cursor)
    return replies.conditional(request, sent.body, etag=sent.etag, headers=headers)


@router.get("/guidance", summary="What to read", response_model=ArticlePage, responses=READ)
async def list_guidance(
    school: SchoolPath,
    request: Request,
    listing: AnyListing,
    accept_language: AcceptLanguage = None,
    kind: Kind = None,
    audience: Annotated[Audience | None, Query(description="Only what is written for them.")] = None,
) -> Response:
    """Articles for all students (STUDY T01, T03, T06, T08). What is for supporters and staff takes a token."""
    return await _answer(
        request,
        school,
        lambda s, _, view: reading.articles(view, listing.request(s), kind=kind, audience=audience),
    )


@router.get(
    "/guidance/changes",
    summary="What has changed in the content",
    response_model=ContentChangePage,
    responses=problems(410, 503, not_modified=True),
)
async def list_guidance_changes(
    school: SchoolPath,
    request: Request,
    listing: AnyListing,
    accept_language: AcceptLanguage = None,
    sync_token: Annotated[SyncToken | None, Query(description="`next_sync_token` of the last time.")] = None,
) -> Response:
    """Every public piece that is another one since, and those that are gone; without a token all there is (M3).

    `next_sync_token` is on the last page. 410 means: drop what you have, and ask without one. A token is for one
    language: ask in the same one.
    """
    return await _answer(
        request, school, lambda s, found, view: changes.since(s, found, view, listing.request(s), sync_token)
    )


@router.get("/guidance/{piece}", summary="An article", response_model=ArticleOut, responses=READ)
async def get_guidance_article(
    school: SchoolPath, piece: PiecePath, request: Request, accept_language: AcceptLanguage = None
) -> Response:
    """One article for all students."""
    return await _answer(request, school, lambda _s, _, view: reading.article(view, piece))


@router.get("/scripts", summary="Words to borrow", response_model=ScriptPage, responses=READ)
async def list_scripts(
    school: SchoolPath,
    request: Request,
    listing: AnyListing,
    accept_language: AcceptLanguage = None,
    purpose: Annotated[ScriptPurpose | None, Query(description="Only words for this.")] = None,
    channel: Annotated[ScriptChannel | None, Query(description="Only words to be said this way.")] = None,
    relationship: Annotated[Relationship | None, Query(description="Only words that fit what you are to them.")] = None,
) -> Response:
    """Openers and more, with why they work and what they may replace (STUDY E10 to E12, I14)."""
    return await _answer(
        request,
        school,
        lambda s, _, view: reading.scripts(
            view, listing.request(s), purpose=purpose, channel=channel, relationship=relationship
        ),
    )


@router.get("/practice-scenarios", summary="Conversations to practise", response_model=ScenarioPage, responses=READ)
async def list_practice_scenarios(
    school: SchoolPath,
    request: Request,
    listing: AnyListing,
    accept_language: AcceptLanguage = None,
    relationship: Annotated[Relationship | None, Query(description="Only with somebody you are this to.")] = None,
) -> Response:
    """What they are about, without their steps (STUDY T02)."""
    return await _answer(
        request, school, lambda s, _, view: reading.scenarios(view, listing.request(s), relationship=relationship)
    )


@router.get(
    "/practice-scenarios/{piece}", summary="A conversation to practise", response_model=ScenarioOut, responses=READ
)
async def get_practice_scenario(
    school: SchoolPath, piece: PiecePath, request: Request, accept_language: AcceptLanguage = None
) -> Response:
    """With all its steps, choices and feedback: it can be played without a signal."""
    return await _answer(request, school, lambda _s, _, view: reading.scenario(view, piece))


@router.post("/practice-scenarios/{piece}/moves", summary="Make a choice in a conversation", responses=problems(503))
async def play_practice_scenario(
    school: SchoolPath,
    piece: PiecePath,
    body: Move,
    request: Request,
    response: Response,
    accept_language: AcceptLanguage = None,
) -> MoveOut:
    """What comes of it, and the next step or the same one again. Nothing is graded, kept or counted."""
    runtime, asked = runtime_of(request), languages.asked_for(request)

    def work(session: Session) -> tuple[MoveOut, str]:
        view = runtime.shelf.view(session, schools.find(session, school), accept_language=asked)
        return reading.play(view, piece, body), reading.scenario(view, piece).language

    found, language = await runtime.db.read(work)
    response.headers.update(languages.given([language]))
    return found


@router.get("/obligations-cards", summary="What the rules ask", response_model=ObligationsCardPage, responses=READ)
async def list_obligations_cards(
    school: SchoolPath,
    request: Request,
    listing: AnyListing,
    accept_language: AcceptLanguage = None,
    applies_to: Annotated[AppliesTo | None, Query(description="Only what is asked of them.")] = None,
) -> Response:
    """And what they do not ask, in the school's country and state (STUDY D05, T05). A card whose review is overdue is
    shown with a `warning`. Not legal advice, and nothing here tells a regulator of anybody."""
    return await _answer(
        request, school, lambda s, _, view: reading.obligations_cards(view, listing.request(s), applies_to=applies_to)
    )


@router.get("/role-cards", summary="What roles may do", response_model=RoleCardPage, responses=READ)
async def list_role_cards(
    school: SchoolPath, request: Request, listing: AnyListing, accept_language: AcceptLanguage = None
) -> Response:
    """Those that all students read (STUDY I13, P02, T08)."""
    return await _answer(request, school, lambda s, _, view: reading.role_cards(view, listing.request(s)))


@router.get("/role-cards/{role}", summary="What a role may do", response_model=RoleCardOut, responses=READ)
async def get_role_card(
    school: SchoolPath, role: RolePath, request: Request, accept_language: AcceptLanguage = None
) -> Response:
    """And what not, when to stop, to ask and to pass on, and to whom. A card of the school's own goes before ours."""
    return await _answer(request, school, lambda _s, _, view: reading.role_card(view, role))


@router.get("/action-plan-templates", summary="Plans to fill in", response_model=ActionPlanPage, responses=READ)
async def list_action_plan_templates(
    school: SchoolPath, request: Request, listing: AnyListing, accept_language: AcceptLanguage = None
) -> Response:
    """In the four parts of STUDY E14. Filled in together, on one's own device: nothing of it is sent here."""
    return await _answer(request, school, lambda s, _, view: reading.action_plans(view, listing.request(s)))
