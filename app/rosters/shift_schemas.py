"""Shifts that change hands, absences and one's own shifts, as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.editing_schemas import ChangeOut
from app.rosters.fields import InstantText, WholeMinute
from app.rosters.layer_schemas import OptionalList
from app.rosters.rules import Rule
from app.vocabulary import AbsenceKind, Level, OfferState, RosterLine, SwapState

Alias = Annotated[str, StringConstraints(max_length=80)]
Number = Annotated[int, Field(ge=1, le=2**31)]
# What members say for themselves; the other kinds are said of them.
OwnAbsence = Literal[AbsenceKind.LEAVE, AbsenceKind.EXAM_WINDOW, AbsenceKind.PLACEMENT]


class ShiftRef(InputModel):
    """A shift by what stays while it moves: layer and start of the slot, or the override that put somebody there."""

    layer_id: ShortText | None = None
    slot_start: InstantText | None = None
    override_id: uuid.UUID | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_slot = self.layer_id is not None and self.slot_start is not None
        partly = (self.layer_id is None) is not (self.slot_start is None)
        if partly or by_slot is (self.override_id is not None):
            raise PydanticCustomError("shift_named_once", "Name a shift by layer_id and slot_start, or by override_id")
        return self


class ShiftOut(OutputModel):
    """How a shift is named. Either the layer and its slot, or the override."""

    layer_id: ShortText | None
    slot_start: Instant | None
    override_id: uuid.UUID | None


class MyShift(OutputModel):
    """Unbroken time that you are on call, and the shift that it is part of."""

    roster_id: uuid.UUID
    name: ShortText
    line: RosterLine
    level: Level
    start: Instant
    end: Instant
    shift: ShiftOut


class MyShiftList(OutputModel):
    """In order of their start. `shadows`: shifts of somebody else at which you look on, because you come after them.
    You are paged for none of these."""

    items: Annotated[list[MyShift], Field(max_length=20_000)]
    shadows: Annotated[list[MyShift], Field(max_length=1000)]


class ShiftOfferCreate(InputModel):
    """A shift of yours, whole or from `start` to `end`. From a coordinator, without `shift`: time that nobody has."""

    roster_id: uuid.UUID
    shift: ShiftRef | None = None
    start: WholeMinute | None = None
    end: WholeMinute | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.start is None) is not (self.end is None):
            raise PydanticCustomError("part_has_two_ends", "Give both start and end, or neither")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise PydanticCustomError("end_not_after_start", "The end must come after the start")
        if self.shift is None and self.start is None:
            raise PydanticCustomError("offer_of_nothing", "Name a shift, or the time that nobody has")
        return self


class ShiftOfferOut(OutputModel):
    """`person` gives it away, null: nobody has it. `state` open: the first to take it, by the rules, has it.

    From `start` to `end` only what is theirs to give: a part that somebody else has stays with them.
    """

    id: uuid.UUID
    roster_id: uuid.UUID
    line: RosterLine
    level: Level
    person: uuid.UUID | None
    alias: Alias | None
    shift: ShiftOut | None
    start: Instant
    end: Instant
    state: OfferState
    taken_by: uuid.UUID | None
    version: Number
    created_at: Instant
    updated_at: Instant


class ShiftOfferPage(Page[ShiftOfferOut]):
    """One page of offers."""


class SwapSide(InputModel):
    roster_id: uuid.UUID
    shift: ShiftRef


class ShiftSwapCreate(InputModel):
    """What you give, and what you would have from whom."""

    other: uuid.UUID
    give: SwapSide
    get: SwapSide


class SwapSideOut(OutputModel):
    roster_id: uuid.UUID
    shift: ShiftOut


class ShiftSwapOut(OutputModel):
    """`give` is `person`'s shift and goes to `other`; `get` goes the other way. Both, or neither."""

    id: uuid.UUID
    person: uuid.UUID
    other: uuid.UUID
    give: SwapSideOut
    get: SwapSideOut
    state: SwapState
    version: Number
    created_at: Instant
    updated_at: Instant


class ShiftSwapPage(Page[ShiftSwapOut]):
    """One page of swaps."""


class AbsenceCreate(InputModel):
    """Time in which you are on no roster; without an end, until you are back. Nobody has to approve it.

    `paused` is a pause, and does what every pause does. Coordinators may say it of somebody else, and then also
    `training_lapsed`; a supporter is asked to pause by their own route.
    """

    kind: AbsenceKind
    start: WholeMinute
    end: WholeMinute | None = None
    person: uuid.UUID | None = Field(default=None, description="For coordinators. Null: yourself.")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise PydanticCustomError("end_not_after_start", "The end must come after the start")
        return self


class AbsenceUpdate(InputModel):
    """When it ends, not in the past; null: until further notice. What is absent stays as it is."""

    end: WholeMinute | None = Field(default=None, description="Null: until further notice.")


class AbsenceOut(OutputModel):
    """`end` null: until further notice."""

    id: uuid.UUID
    person: uuid.UUID
    kind: AbsenceKind
    start: Instant
    end: Instant | None
    version: Number
    created_at: Instant


class AbsencePage(Page[AbsenceOut]):
    """One page of absences."""


class RosterChange(OutputModel):
    """What it changes on one roster."""

    roster_id: uuid.UUID
    change: ChangeOut


class AbsenceCreated(AbsenceOut):
    """With what it changes, roster by roster."""

    changes: Annotated[list[RosterChange], Field(max_length=500)]


class DepartureCreate(InputModel):
    """Somebody leaves the rosters. Say who has their cover then, or have it refused and listed."""

    effective_from: WholeMinute | None = Field(default=None, description="Null: from this minute.")
    reassign_to: uuid.UUID | None = Field(default=None, description="Has their turns and overrides from then on.")
    next_in_turn: bool = Field(default=False, description="Each of their turns falls to the next; no other turn moves.")
    despite: OptionalList[Rule] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.reassign_to is not None and self.next_in_turn:
            raise PydanticCustomError("reassigned_twice", "Either somebody has it, or whoever is next in turn")
        return self


class DepartureOut(OutputModel):
    """`cover` is what they had from then on."""

    person: uuid.UUID
    effective_from: Instant
    cover: Annotated[list[MyShift], Field(max_length=20_000)]
