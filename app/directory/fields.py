"""How an entry is written down, in the shipped pack and by a school, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.core.schemas import Line, ShortText, zone_names
from app.directory import hours_notation
from app.directory.entries import (
    CALLER_LOCAL,
    MOST_SITES,
    Channel,
    Community,
    CostKind,
    Entry,
    EntryId,
    ForWhom,
    HoursText,
    PhoneText,
    RunBy,
    Sharing,
    SideList,
    SiteId,
    Source,
    Tier,
    Verification,
    WebAddress,
)
from app.guidance.signs import ConcernType, Sign
from app.packs import PackError

# A short code, a freephone or local-rate number as dialled inside the country, or E.164.
Dial = Annotated[str, StringConstraints(pattern=r"^([0-9]{3,6}|1[38]00[0-9]{6}|\+[1-9][0-9]{7,14})$")]
# A text message also goes to an ordinary mobile number.
SmsNumber = Annotated[str, StringConstraints(pattern=r"^([0-9]{3,6}|0[0-9]{8,10}|\+[1-9][0-9]{7,14})$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,10}$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
# Measured once more where a text is brought into its composed form, which may take more signs.
Notes = Annotated[str, StringConstraints(max_length=2000)]
SourceDate = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|undated)$")]


class SourceFields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)

    url_or_text: Line
    date: SourceDate


class EntryFields(BaseModel):
    """The fields that an entry is written with, in a pack as in a school's own entry (`site_ids` only there)."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True, validate_default=True
    )

    id: EntryId
    name: ShortText
    tier: Tier | None = None
    side_list: SideList | None = None
    regions: tuple[Region, ...] = ()
    what_it_is: Line
    who_for: Line
    for_whom: tuple[ForWhom, ...] = Field(alias="for", min_length=1)
    community: Community | None = None
    min_age: int | None = Field(default=None, ge=0, le=120)
    max_age: int | None = Field(default=None, ge=0, le=120)
    medical_students: bool = False
    topics: tuple[Sign | ConcernType, ...] = ()
    independent: bool
    run_by: RunBy
    shares_information_with_school: Sharing
    channels: tuple[Channel, ...] = Field(min_length=1)
    phone_display: PhoneText | None = None
    phone_dial: Dial | None = None
    sms: SmsNumber | None = None
    web: WebAddress | None = None
    hours_text: ShortText
    hours: HoursText | None = None
    zone: str | None = None
    cost: ShortText
    cost_kind: CostKind | None = None
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1, max_length=30)] = ("en",)
    culturally_safe_for: tuple[Community, ...] = ()
    address: ShortText | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    site_ids: Annotated[tuple[SiteId, ...], Field(max_length=MOST_SITES)] = ()
    verification: Verification
    verify_by: dt.date | None = None
    sources: tuple[SourceFields, ...] = Field(min_length=1)
    notes: Notes = ""

    @field_validator("regions", "for_whom", "topics", "channels", "languages", "culturally_safe_for", "site_ids")
    @classmethod
    def _each_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        # Readers are promised no more of a kind than there are.
        return tuple(dict.fromkeys(value))

    @field_validator("side_list")
    @classmethod
    def _one_place(cls, value: SideList | None, info: ValidationInfo) -> SideList | None:
        if "tier" in info.data and (value is None) == (info.data["tier"] is None):
            raise ValueError("an entry has a tier or a side list, one of them")
        return value

    @field_validator("phone_dial")
    @classmethod
    def _same_number(cls, value: str | None, info: ValidationInfo) -> str | None:
        shown = re.sub(r"[^0-9]", "", info.data.get("phone_display") or "")
        dialled = value or ""
        national = len(shown) > 6 and dialled.startswith("+") and dialled.endswith(shown[1:])
        if shown != dialled and not national:
            raise ValueError("the number shown and the number dialled differ")
        return value

    @field_validator("hours")
    @classmethod
    def _readable_hours(cls, value: str | None) -> str | None:
        if value is not None:
            hours_notation.parse(value)
        return value

    @field_validator("zone")
    @classmethod
    def _zone_of_hours(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Hours that cannot be read are a fault of their own, and none of the zone.
        known = "hours" in info.data
        if known and (value is not None) != (info.data["hours"] not in (None, hours_notation.ALWAYS)):
            raise ValueError("hours on a clock need a zone, and only they")
        if value not in (None, CALLER_LOCAL) and value not in zone_names():
            raise ValueError("this is no time zone")
        return value

    @model_validator(mode="after")
    def _a_place_has_both(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a place has a latitude and a longitude")
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not (self.phone_dial or self.sms or self.web or Channel.IN_PERSON in self.channels):
            raise ValueError("there is no way to reach it")
        return self


def entry_from_fields(fields: Mapping[str, Any], *, country: str, file: str, row: int | None = None) -> Entry:
    """An entry from its written fields (EntryFields). `file` and `row` only say where a fault lies (PackError)."""
    try:
        given = EntryFields.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise PackError(first["msg"], file=file, row=row, column=_column(first["loc"])) from error
    sources = tuple(Source(source.url_or_text, source.date) for source in given.sources)
    values = {name: getattr(given, name) for name in EntryFields.model_fields}
    for name in ("medical_students", "zone", "sources", "cost_kind"):
        del values[name]
    return Entry(
        **values,
        country=country,
        for_medical_students=given.medical_students,
        time_zone=given.zone,
        always_open=given.hours == hours_notation.ALWAYS,
        cost_kind=given.cost_kind or _cost_kind(given.cost),
        verified_on=verified_on(given.verification, sources),
        sources=sources,
    )


def _cost_kind(cost: str) -> CostKind:
    """As far as the words say it: `free` is free, and anything else is not known."""
    return CostKind.FREE if cost.casefold() == "free" else CostKind.UNKNOWN


def verified_on(verification: Verification, sources: Iterable[Source]) -> str | None:
    """What a reader may know of the last check: the newest date of a source, and what was not checked."""
    newest = max((source.date for source in sources if source.date != "undated"), default=None)
    date = newest or "date not known"
    match verification:
        case Verification.VERIFIED:
            return newest
        case Verification.VERIFIED_OLD:
            return f"{date}, an old source: please check"
        case Verification.SECONDARY_ONLY:
            return f"{date}, from a list made by others, not checked with the service"
        case _:
            return f"{date}, only partly checked"


def _column(location: tuple[int | str, ...]) -> str | None:
    if not location:
        return None
    if location[0] != "sources":
        return str(location[0])
    number = int(location[1]) + 1 if len(location) > 1 else 1
    return f"source_{number}_date" if location[-1] == "date" else f"source_{number}"
