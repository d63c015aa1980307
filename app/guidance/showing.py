"""Pieces as they are shown to somebody: those that are for them, where the rules are theirs, on a day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from app.guidance.content import Audience, ObligationsCard, Piece, TrainingModule
from app.guidance.content_pack import Notices
from app.guidance.content_schemas import (
    ActionPlanOut,
    ArticleOut,
    ExerciseChoiceOut,
    ExerciseOut,
    ModuleOut,
    ObligationsCardOut,
    RoleCardOut,
    ScenarioOut,
    ScriptOut,
)
from app.guidance.library import Placed, pruned
from app.guidance.sorts import Sort, is_for_emergencies
from app.guidance.wording import mentions_suicide, texts_of

_SHOWN: Mapping[Sort, type[Piece]] = {
    Sort.ARTICLE: ArticleOut,
    Sort.SCRIPT: ScriptOut,
    Sort.SCENARIO: ScenarioOut,
    Sort.OBLIGATIONS_CARD: ObligationsCardOut,
    Sort.ACTION_PLAN: ActionPlanOut,
    Sort.TRAINING_MODULE: ModuleOut,
    Sort.ROLE_CARD: RoleCardOut,
}
_NO_PROSE = {"id", "sources", "see_also", "next_step"}


def show(
    placed: Iterable[Placed],
    notices: Notices,
    *,
    audiences: Collection[Audience],
    jurisdictions: Collection[str],
    today: dt.date,
) -> Mapping[Sort, tuple[Piece, ...]]:
    """What is for these readers, in order, by sort. What they do not see is referred to by nothing that they see."""
    theirs = [each for each in placed if _is_for(each.piece, audiences, jurisdictions)]
    there = {each.piece.id for each in theirs}
    found: dict[Sort, list[Piece]] = {sort: [] for sort in Sort}
    for each in theirs:
        found[each.sort].append(_shown(each, pruned(each.piece, there), notices, today=today))
    return {sort: tuple(pieces) for sort, pieces in found.items()}


def is_overdue(piece: Piece, today: dt.date) -> bool:
    """Until the end of its last day it is not."""
    return piece.review_by < today


def _is_for(piece: Piece, audiences: Collection[Audience], jurisdictions: Collection[str]) -> bool:
    if isinstance(piece, ObligationsCard) and piece.jurisdiction not in jurisdictions:
        return False
    return piece.audience in audiences


def _shown(placed: Placed, piece: Piece, notices: Notices, *, today: dt.date) -> Piece:
    overdue = is_overdue(piece, today)
    members: dict[str, Any] = {name: getattr(piece, name) for name in type(piece).model_fields}
    members |= {
        "language": placed.language,
        "origin": placed.origin,
        "review_overdue": overdue,
        "warning": notices.review_overdue if overdue else None,
        "needs_help_beside": is_for_emergencies(piece)
        or any(map(mentions_suicide, texts_of(piece.model_dump(exclude=_NO_PROSE)))),
    }
    if isinstance(piece, ObligationsCard):
        members["notice"] = notices.not_legal_advice
    if isinstance(piece, TrainingModule):
        members |= _without_answers(piece)
    return _SHOWN[placed.sort].model_validate(members)


def _without_answers(module: TrainingModule) -> dict[str, Any]:
    exercises = [
        ExerciseOut(
            id=exercise.id,
            prompt=exercise.prompt,
            must_be_right=exercise.must_be_right,
            choices=tuple(ExerciseChoiceOut(id=choice.id, text=choice.text) for choice in exercise.choices),
            scenario=exercise.scenario,
            talk_about=exercise.talk_about,
        )
        for exercise in module.exercises
    ]
    return {"exercises": tuple(exercises), "minutes": sum(unit.minutes for unit in module.units)}
