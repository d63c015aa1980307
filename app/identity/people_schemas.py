"""People of a school as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Slug, composed
from app.vocabulary import Role

# One line: it stands in lists, files and calendars.
Alias = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$"), BeforeValidator(composed)
]
Schools = Annotated[list[Slug], Field(max_length=20)]


class PersonUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays; null empties `assesses_at`, the schools at which they assess."""

    # A factory, so that the document shows no default: what is absent is never read.
    alias: Alias = Field(default_factory=str)
    assesses_at: Schools | None = None


class PersonOut(OutputModel):
    """Somebody of the programme. `roles` are those that count now; whoever has left has none, and `left_at`."""

    id: uuid.UUID
    login: Annotated[str, StringConstraints(max_length=200)]
    alias: Annotated[str, StringConstraints(max_length=80)]
    roles: Annotated[list[Role], Field(max_length=20)]
    active: bool
    assesses_at: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=20)]
    left_at: Instant | None
    created_at: Instant


class PersonPage(Page[PersonOut]):
    """One page of people."""
