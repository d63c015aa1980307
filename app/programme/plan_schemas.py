"""Succession plans as they arrive and leave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.shift_schemas import ShiftOut, ShiftRef
from app.schools.post_schemas import PostCode
from app.vocabulary.succession import PlanState

Alias = Annotated[str, StringConstraints(max_length=80)]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$", max_length=40)]
Number = Annotated[int, Field(ge=1, le=2**31)]
MOST_ITEMS = 40
MOST_SHIFTS = 40


class PlanCreate(InputModel):
    """For a post by its code, or for a supporter by their `person`: one of the two."""

    post: PostCode | None = None
    person: uuid.UUID | None = None
    successor: uuid.UUID | None = None
    shadow_from: dt.date | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.post is None) is (self.person is None):
            raise PydanticCustomError("one_subject", "Name a post, or the person of a supporter.")
        return self


class ShadowRef(InputModel):
    """A shift that somebody holds on a roster."""

    roster_id: uuid.UUID
    shift: ShiftRef


class PlanUpdate(InputModel):
    """Merge patch. `done` and `not_done` tick items by their code; `add` are short lines of your own, about the matter
    and about nobody. `shadow_shifts` replaces all that are named. With another successor those go over to them."""

    successor: uuid.UUID | None = None
    shadow_from: dt.date | None = None
    done: list[ItemCode] = Field(default_factory=list, max_length=MOST_ITEMS)
    not_done: list[ItemCode] = Field(default_factory=list, max_length=MOST_ITEMS)
    add: list[ShortText] = Field(default_factory=list, max_length=MOST_ITEMS)
    shadow_shifts: list[ShadowRef] | None = Field(default=None, max_length=MOST_SHIFTS)
    state: PlanState | None = None


class PlanPerson(OutputModel):
    """`active`: they are still there."""

    person: uuid.UUID
    alias: Alias
    active: bool


class ChecklistItem(OutputModel):
    """`text` is null for a standard item, which clients have words for."""

    code: ItemCode
    text: ShortText | None
    done_by: uuid.UUID | None
    done_on: dt.date | None


class ShadowOut(OutputModel):
    """`still_theirs` is false where the shift is somebody else's by now, or nobody's: then nobody looks on."""

    roster_id: uuid.UUID
    shift: ShiftOut
    start: Instant
    end: Instant
    still_theirs: bool


class PlanOut(OutputModel):
    """`goes`: whoever is followed, null for a post that nobody holds. `missing`: what a successor lacks before anything
    can be given to them."""

    id: uuid.UUID
    post: PostCode | None
    goes: PlanPerson | None
    ends_on: dt.date | None
    successor: PlanPerson | None
    missing: Annotated[list[Literal["successor", "not_in_programme", "training"]], Field(max_length=3)]
    shadow_from: dt.date | None
    shadow_shifts: Annotated[list[ShadowOut], Field(max_length=MOST_SHIFTS)]
    checklist: Annotated[list[ChecklistItem], Field(max_length=MOST_ITEMS)]
    state: PlanState
    version: Number
    created_at: Instant
    updated_at: Instant


class PlanPage(Page[PlanOut]):
    """One page of succession plans."""
