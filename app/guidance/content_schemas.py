"""Content as it leaves: each sort with its language, whose words it has, and whether its review is overdue."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from app.core.pagination import Page
from app.core.schemas import InputModel, Line, OutputModel, ShortText, Text
from app.guidance.content import (
    ActionPlanTemplate,
    Article,
    ContentModel,
    ItemId,
    Lines,
    ModuleCode,
    ObligationsCard,
    Piece,
    RoleCard,
    Scenario,
    ScenarioStep,
    Script,
    TrainingUnit,
)
from app.guidance.content_pack import LanguageTag
from app.guidance.library import ContentOrigin
from app.guidance.signs import Relationship
from app.guidance.sorts import Sort

SeeAlso = Annotated[tuple[ItemId, ...], Field(max_length=10)]
Minutes = Annotated[int, Field(ge=1, le=600)]


class Shown(ContentModel):
    """What is said of every piece. `warning` is there while its review is overdue, and belongs beside it.

    `needs_help_beside`: it speaks of suicide, so that two services that are open at any hour belong beside it; they are
    in `help-now`. It is given in English where it has not been translated: `language` says so.
    """

    language: LanguageTag
    origin: ContentOrigin
    review_overdue: bool
    warning: Line | None
    needs_help_beside: bool


class ArticleOut(Article, Shown):
    """Something to read. `options` are several ways, the least exposing first. `see_also`: ids, of any sort."""


class ScriptOut(Script, Shown):
    """Words to borrow, with why they work. `relationships` empty: whatever you are to them."""


class ScenarioOut(Scenario, Shown):
    """A conversation to practise, with all its steps: it can be played without a signal. The first step begins it."""


class ObligationsCardOut(ObligationsCard, Shown):
    """What the rules ask and do not ask, where, and of whom. `notice`: that it is no legal advice."""

    notice: Line


class ActionPlanOut(ActionPlanTemplate, Shown):
    """To fill in together, on one's own device; nothing of it is sent here."""


class RoleCardOut(RoleCard, Shown):
    """What a role may and may not do, when to stop, to ask and to pass on, and to whom (STUDY I13, P02, T08)."""


class ScenarioSummary(Piece, Shown):
    """What a conversation to practise is about, without its steps."""

    about: Line
    relationship: Relationship
    minutes: Minutes


class ExerciseChoiceOut(ContentModel):
    """One answer that can be chosen. Whether it is right is told when it was."""

    id: ItemId
    text: Line


class ExerciseOut(ContentModel):
    """A question with choices, a scenario to play, or something to talk about: one of the three.

    `must_be_right`: nobody passes the module without it.
    """

    id: ItemId
    prompt: Text
    must_be_right: bool
    choices: Annotated[tuple[ExerciseChoiceOut, ...], Field(max_length=8)]
    scenario: ItemId | None
    talk_about: Lines


class ModuleOut(Piece, Shown):
    """A training module. `pass_with`: so many of the exercises with choices are answered right, at least, and each that
    has to be."""

    code: ModuleCode
    version: ShortText
    aims: Lines
    minutes: Minutes
    units: Annotated[tuple[TrainingUnit, ...], Field(max_length=20)]
    exercises: Annotated[tuple[ExerciseOut, ...], Field(max_length=30)]
    pass_with: Annotated[int, Field(ge=1, le=30)]
    see_also: SeeAlso


class ContentItem(OutputModel):
    """A piece of any sort: the member that is named as its `sort` is has it, the others are null."""

    sort: Sort
    id: ItemId
    article: ArticleOut | None
    script: ScriptOut | None
    scenario: ScenarioOut | None
    obligations_card: ObligationsCardOut | None
    action_plan: ActionPlanOut | None
    role_card: RoleCardOut | None

    @classmethod
    def of(cls, sort: Sort, shown: Piece) -> Self:
        """Of a piece that is shown."""
        return cls.model_validate(dict.fromkeys(cls.model_fields) | {"sort": sort, "id": shown.id, sort.value: shown})


class ContentChange(OutputModel):
    """A piece as it is now, or, where `deleted`, that it is no longer there: forget it.

    Whether a review is overdue changes by time alone, and is told of by no change: go by `review_by`.
    """

    sort: Sort
    id: ItemId
    deleted: bool
    article: ArticleOut | None
    script: ScriptOut | None
    scenario: ScenarioOut | None
    obligations_card: ObligationsCardOut | None
    action_plan: ActionPlanOut | None
    role_card: RoleCardOut | None


class ArticlePage(Page[ArticleOut]):
    """One page of articles."""


class ScriptPage(Page[ScriptOut]):
    """One page of scripts."""


class ScenarioPage(Page[ScenarioSummary]):
    """One page of conversations to practise."""


class ObligationsCardPage(Page[ObligationsCardOut]):
    """One page of cards on the rules."""


class ActionPlanPage(Page[ActionPlanOut]):
    """One page of templates."""


class RoleCardPage(Page[RoleCardOut]):
    """One page of role cards."""


class ModulePage(Page[ModuleOut]):
    """One page of training modules."""


class ContentPage(Page[ContentItem]):
    """One page of pieces of several sorts."""


class Move(InputModel):
    """What somebody would say or do at a step."""

    step: ItemId
    choice: ItemId


class MoveOut(OutputModel):
    """What comes of it. `step`: the next one, or the same one to try again. `ended`: it is the last."""

    feedback: Text
    step: ScenarioStep
    ended: bool


class ExerciseAnswer(InputModel):
    """The choices that somebody thinks are right."""

    exercise: ItemId
    choices: Annotated[list[ItemId], Field(max_length=8)]


class ChoiceFeedback(OutputModel):
    """`chosen` and `right` agree where it was answered well."""

    id: ItemId
    chosen: bool
    right: bool
    feedback: Line


class ExerciseFeedback(OutputModel):
    """`right`: every choice that is right was chosen, and no other. Nothing of it is kept."""

    exercise: ItemId
    right: bool
    choices: Annotated[list[ChoiceFeedback], Field(max_length=8)]
