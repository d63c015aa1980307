"""Expressions of interest as they arrive and leave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText
from app.vocabulary.selection import InterestState

Note = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Lines = Annotated[list[Line], Field(max_length=20)]
# As it is typed: with spaces, dashes, and letters for digits.
InterestCode = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class InterestCreate(InputModel):
    """`contact`: how a coordinator may reach you, such as an address; a name is not needed."""

    contact: ShortText
    note: Note | None = None


class InterestCodeOnly(InputModel):
    code: InterestCode


class InterestCreated(OutputModel):
    """The code is shown here and never again: with it this is taken back."""

    interest_code: Annotated[str, StringConstraints(max_length=40)]
    what_happens_next: Lines


class InterestTakenBack(OutputModel):
    what_happened: Lines


class InterestWords(OutputModel):
    """What is sealed."""

    contact: ShortText
    note: Note | None


class InterestOut(OutputModel):
    """`kept_until`: the day of the school on which it is erased, where nothing else happens to it."""

    id: uuid.UUID
    state: InterestState
    contact: ShortText
    note: Note | None
    received_hour: Instant
    kept_until: dt.date


class InterestPage(Page[InterestOut]):
    """One page of expressions of interest."""
