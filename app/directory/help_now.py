"""What anyone can do right now: emergency and 24/7 services and the first steps (STUDY T03).

Needs no database: the same entries, texts and local day give the same bytes on every machine, so that a copy can be
kept on disk, cached by anyone, and still be right. It tells no state of a minute but the hours of the days to come, so
that a telephone can tell by itself what is open. Also for somebody whose school is not known.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from app.core.schemas import Instant, Line, OutputModel, ShortText, Slug, ZoneName
from app.directory.entries import (
    CALLER_LOCAL,
    Entry,
    EntryOut,
    HoursText,
    PhoneText,
    SideList,
    Tier,
    WebAddress,
    facts_of,
)
from app.directory.hours_notation import ALWAYS
from app.directory.matching import always_open_help, overlaid, why_shown
from app.directory.opening_hours import OpenState, Spans, spans
from app.directory.pack import ids
from app.directory.short_lists import shortened
from app.directory.two_weeks import MOST_INTERVALS, IntervalOut, intervals_out, two_weeks
from app.guidance.pack import GuidancePack, load_guidance
from app.guidance.signs import AboutWhom
from app.schools.service import LocalDays, holidays_around

# A problem response is read on a phone by somebody who wanted something else.
MOST_MEMBERS = 6
MOST_EMERGENCY, MOST_ALWAYS_OPEN, MOST_ACCESS = 20, 40, 20
LISTS = ("emergency", "always_open", "access")

Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$", max_length=16)]


class HelpEntryOut(EntryOut):
    """A service with its hours: without a signal, a telephone tells by them what is open.

    `hours` in OpenStreetMap notation, read on the clock of `time_zone`; `caller_local` is the reader's own clock, and
    the intervals are then those of the school's. Outside `open_intervals` and `unknown_intervals` it is closed.
    """

    hours: HoursText | None
    time_zone: ZoneName | None
    open_intervals: list[IntervalOut] = Field(max_length=MOST_INTERVALS)
    unknown_intervals: list[IntervalOut] = Field(max_length=MOST_INTERVALS)


class HelpNowOut(OutputModel):
    """Help that depends on nobody. `school` is null where the school is not known, or is not told from an unknown one.

    `access`: relay and interpreter services, for those who cannot just call. `version`: changes with the content alone.
    The intervals reach from `valid_from`, the school's midnight, to `valid_until`, two weeks later.
    """

    school: Slug | None
    school_name: ShortText | None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", max_length=2)]
    emergency: list[HelpEntryOut] = Field(max_length=MOST_EMERGENCY)
    always_open: list[HelpEntryOut] = Field(max_length=MOST_ALWAYS_OPEN)
    access: list[HelpEntryOut] = Field(max_length=MOST_ACCESS)
    what_to_do: list[Line] = Field(max_length=20)
    red_flags: list[ShortText] = Field(max_length=20)
    valid_from: Instant
    valid_until: Instant
    version: Version


class HelpMemberOut(OutputModel):
    """A service in the `help` member of a problem response: who it is, and how to reach it."""

    name: ShortText
    phone_display: PhoneText | None
    phone_dial: PhoneText | None
    sms: PhoneText | None
    web: WebAddress | None
    what_it_is: Line


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """A school's help without a day: what is kept in memory and on disk. `place` says what its days are."""

    place: HelpPlace
    content: dict[str, Any]

    @property
    def school(self) -> str | None:
        slug: str | None = self.content["school"]
        return slug


@dataclass(frozen=True, slots=True)
class HelpPlace:
    """`time_zone` null: where the school is not known, the days are those of UTC."""

    country: str
    region: str | None
    time_zone: str | None
    local_days: LocalDays


def build_help_now(
    *,
    country: str,
    region: str | None,
    school_name: str | None,
    school_slug: str | None,
    entries: Iterable[Entry],
    site_entries: Iterable[Entry] = (),
    time_zone: str | None = None,
    local_days: LocalDays = (),
    pack: GuidancePack | None = None,
) -> HelpFacts:
    """`entries`: the country's pack. `site_entries`: the school's own, which replace national ones of the same id."""
    texts = (pack or load_guidance()).help_now
    own = tuple(site_entries)
    own_ids = {entry.id for entry in own}
    everything = overlaid(entries, own)
    lines = always_open_help(everything, region=region)
    access = [entry for entry in everything if entry.side_list is SideList.ACCESS and entry.in_region(region)]
    emergency = [entry for entry in lines if entry.tier is Tier.EMERGENCY]
    others = [entry for entry in lines if entry.tier is not Tier.EMERGENCY]
    content: dict[str, Any] = {
        "school": school_slug,
        "school_name": school_name,
        "country": country.upper(),
        "emergency": [_kept(entry) for entry in _cut(emergency, MOST_EMERGENCY, own_ids)],
        "always_open": [_kept(entry) for entry in _cut(others, MOST_ALWAYS_OPEN, own_ids)],
        "access": [_kept(entry) for entry in _cut(access, MOST_ACCESS, own_ids)],
        "what_to_do": list(texts.steps),
        "red_flags": [flag.text for flag in texts.red_flags],
    }
    return HelpFacts(HelpPlace(country.upper(), region, time_zone, tuple(local_days)), content)


def _cut(entries: list[Entry], most: int, own_ids: Collection[str]) -> list[Entry]:
    """What a telephone in an emergency can be expected to show: the country's, and then the first of a school's own."""
    if len(entries) <= most:
        return entries
    national = [entry for entry in entries if entry.id not in own_ids][:most]
    own = [entry for entry in entries if entry.id in own_ids][: most - len(national)]
    kept = {entry.id for entry in (*national, *own)}
    return [entry for entry in entries if entry.id in kept]


def help_on(facts: HelpFacts, *, at: dt.datetime) -> HelpNowOut:
    """The help of the local day of an instant, for as long as that day lasts."""
    place, content = facts.place, facts.content
    zone = ZoneInfo(place.time_zone or "UTC")
    today = at.astimezone(zone).date()
    start, end = two_weeks(today, zone)
    holidays = holidays_around(place.country, place.region or "", today.year, place.local_days)

    def shown(entry: dict[str, Any]) -> dict[str, Any]:
        late = entry["verify_by"] is not None and entry["verify_by"] < today.isoformat()
        return entry | {"verification_overdue": late} | _intervals(entry, place, start, end, holidays)

    lists = {name: [shown(entry) for entry in content[name]] for name in LISTS}
    # What nobody has checked in time comes after the others, but for emergency entries.
    for name in ("always_open", "access"):
        lists[name].sort(key=lambda entry: bool(entry["verification_overdue"]))
    unversioned = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    version = hashlib.sha256(unversioned).hexdigest()[:16]
    days = {"valid_from": start, "valid_until": end}
    return HelpNowOut.model_validate(content | lists | days | {"version": version})


def next_day(midnight: dt.datetime, place: HelpPlace) -> dt.datetime:
    """When the day that began at a midnight is over there (UTC)."""
    zone = ZoneInfo(place.time_zone or "UTC")
    return two_weeks(midnight.astimezone(zone).date() + dt.timedelta(days=1), zone)[0]


def _intervals(
    entry: dict[str, Any], place: HelpPlace, start: dt.datetime, end: dt.datetime, holidays: frozenset[dt.date]
) -> dict[str, list[IntervalOut]]:
    """When it is open. Where neither the hours nor whose clock they are on are known, nobody can say."""
    zone = place.time_zone if entry["time_zone"] in (None, CALLER_LOCAL) else entry["time_zone"]
    always = entry["always_open"]
    hours = ALWAYS if always else entry["hours"] if zone is not None else None
    known = _known(hours, start, end, ZoneInfo(zone or "UTC"), holidays)
    return {"open_intervals": intervals_out(known.open), "unknown_intervals": intervals_out(known.unknown)}


# Of a day the country's services are the same for all of its schools in one zone.
@functools.lru_cache(maxsize=512)
def _known(
    hours: str | None, start: dt.datetime, end: dt.datetime, zone: ZoneInfo, holidays: frozenset[dt.date]
) -> Spans:
    return spans(hours, start=start, end=end, zone=zone, public_holidays=holidays)


def as_bytes(help_now: HelpNowOut) -> bytes:
    """The canonical JSON (RFC 8259, UTF-8, sorted keys, no spaces): equal content, equal bytes."""
    content = help_now.model_dump(mode="json", by_alias=True)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def help_members(help_now: HelpNowOut) -> list[HelpMemberOut]:
    """The short list for every problem response: emergency first, then what is open at any hour; at most 6."""
    own = {entry.id for entry in help_now.emergency} - ids(help_now.country)
    return [
        HelpMemberOut(
            name=entry.name,
            phone_display=entry.phone_display,
            phone_dial=entry.phone_dial,
            sms=entry.sms,
            web=entry.web,
            what_it_is=entry.what_it_is,
        )
        for entry in shortened(help_now.emergency, help_now.always_open, most=MOST_MEMBERS, own=own)
    ]


def _kept(entry: Entry) -> dict[str, Any]:
    """Without a clock: what is not open at every hour is `unknown` here. As JSON, as it is kept on disk."""
    state = OpenState.OPEN if entry.always_open else OpenState.UNKNOWN
    shown = HelpEntryOut(
        **facts_of(entry),
        open_state=state,
        opens_at=None,
        closes_at=None,
        as_of=None,
        zone_used=None,
        verification_overdue=False,
        conflicts_with_avoided_site=False,
        why_shown=list(why_shown(entry, state=state, about_whom=AboutWhom.PREFER_NOT_TO_SAY)),
        hours=entry.hours,
        time_zone=entry.time_zone,
        open_intervals=[],
        unknown_intervals=[],
    )
    return shown.model_dump(mode="json", by_alias=True)
