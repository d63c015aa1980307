"""The shipped content of a language, read once for each process: every file checked, every reference followed.

English is whole. Another language may have some of the pieces: what it lacks is given in English.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from app import packs
from app.core.schemas import Line
from app.guidance.content import (
    ActionPlanTemplate,
    Article,
    ContentModel,
    ObligationsCard,
    Piece,
    RoleCard,
    Scenario,
    Script,
    TrainingModule,
)
from app.guidance.sorts import FIXED, Sort, references, sort_of
from app.packs import PackError

P = TypeVar("P", bound=Piece)

ENGLISH = "en"
LANGUAGE = r"[a-z]{2}(-[A-Z]{2})?"
LanguageTag = Annotated[str, StringConstraints(pattern=f"^{LANGUAGE}$", max_length=5)]
# Python's own reader takes seconds for what libyaml reads in a fraction of one.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Notices(ContentModel):
    """What is said beside pieces: that a review is overdue, and that a card on the rules is no legal advice."""

    review_overdue: Line
    not_legal_advice: Line


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
    notices: Notices | None = None

    @functools.cached_property
    def pieces(self) -> dict[str, Piece]:
        return {piece.id: piece for piece in _all(self)}


def shipped() -> Traversable:
    """Where the content lies that is shipped with the product: a folder for each language."""
    return importlib.resources.files(packs).joinpath("content")


def languages(folder: Traversable | None = None) -> tuple[str, ...]:
    """The languages that there is content in, English first."""
    found = {each.name for each in (folder or shipped()).iterdir() if re.fullmatch(LANGUAGE, each.name)}
    return (ENGLISH, *sorted(found - {ENGLISH}))


def load_content(language: str = ENGLISH, *, folder: Traversable | None = None) -> ContentPack:
    """The content of a language. `folder`: where the languages lie; what is shipped, if nothing else is said.

    Raises PackError, which names the file and the field at fault.
    """
    if re.fullmatch(LANGUAGE, language) is None:
        raise PackError("a language has a code such as en or en-AU", file="content")
    return _load(folder or shipped(), language)  # type: ignore[arg-type]  # a path, or one in a zip: each has a hash


def parse_pieces(text: str, kind: type[P], *, file: str) -> tuple[P, ...]:
    """The pieces of one file, a YAML list. Raises PackError, which names the piece and the field at fault."""
    return _parse(text, TypeAdapter(tuple[kind, ...]), file=file)  # type: ignore[valid-type]  # made here


def check(pack: ContentPack, *, english: ContentPack | None = None) -> None:
    """Raise PackError where two pieces have one id, or where one refers to a piece that is not there.

    `english`: of a translation, what it is one of: it translates what there is, and changes nobody's audience by it.
    """
    file = f"content/{pack.language}"
    ids = [piece.id for piece in _all(pack)]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise PackError(f"these ids stand twice: {', '.join(sorted(twice))}", file=file)
    whole = english or pack
    for piece in _all(pack):
        if missing := set(references(piece)) - set(whole.pieces):
            raise PackError(f"{piece.id} refers to {', '.join(sorted(missing))}, which is not there", file=file)
        if english is not None:
            _check_translation(piece, english.pieces.get(piece.id), file=file)
    scenarios = {scenario.id for scenario in whole.scenarios}
    for module in pack.training:
        played = {exercise.scenario for exercise in module.exercises if exercise.scenario is not None}
        if missing := played - scenarios:
            raise PackError(f"{module.id} plays {', '.join(sorted(missing))}, which is no scenario", file=file)


def _check_translation(piece: Piece, original: Piece | None, *, file: str) -> None:
    sort = sort_of(piece)
    if original is None or sort_of(original) is not sort:
        raise PackError(f"{piece.id} translates nothing", file=file)
    if other := [name for name in sorted(FIXED[sort]) if getattr(piece, name) != getattr(original, name)]:
        raise PackError(f"{piece.id} has another {', '.join(other)} than in English", file=file)


@functools.cache
def _load(folder: Traversable, language: str) -> ContentPack:
    translated = language != ENGLISH

    def read(name: str, kind: type[P]) -> tuple[P, ...]:
        text = _read(folder, language, name)
        if text is None and not translated:
            raise PackError("there is no such pack", file=_file(language, name))
        return () if text is None else parse_pieces(text, kind, file=_file(language, name))

    notices = _read(folder, language, "notices")
    pack = ContentPack(
        language=language,
        articles=read("articles", Article),
        scripts=read("scripts", Script),
        scenarios=read("scenarios", Scenario),
        obligations=read("obligations", ObligationsCard),
        action_plans=read("action_plans", ActionPlanTemplate),
        training=read("training", TrainingModule),
        role_cards=read("role_cards", RoleCard),
        notices=None if notices is None else _parse(notices, TypeAdapter(Notices), file=_file(language, "notices")),
    )
    if pack.notices is None and not translated:
        raise PackError("there is no such pack", file=_file(language, "notices"))
    check(pack, english=load_content(folder=folder) if translated else None)
    return pack


T = TypeVar("T")


def _parse(text: str, adapter: TypeAdapter[T], *, file: str) -> T:
    try:
        return adapter.validate_python(yaml.load(text, _LOADER))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise PackError("this is not YAML", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise PackError(first["msg"], file=file, column=".".join(str(part) for part in first["loc"]) or None) from error


def _file(language: str, name: str) -> str:
    return f"content/{language}/{name}.yaml"


def _read(folder: Traversable, language: str, name: str) -> str | None:
    file = folder.joinpath(language).joinpath(f"{name}.yaml")
    if not file.is_file():
        return None
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PackError("the file is not UTF-8", file=_file(language, name)) from error


def by_sort(pack: ContentPack) -> Mapping[Sort, tuple[Piece, ...]]:
    """The pieces of a language, sort by sort."""
    return {
        Sort.ARTICLE: pack.articles,
        Sort.SCRIPT: pack.scripts,
        Sort.SCENARIO: pack.scenarios,
        Sort.OBLIGATIONS_CARD: pack.obligations,
        Sort.ACTION_PLAN: pack.action_plans,
        Sort.TRAINING_MODULE: pack.training,
        Sort.ROLE_CARD: pack.role_cards,
    }


def _all(pack: ContentPack) -> tuple[Piece, ...]:
    return tuple(piece for pieces in by_sort(pack).values() for piece in pieces)
