"""For people of the programme: what is written for them, and the training that every supporter has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.core.db import Session
from app.core.pagination import Page
from app.guidance import reading
from app.guidance.content import Audience, ContentKind, ModuleCode
from app.guidance.content_schemas import (
    ContentItem,
    ContentPage,
    ExerciseAnswer,
    ExerciseFeedback,
    ModuleOut,
    ModulePage,
)
from app.guidance.shelf import View, languages_of
from app.guidance.sorts import Sort
from app.identity.actors import Actor
from app.routers import languages, replies
from app.routers.callers import AnyStaff, Caller, ListingOf, SchoolPath
from app.routers.docs import problems
from app.routers.guidance import PiecePath
from app.routers.languages import AcceptLanguage

router = APIRouter(prefix="/v1/schools/{school}", tags=["training"])
READ = problems(not_modified=True)
M = TypeVar("M", bound=BaseModel)
ModulePath = Annotated[ModuleCode, Path(description="Which of the two.")]


async def _read(request: Request, caller: Caller, build: Callable[[Session, View], M]) -> tuple[M, dict[str, str]]:
    """What is built of what this person may read, and the headers that say in which languages it is."""
    shelf, asked = caller.runtime.shelf, languages.asked_for(request)

    def work(session: Session, actor: Actor) -> tuple[M, dict[str, str]]:
        view = reading.view_of(session, shelf, actor, accept_language=asked)
        found = build(session, view)
        return found, languages.given(languages_of(found, view.language))

    return await caller.read(work)


async def _listed(request: Request, caller: Caller, build: Callable[[Session, View], Page[Any]]) -> Response:
    found, headers = await _read(request, caller, build)
    return replies.page(request, found, headers=headers)


async def _shown(request: Request, caller: Caller, build: Callable[[Session, View], BaseModel]) -> Response:
    found, headers = await _read(request, caller, build)
    return replies.shown(request, found, headers=headers)


@router.get("/supporter-guidance", summary="What is written for you", response_model=ContentPage, responses=READ)
async def list_supporter_guidance(
    school: SchoolPath,
    request: Request,
    caller: AnyStaff,
    listing: ListingOf,
    accept_language: AcceptLanguage = None,
    sort: Annotated[Sort | None, Query(description="Only pieces of this sort.")] = None,
    kind: Annotated[ContentKind | None, Query(description="Only articles of this kind.")] = None,
    audience: Annotated[Audience | None, Query(description="Only what is written for them.")] = None,
) -> Response:
    """All pieces that you may read: supporters what is for all students and for supporters, others all (STUDY D02)."""
    return await _listed(
        request,
        caller,
        lambda s, view: reading.items(view, listing.request(s), sort=sort, kind=kind, audience=audience),
    )


@router.get("/supporter-guidance/{piece}", summary="A piece", response_model=ContentItem, responses=READ)
async def get_supporter_guidance(
    school: SchoolPath,
    piece: PiecePath,
    request: Request,
    caller: AnyStaff,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One piece that you may read, of any sort but training."""
    return await _shown(request, caller, lambda _, view: reading.item(view, piece))


@router.get("/training-modules", summary="Training modules", response_model=ModulePage, responses=READ)
async def list_training_modules(
    school: SchoolPath,
    request: Request,
    caller: AnyStaff,
    listing: ListingOf,
    accept_language: AcceptLanguage = None,
) -> Response:
    """The two that every supporter has (STUDY T09), with units and exercises, without the answers."""
    return await _listed(request, caller, lambda s, view: reading.modules(view, listing.request(s)))


@router.get("/training-modules/{module}", summary="A training module", response_model=ModuleOut, responses=READ)
async def get_training_module(
    school: SchoolPath,
    module: ModulePath,
    request: Request,
    caller: AnyStaff,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Its units and exercises, without the answers."""
    return await _shown(request, caller, lambda _, view: reading.module(view, module))


@router.post("/training-modules/{module}/answers", summary="Answer an exercise")
async def answer_training_exercise(
    school: SchoolPath,
    module: ModulePath,
    body: ExerciseAnswer,
    request: Request,
    response: Response,
    caller: AnyStaff,
    accept_language: AcceptLanguage = None,
) -> ExerciseFeedback:
    """Whether it is right, with a word on each choice. Nothing of it is kept: answer as often as you like."""
    found, headers = await _read(request, caller, lambda _, view: reading.answer(view, module, body))
    response.headers.update(headers)
    return found
