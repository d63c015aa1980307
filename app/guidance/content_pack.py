"""The shipped content of a language, read once for each process: every file checked, every reference followed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.guidance.content import (
    ActionPlanTemplate,
    Article,
    ObligationsCard,
    Piece,
    RoleCard,
    Scenario,
    Script,
    TrainingModule,
)
from app.packs import PackError, read_pack

P = TypeVar("P", bound=Piece)


class ContentPack(BaseModel):
    """All the content of one language. Ids are unique across all sorts, so that any piece may refer to any other."""

    model_config = ConfigDict(frozen=True)

    language: str
    articles: tuple[Article, ...]
    scripts: tuple[Script, ...]
    scenarios: tuple[Scenario, ...]
    obligations: tuple[ObligationsCard, ...]
    action_plans: tuple[ActionPlanTemplate, ...]
    training: tuple[TrainingModule, ...]
    role_cards: tuple[RoleCard, ...]

    @functools.cached_property
    def pieces(self) -> dict[str, Piece]:
        return {piece.id: piece for piece in _all(self)}


def load_content(language: str = "en") -> ContentPack:
    """The content of a language. Raises PackError, which names the file and the field at fault."""
    if re.fullmatch("[a-z]{2}(-[A-Z]{2})?", language) is None:
        raise PackError("a language has a code such as en or en-AU", file="content")
    return _load(language)


def parse_pieces(text: str, kind: type[P], *, file: str) -> tuple[P, ...]:
    """The pieces of one file, a YAML list. Raises PackError, which names the piece and the field at fault."""
    try:
        given = yaml.safe_load(text)
        return TypeAdapter(tuple[kind, ...]).validate_python(given)  # type: ignore[valid-type]
    except yaml.YAMLError as error:
        raise PackError("this is not YAML", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise PackError(first["msg"], file=file, column=".".join(str(part) for part in first["loc"]) or None) from error


def check(pack: ContentPack) -> None:
    """Raise PackError where two pieces have one id, or where one refers to a piece that is not there."""
    file = f"content/{pack.language}"
    ids = [piece.id for piece in _all(pack)]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise PackError(f"these ids stand twice: {', '.join(sorted(twice))}", file=file)
    for piece in _all(pack):
        if missing := set(_references(piece)) - set(ids):
            raise PackError(f"{piece.id} refers to {', '.join(sorted(missing))}, which is not there", file=file)
    scenarios = {scenario.id for scenario in pack.scenarios}
    for module in pack.training:
        played = {exercise.scenario for exercise in module.exercises if exercise.scenario is not None}
        if missing := played - scenarios:
            raise PackError(f"{module.id} plays {', '.join(sorted(missing))}, which is no scenario", file=file)


@functools.cache
def _load(language: str) -> ContentPack:
    folder = f"content/{language}"

    def read(name: str, kind: type[P]) -> tuple[P, ...]:
        file = f"{folder}/{name}.yaml"
        return parse_pieces(read_pack(file), kind, file=file)

    pack = ContentPack(
        language=language,
        articles=read("articles", Article),
        scripts=read("scripts", Script),
        scenarios=read("scenarios", Scenario),
        obligations=read("obligations", ObligationsCard),
        action_plans=read("action_plans", ActionPlanTemplate),
        training=read("training", TrainingModule),
        role_cards=read("role_cards", RoleCard),
    )
    check(pack)
    return pack


def _all(pack: ContentPack) -> tuple[Piece, ...]:
    return (
        *pack.articles,
        *pack.scripts,
        *pack.scenarios,
        *pack.obligations,
        *pack.action_plans,
        *pack.training,
        *pack.role_cards,
    )


def _references(piece: Piece) -> Iterable[str]:
    match piece:
        case Article() | Scenario():
            return piece.see_also
        case TrainingModule():
            return (*piece.see_also, *(e.scenario for e in piece.exercises if e.scenario is not None))
        case Script():
            return () if piece.next_step is None else (piece.next_step,)
        case _:
            return ()
