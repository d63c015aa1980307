"""The sorts of pieces: what each is made of, what nobody may change of it, and what no school may hide."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.guidance.content import (
    ActionPlanTemplate,
    Article,
    ContentKind,
    ObligationsCard,
    Piece,
    RoleCard,
    Scenario,
    Script,
    TrainingModule,
)
from app.vocabulary import Role


class Sort(StrEnum):
    """What a piece is, in the order in which pieces are shipped."""

    ARTICLE = "article"
    SCRIPT = "script"
    SCENARIO = "scenario"
    OBLIGATIONS_CARD = "obligations_card"
    ACTION_PLAN = "action_plan"
    TRAINING_MODULE = "training_module"
    ROLE_CARD = "role_card"


MODELS: Mapping[Sort, type[Piece]] = {
    Sort.ARTICLE: Article,
    Sort.SCRIPT: Script,
    Sort.SCENARIO: Scenario,
    Sort.OBLIGATIONS_CARD: ObligationsCard,
    Sort.ACTION_PLAN: ActionPlanTemplate,
    Sort.TRAINING_MODULE: TrainingModule,
    Sort.ROLE_CARD: RoleCard,
}
_SORTS = {model: sort for sort, model in MODELS.items()}

# What a school may write itself. Scenarios and training are written, tried and reviewed for everybody.
OWN = frozenset({Sort.ARTICLE, Sort.SCRIPT, Sort.OBLIGATIONS_CARD, Sort.ACTION_PLAN, Sort.ROLE_CARD})

# By these a piece is found, and by these it is decided who reads it: a translation or an override keeps them.
FIXED: Mapping[Sort, frozenset[str]] = {
    Sort.ARTICLE: frozenset({"id", "kind", "audience"}),
    Sort.SCRIPT: frozenset({"id", "purpose", "audience"}),
    Sort.SCENARIO: frozenset({"id", "audience"}),
    Sort.OBLIGATIONS_CARD: frozenset({"id", "jurisdiction", "audience"}),
    Sort.ACTION_PLAN: frozenset({"id", "audience"}),
    Sort.TRAINING_MODULE: frozenset({"id", "code", "audience"}),
    Sort.ROLE_CARD: frozenset({"id", "role", "audience"}),
}

# Safety (STUDY T03, I02): whoever looks for what to do in an emergency finds it at every school.
NEVER_HIDDEN = frozenset({ContentKind.RED_FLAGS_AND_EMERGENCIES, ContentKind.ASKING_ABOUT_SUICIDE})


def sort_of(piece: Piece) -> Sort:
    return _SORTS[type(piece)]


def may_be_hidden(piece: Piece) -> bool:
    """Whether a school may hide it: not what helps in an emergency, nor what every supporter has (STUDY I13, T09)."""
    of_every_supporter = isinstance(piece, TrainingModule) or (
        isinstance(piece, RoleCard) and piece.role is Role.SUPPORTER
    )
    return not of_every_supporter and not is_for_emergencies(piece)


def is_for_emergencies(piece: Piece) -> bool:
    return isinstance(piece, Article) and piece.kind in NEVER_HIDDEN


def references(piece: Piece) -> tuple[str, ...]:
    """The ids of other pieces that it refers to."""
    match piece:
        case Article() | Scenario():
            return piece.see_also
        case TrainingModule():
            return (*piece.see_also, *(each.scenario for each in piece.exercises if each.scenario is not None))
        case Script():
            return () if piece.next_step is None else (piece.next_step,)
        case _:
            return ()
