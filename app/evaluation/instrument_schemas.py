"""Instruments as they arrive and leave: what is asked, whose words it is, and what their licence asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Text
from app.evaluation.item_words import asks_about_ending_life
from app.evaluation.pack import NOT_SAID, Code
from app.vocabulary.evaluation import Direction, Domain, InstrumentOrigin, Population

MOST_ITEMS = 60
MOST_ANSWERS = 6
Value = Annotated[int, Field(ge=-100, le=100)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", max_length=5)]


class AnswerIn(InputModel):
    """`value`: what it counts in a mean. Without one there is no mean."""

    code: Code
    text: ShortText
    value: Value | None = None


class ItemIn(InputModel):
    """`domain`: null for what is none of ours, such as distress."""

    code: Code
    text: Line
    direction: Direction
    domain: Domain | None = None


class RightToUse(InputModel):
    """Who loads an instrument says that the school may use it, and from where they know."""

    attested: Literal[True]
    because: Text


class InstrumentCreate(InputModel):
    """An instrument with its words, as its licence lets the school use it. All its items have the same answers, to
    which "prefer not to say" is always added."""

    code: Code
    name: ShortText
    measures: Line
    language: Language = "en"
    licence: Text
    citation: ShortText
    source: Line
    notices: list[ShortText] = Field(default_factory=list, max_length=5)
    right_to_use: RightToUse
    answers: list[AnswerIn] = Field(min_length=2, max_length=MOST_ANSWERS)
    items: list[ItemIn] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _may_be_asked(self) -> Self:
        answers, items = [each.code for each in self.answers], [each.code for each in self.items]
        if len(set(answers)) < len(answers) or len(set(items)) < len(items):
            raise PydanticCustomError("twice", "A code stands twice among the answers or the items.")
        if NOT_SAID in answers:
            raise PydanticCustomError("answer_is_always_there", f"The answer {NOT_SAID} is always there.")
        if len({each.value is None for each in self.answers}) > 1:
            raise PydanticCustomError("some_values", "Either every answer has a value, or none.")
        for text in (self.name, *(item.text for item in self.items), *(answer.text for answer in self.answers)):
            if asks_about_ending_life(text):
                raise PydanticCustomError(
                    "asks_about_suicide",
                    "No item may ask about suicide or self-harm: nobody could answer whoever says yes.",
                )
        return self


class AnswerOut(OutputModel):
    code: Code
    text: ShortText
    value: Value | None


class InstrumentItemOut(OutputModel):
    """`populations`: whom it is written for. Empty: whoever a wave chooses."""

    code: Code
    text: Line
    populations: Annotated[list[Population], Field(max_length=6)]
    direction: Direction
    domain: Domain | None
    answers: Annotated[list[AnswerOut], Field(max_length=MOST_ANSWERS)]


class InstrumentSummary(OutputModel):
    """`notices` stand wherever it is used. `item_count`: of the whole instrument, whether or not its words are here.

    `may_ship`: whether its licence lets its words be part of this product; `why_not` where it does not. `usable`: its
    words are here, so that a wave can ask by it. `right_to_use`: what was said by whoever loaded them.
    """

    code: Code
    name: ShortText
    measures: Line
    origin: InstrumentOrigin
    usable: bool
    may_ship: bool
    why_not: Line | None
    licence: Text
    citation: ShortText
    source: Line
    notices: Annotated[list[ShortText], Field(max_length=5)]
    item_count: Annotated[int, Field(ge=1, le=MOST_ITEMS)]
    scoring: Line | None
    bands: Annotated[list[ShortText], Field(max_length=10)]
    right_to_use: Text | None
    loaded_hour: Instant | None


class InstrumentOut(InstrumentSummary):
    """With its words, where they are here."""

    items: Annotated[list[InstrumentItemOut], Field(max_length=MOST_ITEMS)]


class InstrumentPage(Page[InstrumentSummary]):
    """One page of instruments."""
