"""A pause, as whoever pauses sees it, and as a coordinator does."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.directory.entries import EntryOut
from app.rosters.fields import WholeMinute
from app.rosters.shift_schemas import RosterChange
from app.vocabulary.supporters import AppealDecision, LookedAfter, PauseReason

Path = Annotated[str, StringConstraints(max_length=200)]
Written = Annotated[str, StringConstraints(max_length=2000)]


class PauseCreate(InputModel):
    """Pause. Nothing has to be said: an empty object is a pause from now on, until you are back."""

    start: WholeMinute | None = Field(default=None, alias="from", description="Null: now.")
    until: WholeMinute | None = Field(default=None, description="Null: until you are back.")
    reason: PauseReason | None = Field(default=None, description="Kept only with `share_reason`.")
    share_reason: bool = Field(default=False, description="Let coordinators see the reason. Otherwise nobody does.")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.start is not None and self.until is not None and self.until <= self.start:
            raise PydanticCustomError("end_not_after_start", "The end must come after the start")
        return self


class ProgrammePause(InputModel):
    """What was said when the programme asked for a pause: that supporter and coordinators read it, and nobody else."""

    note: Text = Field(examples=["We talked on Tuesday. Four contacts in a week is too much for anybody."])
    until: WholeMinute | None = Field(default=None, description="Null: until somebody ends it.")


class AppealCreate(InputModel):
    """Why it should end. A sponsor reads it, and coordinators do."""

    text: Text = Field(examples=["I would rather keep the one person I am in touch with."])


class AppealDecide(InputModel):
    """`ended`: they are back at once."""

    decision: AppealDecision


class PauseAppeal(OutputModel):
    """What a sponsor decides: who, since when, and what they say. What was said in the conversation is not in it."""

    id: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    start: Instant = Field(serialization_alias="from")
    until: Instant | None
    text: Written
    appealed_hour: Instant
    decision: AppealDecision | None
    decided_hour: Instant | None


class PauseAppealPage(Page[PauseAppeal]):
    """One page of appeals that wait for a sponsor, the oldest first."""


class AppealOut(OutputModel):
    """What was said to a pause that the programme asked for, and what a sponsor decided."""

    text: Written
    appealed_hour: Instant
    decision: AppealDecision | None
    decided_hour: Instant | None


class PauseOut(OutputModel):
    """A pause. `until` null: until you are back. On `review_on` you are asked how it is, and nobody else.

    `asked_by_programme`: it was not your own wish; `note` is what was said then, and `appeal_to` where you can say no.
    `reason` is null unless you share it.
    """

    id: uuid.UUID
    start: Instant = Field(serialization_alias="from")
    until: Instant | None
    going_on: bool
    asked_by_programme: bool
    reason: PauseReason | None
    review_on: dt.date
    note: Written | None
    appeal: AppealOut | None
    appeal_to: Path | None


class PausePage(Page[PauseOut]):
    """One page of pauses, in no order of time."""


class HandedOn(OutputModel):
    """A contact of yours, and who sees to it now. Nothing more is asked of you."""

    contact: uuid.UUID
    looked_after: LookedAfter


class SupportForYou(OutputModel):
    """Who is there for you. Asking for advice stays yours: `on_call` says whether an adviser can be reached now."""

    ask_for_advice: Path
    on_call: bool
    help: Annotated[list[EntryOut], Field(max_length=20)]


class PauseMade(PauseOut):
    """It counts already. `contacts` are all that you had open, `released` what changes on the rosters."""

    contacts: Annotated[list[HandedOn], Field(max_length=500)]
    released: Annotated[list[RosterChange], Field(max_length=500)]
    support: SupportForYou


class ResumeCreate(InputModel):
    """Be back. How you are is kept nowhere: it decides only what this answer says."""

    check_in: Literal["ready", "not_quite"] | None = None


class ResumeOut(OutputModel):
    """`paused`: still, because the programme has asked for it. `check_in` is a question for you alone."""

    paused: bool
    check_in: Written
    support: SupportForYou
