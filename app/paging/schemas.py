"""What a paged person sees."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import Instant, OutputModel
from app.directory.entries import EntryOut
from app.vocabulary import EscalationState, Level, PageState, RosterLine, SubjectKind

Sentence = Annotated[str, StringConstraints(max_length=1000)]
LocalTime = Annotated[str, StringConstraints(max_length=40)]


class PageOut(OutputModel):
    """A page, without what it is about: that is the brief, whose reading is recorded."""

    id: uuid.UUID
    subject_kind: SubjectKind
    line: RosterLine
    priority: Annotated[str, StringConstraints(max_length=40)]
    level: Level
    state: PageState
    escalation_state: EscalationState
    drill: bool
    ack_by: Instant


class PagePage(Page[PageOut]):
    """One page of the pages addressed to you, newest first."""


class AckOut(OutputModel):
    """`first` is true for the one person who holds it; `by_role` is the level of whoever does."""

    state: Literal["acknowledged", "already_acknowledged"]
    by_role: Level | None
    first: bool


class Expect(OutputModel):
    """Who is on duty, and by when a person reads this: computed from the roster and the school's hours, never wished.

    `read_by` is null when no such time can be promised; `fallback` can be called at any hour either way.
    """

    staffed_now: bool
    read_by: Instant | None
    read_by_local: LocalTime | None
    basis: Sentence
    fallback: Annotated[list[EntryOut], Field(max_length=20)]
