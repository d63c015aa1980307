"""What coordinators send to change a roster, and what they are told that it changes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.rosters.fields import LocalTime, WholeMinute
from app.rosters.layer_schemas import OptionalList
from app.rosters.rules import Rule
from app.rosters.schemas import MOST_SEGMENTS, RosterPlan
from app.vocabulary import GapCause, OverrideOrigin

LARGEST_CSV = 200_000
MOST_ROWS = 1000

Number = Annotated[int, Field(ge=1, le=2**31)]
# Minutes more than before, or fewer, within 400 days.
Gained = Annotated[int, Field(ge=-576_000, le=576_000)]


class VersionCreate(InputModel):
    """A plan that takes the place of the present one from an instant on; null: from this minute."""

    effective_from: WholeMinute | None = Field(description="Not in the past. Null: at once.")
    plan: RosterPlan


class OverrideCreate(InputModel):
    """A change for a time. Each edge is an instant, or a wall-clock time in the roster's zone that exists once."""

    person: uuid.UUID | None = Field(description="Who is on call. Null takes cover away, and needs a reason.")
    replaces: uuid.UUID | None = Field(default=None, description="Acts only where the layers put this person on call.")
    start: WholeMinute | None = None
    start_local: LocalTime | None = None
    end: WholeMinute | None = None
    end_local: LocalTime | None = None
    reason: ShortText | None = Field(default=None, description="For those who plan rosters. No names, please.")
    despite: OptionalList[Rule] = Field(
        default_factory=list, max_length=20, description="Rules that you know of and set aside, this once."
    )

    @model_validator(mode="after")
    def _each_edge_once(self) -> Self:
        for instant, local in ((self.start, self.start_local), (self.end, self.end_local)):
            if (instant is None) is (local is None):
                raise PydanticCustomError("edge_once", "Give each edge as an instant or as a local time, not as both")
        if self.person is None and self.reason is None:
            raise PydanticCustomError("reason_required", "Taking cover away needs a reason")
        return self


class OverrideImport(InputModel):
    """Many shifts at once: all of them, or none."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_CSV)] = Field(
        description=(
            "With a header line: `person` (id or sign-in name), `start`, `end` (instants, or local times of the "
            "roster's zone without an offset), and if you like `replaces` and `reason`."
        )
    )
    despite: OptionalList[Rule] = Field(default_factory=list, max_length=20)


class RosterVersionOut(OutputModel):
    """A version that rules, has ruled, or will. `effective_until` is null while nothing is planned to follow."""

    id: uuid.UUID
    roster_id: uuid.UUID
    number: Number
    effective_from: Instant
    effective_until: Instant | None
    plan: RosterPlan
    created_at: Instant


class VersionPage(Page[RosterVersionOut]):
    """One page of versions."""


class RosterOverrideOut(OutputModel):
    """`removed_at`: taken back before it had begun; one that was taken back later ends then."""

    id: uuid.UUID
    roster_id: uuid.UUID
    person: uuid.UUID | None
    replaces: uuid.UUID | None
    start: Instant
    end: Instant
    created_seq: Annotated[int, Field(ge=0, le=2**53 - 1)]
    origin: OverrideOrigin
    reason: ShortText | None
    removed_at: Instant | None


class OverridePage(Page[RosterOverrideOut]):
    """One page of overrides."""


class ChangedShift(OutputModel):
    """Time in which somebody else is on call. Ids of people; nobody is a gap."""

    start: Instant
    end: Instant
    before: Annotated[list[ShortText], Field(max_length=200)]
    after: Annotated[list[ShortText], Field(max_length=200)]


class PlannedGap(OutputModel):
    """Time in which somebody should be there who can be reached, and nobody is."""

    start: Instant
    end: Instant
    cause: GapCause


class BreachOut(OutputModel):
    """A rule that protects this person, and what would break it."""

    person: uuid.UUID
    rule: Rule
    detail: Annotated[str, StringConstraints(max_length=300)]


class ChangeOut(OutputModel):
    """What an edit changes from `from` to `to`: compare before you save.

    `breaches` are rules that it breaks and that were not set aside: saving it would be refused.
    """

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    shifts: Annotated[list[ChangedShift], Field(max_length=MOST_SEGMENTS)]
    gaps_opened: Annotated[list[PlannedGap], Field(max_length=MOST_SEGMENTS)]
    gaps_closed: Annotated[list[PlannedGap], Field(max_length=MOST_SEGMENTS)]
    minutes_per_person: Annotated[dict[ShortText, Gained], Field(max_length=MOST_SEGMENTS)]
    breaches: Annotated[list[BreachOut], Field(max_length=MOST_ROWS)]


class VersionCreated(RosterVersionOut):
    """With what it changed."""

    change: ChangeOut


class OverrideCreated(RosterOverrideOut):
    """With what it changed."""

    change: ChangeOut


class ImportOut(OutputModel):
    """What was stored, or would be (`stored: false`), and what that changes."""

    stored: bool
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]
    change: ChangeOut


HORIZON = dt.timedelta(days=90)
