"""What is published of selection, and what a school writes of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Text
from app.guidance.override_schemas import WordingSuggestion
from app.supporters.schemas import TextVersion
from app.vocabulary.selection import Criterion

Lines = Annotated[list[Line], Field(max_length=40)]
SupporterTitle = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class SelectionPut(InputModel):
    """All that a school writes of its selection. `supporter_title`: what it calls a supporter (STUDY P01).
    `agreement_points`: its own lines after those of the agreement; other ones ask everybody anew."""

    supporter_title: SupporterTitle | None = None
    note: Text | None = None
    agreement_points: list[Line] = Field(default_factory=list, max_length=10)


class CriterionOut(OutputModel):
    """`not_asked`: what nobody wants to know about it."""

    code: Criterion
    title: ShortText
    means: Line
    not_asked: Line


class AgreementOut(OutputModel):
    """What a supporter signs, as it is asked for now."""

    version: TextVersion
    title: ShortText
    points: Lines


class SelectionOut(OutputModel):
    """How somebody becomes a supporter. `programme`: whether the school has one; applications need it, interest does
    not."""

    programme: bool
    supporter_title: SupporterTitle | None
    note: Text | None
    criteria: Annotated[list[CriterionOut], Field(max_length=10)]
    never_asked: Lines
    how_decided: Lines
    appeal: Lines
    saying_no: Line
    kept: Lines
    agreement: AgreementOut
    updated_at: Instant | None


class SelectionWritten(OutputModel):
    """What is published now, and what could be said better in it."""

    selection: SelectionOut
    suggestions: Annotated[list[WordingSuggestion], Field(max_length=200)]
