"""The instruments that are shipped, read from the pack and checked before anybody can be asked anything by them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.core.schemas import Line, ShortText, Text
from app.evaluation.item_words import asks_about_ending_life
from app.packs import PackError, read_pack, texts_in
from app.vocabulary.evaluation import Direction, Domain, Population

FOLDER = "evaluation"
CODE = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
Code = Annotated[str, StringConstraints(pattern=CODE, min_length=2, max_length=40)]
# An answer that is always there. Leaving an item out says the same.
NOT_SAID = "not_said"
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
M = TypeVar("M", bound=BaseModel)


class _PackModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OwnItem(_PackModel):
    code: Code
    asks: Annotated[tuple[Population, ...], Field(alias="for", min_length=1)]
    direction: Direction
    domain: Domain
    scale: str


class OwnItems(_PackModel):
    scales: dict[str, Annotated[tuple[Code, ...], Field(min_length=2, max_length=6)]]
    items: Annotated[tuple[OwnItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        codes = [item.code for item in self.items]
        if len(set(codes)) != len(codes):
            raise ValueError("an item stands twice")
        if strange := {item.scale for item in self.items} - set(self.scales):
            raise ValueError(f"there are no scales {', '.join(sorted(strange))}")
        for each in Population:
            asked = {item.direction for item in self.items if each in item.asks}
            if asked != set(Direction):
                raise ValueError(f"{each} is not asked in both directions")
        return self


class Words(_PackModel):
    """Of one language: all of them, or none."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    answers: dict[str, ShortText]
    items: dict[str, Line]
    before_you_answer: Lines
    answered: Lines
    populations: dict[Population, ShortText]


class KnownInstrument(_PackModel):
    """What is known of an instrument that others made. Its words are loaded by a school, or nowhere."""

    code: Code
    name: ShortText
    measures: Line
    licence: Line
    citation: ShortText
    notices: tuple[ShortText, ...]
    source: Line
    may_ship: bool
    why_not_shipped: Line
    items: Annotated[int, Field(ge=1, le=60)]
    answers: tuple[int, ...]
    scoring: Line
    bands: tuple[ShortText, ...]


class OwnInstrument(_PackModel):
    code: Code
    name: ShortText
    measures: Line
    licence: Line
    citation: ShortText
    source: Line


class Refused(_PackModel):
    """Instruments that nobody may load, and why."""

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    reason: Text


class Instruments(_PackModel):
    instruments: tuple[KnownInstrument, ...]
    own: OwnInstrument
    refused: tuple[Refused, ...]


class EvaluationPack(_PackModel):
    instruments: tuple[KnownInstrument, ...]
    own: OwnInstrument
    refused: tuple[Refused, ...]
    own_items: OwnItems
    # By language, English first.
    words: Mapping[str, Words]

    def known(self, code: str) -> KnownInstrument | None:
        return next((each for each in self.instruments if each.code == code), None)


@functools.cache
def load_evaluation() -> EvaluationPack:
    """Read once for each process. Raises PackError, which names the file and the field at fault."""
    facts = _read("instruments.yaml", Instruments)
    items = _read("own.yaml", OwnItems)
    languages = [
        file.removeprefix(f"{FOLDER}/")
        for file in texts_in(FOLDER)
        if not file.endswith(("/own.yaml", "/instruments.yaml"))
    ]
    found = [_read(file, Words) for file in sorted(languages, key=lambda file: (file != "en.yaml", file))]
    for words, file in zip(found, languages, strict=True):
        _check(words, items, file=f"{FOLDER}/{file}")
    return EvaluationPack(
        instruments=facts.instruments,
        own=facts.own,
        refused=facts.refused,
        own_items=items,
        words={words.language: words for words in found},
    )


def _check(words: Words, items: OwnItems, *, file: str) -> None:
    """Raises PackError for a language that lacks a word, has one too many, or asks what may not be asked."""
    answers = {answer for scale in items.scales.values() for answer in scale} | {NOT_SAID}
    wanted: tuple[tuple[str, set[Any], Mapping[Any, str]], ...] = (
        ("items", {item.code for item in items.items}, words.items),
        ("answers", answers, words.answers),
        ("populations", set(Population), words.populations),
    )
    for column, needed, given in wanted:
        if needed != set(given):
            wrong = ", ".join(sorted(str(each) for each in needed ^ set(given)))
            raise PackError(f"missing, or too many: {wrong}", file=file, column=column)
    for code, text in words.items.items():
        if asks_about_ending_life(text):
            raise PackError("no item asks about suicide or self-harm", file=file, column=f"items.{code}")


def _read(name: str, model: type[M]) -> M:
    file = f"{FOLDER}/{name}"
    try:
        return model.model_validate(yaml.safe_load(read_pack(file)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=file, column=column) from error
