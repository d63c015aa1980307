"""Entries as those who keep a directory write and read them."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Text
from app.directory.entries import (
    Channel,
    Community,
    CostKind,
    EntryId,
    ForWhom,
    HoursText,
    PhoneText,
    RunBy,
    Sharing,
    SideList,
    Tier,
    Verification,
    WebAddress,
)
from app.directory.fields import LanguageCode, Notes, Region, SourceDate
from app.directory.overlay import BaseState, Origin
from app.guidance.signs import ConcernType, Sign

Age = Annotated[int, Field(ge=0, le=120)]
ZoneText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Place = Annotated[int, Field(ge=1, le=10_000)]
Digest = Annotated[str, StringConstraints(max_length=32)]
FieldName = Annotated[str, StringConstraints(max_length=40)]
Whole = Annotated[int, Field(ge=0, le=2**31)]
Topic = Sign | ConcernType
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]

RegionCode = Annotated[Region, StringConstraints(max_length=10)]
DateOfSource = Annotated[SourceDate, StringConstraints(max_length=10)]
Regions = Annotated[list[RegionCode], Field(max_length=20)]
ForWhoms = Annotated[list[ForWhom], Field(min_length=1, max_length=10)]
Topics = Annotated[list[Topic], Field(max_length=60)]
Channels = Annotated[list[Channel], Field(min_length=1, max_length=10)]
Languages = Annotated[list[LanguageCode], Field(min_length=1, max_length=30)]
Communities = Annotated[list[Community], Field(max_length=10)]
Sites = Annotated[list[uuid.UUID], Field(max_length=50)]


class EntrySource(InputModel):
    """Where a fact was read, and when it was written there: a year, month or day, or `undated`."""

    url_or_text: Line
    date: DateOfSource


Sources = Annotated[list[EntrySource], Field(min_length=1, max_length=10)]


class EntryWritten(InputModel):
    """An entry with all that is written of it. Either `tier` or `side_list` is given.

    `phone_dial` may be as it is printed; it is kept as a phone dials it (E.164), short codes and 13, 1300 and 1800
    numbers as they are. `hours`: opening hours notation, `24/7`, or null where they are not known; `zone`: the clock
    that they are on, `caller_local` for the caller's own. `topics`: what it is for in particular. `notes` are never
    shown.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    id: EntryId
    name: ShortText
    tier: Tier | None = None
    side_list: SideList | None = None
    regions: Regions = Field(default_factory=list)
    what_it_is: Line
    who_for: Line
    for_whom: ForWhoms = Field(alias="for")
    community: Community | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    medical_students: bool = False
    topics: Topics = Field(default_factory=list)
    independent: bool
    run_by: RunBy
    shares_information_with_school: Sharing
    channels: Channels
    phone_display: PhoneText | None = None
    phone_dial: PhoneText | None = None
    sms: PhoneText | None = None
    web: WebAddress | None = None
    hours_text: ShortText
    hours: HoursText | None = None
    zone: ZoneText | None = None
    cost: ShortText
    cost_kind: CostKind | None = None
    languages: Languages = Field(default_factory=lambda: ["en"])
    culturally_safe_for: Communities = Field(default_factory=list)
    address: ShortText | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    site_ids: Sites = Field(default_factory=list)
    verification: Verification
    verify_by: dt.date | None = None
    sources: Sources
    notes: Notes = ""


class EntryPut(EntryWritten):
    """A whole entry, its place in its tier, and the id that it has in the school's own system."""

    external_id: ExternalId | None = None
    pinned: bool = False
    position: Place | None = None


class EntryPatch(InputModel):
    """What of an entry is other than it was. Null takes a field away."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    name: ShortText | None = None
    tier: Tier | None = None
    side_list: SideList | None = None
    regions: Regions | None = None
    what_it_is: Line | None = None
    who_for: Line | None = None
    for_whom: ForWhoms | None = Field(default=None, alias="for")
    community: Community | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    medical_students: bool | None = None
    topics: Topics | None = None
    independent: bool | None = None
    run_by: RunBy | None = None
    shares_information_with_school: Sharing | None = None
    channels: Channels | None = None
    phone_display: PhoneText | None = None
    phone_dial: PhoneText | None = None
    sms: PhoneText | None = None
    web: WebAddress | None = None
    hours_text: ShortText | None = None
    hours: HoursText | None = None
    zone: ZoneText | None = None
    cost: ShortText | None = None
    cost_kind: CostKind | None = None
    languages: Languages | None = None
    culturally_safe_for: Communities | None = None
    address: ShortText | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    site_ids: Sites | None = None
    verification: Verification | None = None
    verify_by: dt.date | None = None
    sources: Sources | None = None
    notes: Notes | None = None
    external_id: ExternalId | None = None
    pinned: bool | None = None
    position: Place | None = None


class EntryHide(InputModel):
    """Why readers are not to see it, and until when; null: until somebody shows it again."""

    reason: Line
    until: Instant | None = None


class CheckMethod(StrEnum):
    """How somebody made sure that an entry is right."""

    CALLED = "called"
    VISITED = "visited"
    WEBSITE = "website"
    TOLD_BY_THE_SERVICE = "told_by_the_service"
    OTHER = "other"


class EntryCheck(InputModel):
    """How an entry was checked. `due_on`: the day by which it is to be checked again; by default 90 days on for crisis
    and emergency entries, 365 for side lists, 180 for others."""

    method: CheckMethod
    evidence: Line
    due_on: dt.date | None = None


class EntryCheckOut(OutputModel):
    """A check that was made, by whom, and by when the next one is due."""

    id: uuid.UUID
    entry_id: EntryId
    method: CheckMethod
    evidence: Line
    verified_by: uuid.UUID
    verified_at: Instant
    due_on: dt.date


class EntryCheckPage(Page[EntryCheckOut]):
    """One page of checks."""


class KeptEntry(OutputModel):
    """An entry as it stands, whoever may see it.

    `origin`: the country's words, those with changes of the school (`changed_fields`), or the school's own. `entry`: as
    it stands, null where nothing of it can be read. `served`: readers get it, which they do not where it is hidden,
    unpublished, or for regions where the school is not and has no site. `kept_for_safety`: readers get what the country
    says, although the school hides or changes it. `base_version`: what the country said when the school last changed
    something; `national_version`: what it says now; `base_state`: how these two stand. `broken`: what of the school's
    word cannot be read. `check_due_on`: the day by which somebody has to check it.
    """

    id: EntryId
    origin: Origin
    entry: EntryWritten | None
    changed_fields: list[FieldName] = Field(max_length=60)
    served: bool
    kept_for_safety: bool
    hidden: bool
    hidden_reason: Line | None
    hidden_until: Instant | None
    pinned: bool
    position: Place | None
    external_id: ExternalId | None
    base_version: Digest | None
    national_version: Digest | None
    base_state: BaseState | None
    broken: Annotated[str, StringConstraints(max_length=80)] | None
    last_check: EntryCheckOut | None
    check_due_on: dt.date | None
    overdue: bool
    version: Whole
    updated_at: Instant | None


class KeptEntryPage(Page[KeptEntry]):
    """One page of a directory."""


class CorrectionKind(StrEnum):
    """What a reader says is wrong."""

    NUMBER_WRONG = "number_wrong"
    HOURS_WRONG = "hours_wrong"
    CLOSED_DOWN = "closed_down"
    MOVED = "moved"
    OTHER = "other"


class CorrectionState(StrEnum):
    """Whether somebody has looked into it."""

    OPEN = "open"
    CORRECTED = "corrected"
    WAS_RIGHT = "was_right"
    NOT_CLEAR = "not_clear"


class SettledAs(StrEnum):
    """What came of looking into it."""

    CORRECTED = "corrected"
    WAS_RIGHT = "was_right"
    NOT_CLEAR = "not_clear"


class CorrectionCreate(InputModel):
    """What is wrong with an entry. Please name nobody."""

    kind: CorrectionKind
    note: Line | None = None


class CorrectionReceived(OutputModel):
    """Thank you. There is nothing to come back to."""

    received: bool


class CorrectionSettle(InputModel):
    """What came of looking into it."""

    outcome: SettledAs


class CorrectionOut(OutputModel):
    """What a reader said was wrong, to the hour. Nobody was asked who they are."""

    id: uuid.UUID
    entry_id: EntryId
    kind: CorrectionKind
    note: Text | None
    state: CorrectionState
    received_hour: Instant
    settled_by: uuid.UUID | None
    settled_at: Instant | None


class CorrectionPage(Page[CorrectionOut]):
    """One page of corrections."""


class TaskCode(StrEnum):
    """Why somebody has to look at an entry."""

    BROKEN_ROW = "broken_row"
    KEPT_FOR_SAFETY = "kept_for_safety"
    CORRECTION_OPEN = "correction_open"
    VERIFICATION_OVERDUE = "verification_overdue"
    BASE_GONE = "base_gone"
    BASE_CHANGED = "base_changed"
    HIDDEN_EXPIRED = "hidden_expired"


class ReviewTask(OutputModel):
    """Something to look at. `since`: the day from which it was so, where that is known. `count`: of corrections."""

    code: TaskCode
    entry_id: EntryId
    since: dt.date | None
    count: Whole


class ReviewTaskPage(Page[ReviewTask]):
    """One page of what is to be looked at, the most pressing kinds first."""
