"""What is read of the content: lists in pages, one piece, a conversation that is played. Nothing of it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlmodel import Session

from app.core.pagination import PageRequest
from app.core.problems import InvalidCursor, InvalidRequest, NotFound
from app.guidance.content import (
    AppliesTo,
    Audience,
    ContentKind,
    ModuleCode,
    Piece,
    ScriptChannel,
    ScriptPurpose,
    TrainingModule,
)
from app.guidance.content_schemas import (
    ActionPlanOut,
    ActionPlanPage,
    ArticleOut,
    ArticlePage,
    ContentItem,
    ContentPage,
    ExerciseAnswer,
    ExerciseFeedback,
    ModuleOut,
    ModulePage,
    Move,
    MoveOut,
    ObligationsCardOut,
    ObligationsCardPage,
    RoleCardOut,
    RoleCardPage,
    ScenarioOut,
    ScenarioPage,
    ScenarioSummary,
    ScriptOut,
    ScriptPage,
)
from app.guidance.passing import feedback_of
from app.guidance.shelf import PUBLIC, Shelf, View
from app.guidance.signs import Relationship
from app.guidance.sorts import Sort
from app.identity.actors import Actor
from app.models import School
from app.vocabulary import Role

T = TypeVar("T", bound=Piece)


def audiences_of(actor: Actor) -> frozenset[Audience]:
    """For whom somebody of the programme may read: supporters what is for them, everybody else all (STUDY D02)."""
    if actor.roles <= {Role.SUPPORTER, Role.STUDENT}:
        return PUBLIC | {Audience.FORMAL_SUPPORTERS}
    return frozenset(Audience)


def view_of(session: Session, shelf: Shelf, actor: Actor, *, accept_language: str | None) -> View:
    """What there is at their school for somebody of the programme. Raises NotFound for who has no school."""
    school = session.get_one(School, actor.require_school())
    return shelf.view(session, school, accept_language=accept_language, audiences=audiences_of(actor))


def articles(
    view: View, request: PageRequest, *, kind: ContentKind | None = None, audience: Audience | None = None
) -> ArticlePage:
    found, cursor = _page(
        view, request, ArticleOut, lambda each: kind in (None, each.kind) and audience in (None, each.audience)
    )
    return ArticlePage(items=found, next_cursor=cursor)


def article(view: View, piece_id: str) -> ArticleOut:
    """Raises NotFound."""
    return _one(view, ArticleOut, lambda each: each.id == piece_id)


def scripts(
    view: View,
    request: PageRequest,
    *,
    purpose: ScriptPurpose | None = None,
    channel: ScriptChannel | None = None,
    relationship: Relationship | None = None,
) -> ScriptPage:
    """What fits. A script that is for nobody in particular is for everybody."""

    def fits(each: ScriptOut) -> bool:
        return (
            purpose in (None, each.purpose)
            and (channel is None or channel in each.channels)
            and (relationship is None or not each.relationships or relationship in each.relationships)
        )

    found, cursor = _page(view, request, ScriptOut, fits)
    return ScriptPage(items=found, next_cursor=cursor)


def scenarios(view: View, request: PageRequest, *, relationship: Relationship | None = None) -> ScenarioPage:
    found, cursor = _page(view, request, ScenarioOut, lambda each: relationship in (None, each.relationship))
    names = ScenarioSummary.model_fields
    shown = [ScenarioSummary.model_validate({name: getattr(each, name) for name in names}) for each in found]
    return ScenarioPage(items=shown, next_cursor=cursor)


def scenario(view: View, piece_id: str) -> ScenarioOut:
    """Raises NotFound."""
    return _one(view, ScenarioOut, lambda each: each.id == piece_id)


def play(view: View, piece_id: str, move: Move) -> MoveOut:
    """What comes of a choice. Raises NotFound, and InvalidRequest for a step or a choice that is not there."""
    played = scenario(view, piece_id)
    step = played.step(move.step)
    if step is None:
        raise _unknown("#/step", "There is no such step in this conversation.")
    choice = next((each for each in step.choices if each.id == move.choice), None)
    if choice is None:
        raise _unknown("#/choice", "There is no such choice at this step.")
    after = step if choice.goes_to is None else played.step(choice.goes_to)
    if after is None:
        raise LookupError("a conversation that leads nowhere is refused when it is loaded")
    return MoveOut(feedback=choice.feedback, step=after, ended=not after.choices)


def obligations_cards(view: View, request: PageRequest, *, applies_to: AppliesTo | None = None) -> ObligationsCardPage:
    found, cursor = _page(
        view, request, ObligationsCardOut, lambda each: applies_to is None or applies_to in each.applies_to
    )
    return ObligationsCardPage(items=found, next_cursor=cursor)


def action_plans(view: View, request: PageRequest) -> ActionPlanPage:
    found, cursor = _page(view, request, ActionPlanOut, lambda _: True)
    return ActionPlanPage(items=found, next_cursor=cursor)


def role_cards(view: View, request: PageRequest) -> RoleCardPage:
    found, cursor = _page(view, request, RoleCardOut, lambda _: True)
    return RoleCardPage(items=found, next_cursor=cursor)


def role_card(view: View, role: str) -> RoleCardOut:
    """The school's own card for a role before the product's. Raises NotFound where there is none."""
    return _one(view, RoleCardOut, lambda each: each.role == role, last=True)


def modules(view: View, request: PageRequest) -> ModulePage:
    found, cursor = _page(view, request, ModuleOut, lambda _: True)
    return ModulePage(items=found, next_cursor=cursor)


def module(view: View, code: ModuleCode) -> ModuleOut:
    """Raises NotFound."""
    return _one(view, ModuleOut, lambda each: each.code == code)


def answer(view: View, code: ModuleCode, given: ExerciseAnswer) -> ExerciseFeedback:
    """Whether an exercise is answered right, with a word on each choice.

    Raises NotFound, and InvalidRequest for an exercise without choices, or choices that it has not.
    """
    exercise = next((each for each in whole_module(view, code).exercises if each.id == given.exercise), None)
    if exercise is None or not exercise.choices:
        raise _unknown("#/exercise", "There is no such exercise with choices in this module.")
    unknown = [number for number, each in enumerate(given.choices) if each not in {c.id for c in exercise.choices}]
    if unknown:
        raise _unknown(f"#/choices/{unknown[0]}", "This exercise has no such choice.")
    return feedback_of(exercise, given.choices)


def whole_module(view: View, code: ModuleCode) -> TrainingModule:
    """With the answers. Raises NotFound."""
    shown = module(view, code)
    return next(
        each.piece
        for each in view.resolved.placed
        if each.piece.id == shown.id and isinstance(each.piece, TrainingModule)
    )


def items(
    view: View,
    request: PageRequest,
    *,
    sort: Sort | None = None,
    kind: ContentKind | None = None,
    audience: Audience | None = None,
) -> ContentPage:
    """Pieces of every sort but training, which is learnt module by module."""

    def fits(each: Piece) -> bool:
        return audience in (None, each.audience) and (
            kind is None or (isinstance(each, ArticleOut) and each.kind == kind)
        )

    found = [
        (each_sort, each)
        for each_sort, all_ in view.shown.items()
        for each in all_
        if each_sort is not Sort.TRAINING_MODULE and sort in (None, each_sort) and fits(each)
    ]
    shown, cursor = _cut([each for _, each in found], request)
    sorts = {each.id: each_sort for each_sort, each in found}
    return ContentPage(items=[ContentItem.of(sorts[each.id], each) for each in shown], next_cursor=cursor)


def item(view: View, piece_id: str) -> ContentItem:
    """Raises NotFound."""
    found = view.find(piece_id)
    if found is None or found[0] is Sort.TRAINING_MODULE:
        raise NotFound
    return ContentItem.of(*found)


def _all(view: View, kind: type[T]) -> list[T]:
    return [each for all_ in view.shown.values() for each in all_ if isinstance(each, kind)]


def _one(view: View, kind: type[T], fits: Callable[[T], bool], *, last: bool = False) -> T:
    """A school's own pieces stand last."""
    found = [each for each in _all(view, kind) if fits(each)]
    if not found:
        raise NotFound
    return found[-1 if last else 0]


def _page(view: View, request: PageRequest, kind: type[T], fits: Callable[[T], bool]) -> tuple[list[T], str | None]:
    return _cut([each for each in _all(view, kind) if fits(each)], request)


def _cut(found: Sequence[T], request: PageRequest) -> tuple[list[T], str | None]:
    """One page, in the order in which the pieces stand.

    The cursor has the last id that was shown, and its place in case that piece is gone meanwhile.
    """
    first, names = 0, request.after_names()
    if names is not None:
        if len(names) != 2 or not names[1].isdecimal():
            raise InvalidCursor
        after, place = names
        first = next((number + 1 for number, each in enumerate(found) if each.id == after), int(place))
    shown = list(found[first : first + request.limit])
    end = first + len(shown)
    # Where the last one that was shown is gone, the next one stands in its place.
    return shown, request.cursor_at_names([shown[-1].id, str(end - 1)]) if end < len(found) else None


def _unknown(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": "unknown", "detail": detail}])
