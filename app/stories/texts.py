"""What is said to whoever tells a story: what they agree to, how to write, and what becomes of it."""

from __future__ import annotations

import functools
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.core.schemas import Line, ShortText
from app.packs import PackError, read_pack
from app.vocabulary import StoryState

FILE = "stories/en.yaml"
ConsentVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,3}$", max_length=8)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


class _PackModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Consent(_PackModel):
    """What an author agrees to. A version never changes: other words are another version."""

    version: ConsentVersion
    title: ShortText
    points: Lines


class StoryTexts(_PackModel):
    consents: Annotated[tuple[Consent, ...], Field(min_length=1)]
    how_to_write: Lines
    what_happens_next: Lines
    states: dict[StoryState, Line]
    changed: Lines
    withdrawn: Lines
    careers_note: Line

    @property
    def consent(self) -> Consent:
        """The one that is asked for now."""
        return self.consents[0]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := set(StoryState) - set(self.states):
            raise ValueError(f"no text for the states {', '.join(sorted(missing))}")
        versions = [consent.version for consent in self.consents]
        if len(set(versions)) != len(versions):
            raise ValueError("a version of the consent stands twice")
        return self


@functools.cache
def load_texts() -> StoryTexts:
    """Read once for each process. Raises PackError, which names the field at fault."""
    try:
        return StoryTexts.model_validate(yaml.safe_load(read_pack(FILE)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=FILE, column=column) from error
