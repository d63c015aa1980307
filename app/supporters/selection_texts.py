"""What is said of the way into the programme, and the confidentiality agreement in its versions."""

from __future__ import annotations

import functools
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.core.schemas import Line, ShortText
from app.packs import PackError, read_pack
from app.vocabulary.selection import Criterion

FILE = "supporters/en.yaml"
AgreementVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,3}$", max_length=8)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


class _PackModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreement(_PackModel):
    """What a supporter signs. A version never changes: other words are another version."""

    version: AgreementVersion
    title: ShortText
    points: Lines


class CriterionText(_PackModel):
    """`not_asked`: what nobody wants to know about it."""

    code: Criterion
    title: ShortText
    means: Line
    not_asked: Line


class InterestTexts(_PackModel):
    thanks: Lines
    thanks_without_programme: Lines
    taken_back: Lines


class SelectionTexts(_PackModel):
    agreements: Annotated[tuple[Agreement, ...], Field(min_length=1)]
    criteria: Annotated[tuple[CriterionText, ...], Field(min_length=1)]
    never_asked: Lines
    how_decided: Lines
    appeal: Lines
    saying_no: Line
    kept: Lines
    interest: InterestTexts

    @property
    def agreement(self) -> Agreement:
        """The one that is asked for now."""
        return self.agreements[0]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if [each.code for each in self.criteria] != list(Criterion):
            raise ValueError("each criterion has its text, in the order of the codes")
        versions = [each.version for each in self.agreements]
        if len(set(versions)) != len(versions):
            raise ValueError("a version of the agreement stands twice")
        return self


@functools.cache
def load_texts() -> SelectionTexts:
    """Read once for each process. Raises PackError, which names the field at fault."""
    try:
        return SelectionTexts.model_validate(yaml.safe_load(read_pack(FILE)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=FILE, column=column) from error
