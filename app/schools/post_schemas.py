"""Posts as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel

CODE = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
PostCode = Annotated[str, StringConstraints(pattern=CODE, min_length=2, max_length=40)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class PostPut(InputModel):
    """All of a post. A place that nobody has is null, and said: leaving a field out empties none."""

    title: Title
    holder: uuid.UUID | None
    deputy: uuid.UUID | None


class PostPerson(OutputModel):
    """Whom a post names. `active` is false for somebody who has left."""

    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    active: bool


class PostOut(OutputModel):
    """A responsibility, and who has it. `vacant`: no holder who is still there. `covered`: a holder or a deputy is."""

    code: PostCode
    title: Title
    holder: PostPerson | None
    deputy: PostPerson | None
    vacant: bool
    covered: bool
    version: Annotated[int, Field(ge=1, le=2**31)]
    created_at: Instant
    updated_at: Instant


class PostPage(Page[PostOut]):
    """One page of posts."""
