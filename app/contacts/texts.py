"""What is said to a friend who passes a code on, and to a peer who chooses a supporter."""

from __future__ import annotations

import functools
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.schemas import Line
from app.packs import PackError, read_pack
from app.vocabulary.contacts import ChoiceState, InvitationAudience
from app.vocabulary.supporters import YearBand

FILE = "contacts/en.yaml"
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


class ContactTexts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    to_pass_on: Lines
    about_the_code: Lines
    what_happens_next: Lines
    states: dict[ChoiceState, Line]
    for_whom: dict[str, Line]
    taken_back: Lines

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := set(ChoiceState) - set(self.states):
            raise ValueError(f"no text for the states {', '.join(sorted(missing))}")
        meant = {*InvitationAudience, *YearBand} - {InvitationAudience.YEAR_BAND, YearBand.NOT_SAID}
        if self.for_whom.keys() != meant:
            raise ValueError(f"for_whom has to name {', '.join(sorted(meant))}")
        return self


@functools.cache
def load_texts() -> ContactTexts:
    """Read once for each process. Raises PackError, which names the field at fault."""
    try:
        return ContactTexts.model_validate(yaml.safe_load(read_pack(FILE)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or None
        raise PackError(first["msg"], file=FILE, column=column) from error
