"""A directory entry: one service that a person can turn to, as held inside and as shown to anyone (domain, 5)."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.core.schemas import Instant, Line, OutputModel, ShortText, ZoneName
from app.directory.opening_hours import OpenNow, OpenState
from app.guidance.signs import ConcernType, Sign

# The zone of an entry whose hours are the caller's own: read them on the school's clock.
CALLER_LOCAL = "caller_local"
# That one entry belongs to.
MOST_SITES = 50


class Tier(StrEnum):
    """Kinds of help. Not a ladder: people start where it fits."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    SPECIALIST = "specialist"
    PRIMARY_CARE = "primary_care"
    SCHOOL_SUPPORT = "school_support"
    TRAINED_PEER = "trained_peer"
    PEER = "peer"


class SideList(StrEnum):
    """Entries that are no help by themselves: a way to be understood, or a way to be heard."""

    ACCESS = "access"
    RIGHTS = "rights"


class RunBy(StrEnum):
    STUDENT_SOCIETY = "student_society"
    SCHOOL = "school"
    UNIVERSITY = "university"
    HEALTH_SERVICE = "health_service"
    INDEPENDENT = "independent"
    GOVERNMENT = "government"


class Sharing(StrEnum):
    """Whether the school learns of a call (STUDY I08). `unknown` is shown as a caution, never as a no."""

    NEVER = "never"
    WITH_CONSENT = "with_consent"
    SERIOUS_THREAT_ONLY = "serious_threat_only"
    ROUTINELY = "routinely"
    UNKNOWN = "unknown"


class ForWhom(StrEnum):
    SELF = "self"
    WORRIED_ABOUT_SOMEONE = "worried_about_someone"
    SUPPORTER = "supporter"
    BEREAVED = "bereaved"


class Channel(StrEnum):
    PHONE = "phone"
    SMS = "sms"
    ONLINE_CHAT = "online_chat"
    IN_PERSON = "in_person"
    VIDEO = "video"
    WEB = "web"


class Community(StrEnum):
    """A community that a service is run for. Nobody is asked whether they belong to it."""

    FIRST_NATIONS = "first_nations"
    LGBTIQ = "lgbtiq"
    MEN = "men"


class CostKind(StrEnum):
    """What it costs, coarsely. `unknown` is never shown as free."""

    FREE = "free"
    BULK_BILLED = "bulk_billed"
    LOW_COST = "low_cost"
    FEE = "fee"
    UNKNOWN = "unknown"


class Verification(StrEnum):
    """How well the facts of an entry were checked; the order is the order of trust."""

    VERIFIED = "verified"
    VERIFIED_OLD = "verified_old"
    PARTLY_VERIFIED = "partly_verified"
    SECONDARY_ONLY = "secondary_only"
    CONFLICT = "conflict"
    NUMBER_UNVERIFIED = "number_unverified"


TRUST_RANK: dict[Verification, int] = {status: rank for rank, status in enumerate(Verification)}
TIER_RANK: dict[Tier | None, int] = {tier: rank for rank, tier in enumerate((*Tier, None))}

# A wrong number is worse than none: these stay in the pack for whoever checks them, and go to nobody.
UNPUBLISHED = frozenset({Verification.CONFLICT, Verification.NUMBER_UNVERIFIED})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read. `date`: a year, month or day in ISO form, or `undated`."""

    url_or_text: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One service. Either `tier` or `side_list` is set.

    `regions`: codes such as VIC, empty for the whole country. `hours`: opening hours notation, None if not known.
    `time_zone`: an IANA name, `caller_local`, or None where the clock does not matter or the hours are not known.
    `topics`: the signs and concerns that the service is for in particular. `site_ids`: the places it belongs to.
    `languages`: BCP 47 codes of what is spoken there. `culturally_safe_for`: communities for whom it says that it is
    safe, beside the one it is run for. `latitude`, `longitude`: degrees, WGS 84, where it has a door.
    `verify_by`: the day by which somebody has to check it again, None where no day is set. `pinned`, `position`: where
    a school wants it in its tier. `notes`: for those who keep the directory; never shown.
    """

    id: str
    country: str
    regions: tuple[str, ...]
    name: str
    tier: Tier | None
    side_list: SideList | None
    what_it_is: str
    who_for: str
    for_whom: tuple[ForWhom, ...]
    for_medical_students: bool
    community: Community | None
    min_age: int | None
    max_age: int | None
    topics: tuple[Sign | ConcernType, ...]
    independent: bool
    run_by: RunBy
    shares_information_with_school: Sharing
    channels: tuple[Channel, ...]
    phone_display: str | None
    phone_dial: str | None
    sms: str | None
    web: str | None
    hours_text: str
    hours: str | None
    time_zone: str | None
    always_open: bool
    cost: str
    cost_kind: CostKind
    languages: tuple[str, ...]
    culturally_safe_for: tuple[Community, ...]
    address: str | None
    latitude: float | None
    longitude: float | None
    site_ids: tuple[str, ...]
    verification: Verification
    verified_on: str | None
    verify_by: dt.date | None
    sources: tuple[Source, ...]
    notes: str
    pinned: bool = False
    position: int | None = None

    @property
    def answers_at_once(self) -> bool:
        """Whether a person can be called or texted with what the entry itself holds."""
        return self.phone_dial is not None or self.sms is not None

    @property
    def for_anyone(self) -> bool:
        """Whether nobody has to ask first if they may call: no upper age, no community, no one topic."""
        return self.max_age is None and self.community is None and not self.for_medical_students and not self.topics

    def in_region(self, region: str | None) -> bool:
        """Whether it serves a region; `AU-VIC` and `VIC` are one. National entries serve every region, and none."""
        return not self.regions or (region is not None and region.upper().rpartition("-")[2] in self.regions)


def _as_kept(site_id: str) -> str:
    """A UUID in the one way in which it is kept: telephones write them in capitals, too (RFC 9562, 4)."""
    try:
        return str(uuid.UUID(site_id))
    except ValueError:
        return site_id


EntryId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,79}$", max_length=80)]
PhoneText = Annotated[str, StringConstraints(min_length=1, max_length=40)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=500)]
HoursText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
LanguageTag = Annotated[str, StringConstraints(min_length=2, max_length=35)]
SiteId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
# As whoever asks names it.
NamedSite = Annotated[SiteId, AfterValidator(_as_kept)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class PublicEntry(OutputModel):
    """What of a service anyone may read and does not change with the time. `for` says whom it answers.

    `site_ids`: the school's places that it belongs to. `verify_by`: by when somebody has to check it again.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    id: EntryId
    name: ShortText
    tier: Tier | None
    side_list: SideList | None
    what_it_is: Line
    who_for: Line
    for_whom: list[ForWhom] = Field(alias="for", max_length=len(ForWhom))
    independent: bool
    run_by: RunBy
    shares_information_with_school: Sharing
    channels: list[Channel] = Field(max_length=len(Channel))
    phone_display: PhoneText | None
    phone_dial: PhoneText | None
    sms: PhoneText | None
    web: WebAddress | None
    hours_text: ShortText
    always_open: bool
    cost: ShortText
    cost_kind: CostKind
    languages: list[LanguageTag] = Field(max_length=30)
    community: Community | None
    culturally_safe_for: list[Community] = Field(max_length=len(Community))
    address: ShortText | None
    latitude: Latitude | None
    longitude: Longitude | None
    site_ids: list[SiteId] = Field(max_length=MOST_SITES)
    verified_on: ShortText | None
    verify_by: dt.date | None
    pinned: bool

    @functools.cached_property
    def sent(self) -> bytes:
        """As JSON: within a minute the same entry is part of very many answers."""
        return self.model_dump_json().encode()


class EntryOut(PublicEntry):
    """A service, as it is at a minute. `why_shown` says in plain words why it is here.

    `open_state` is that of the minute `as_of`; `opens_at` is there while it is closed, `closes_at` while it is open,
    where they are known. `zone_used`: the time zone whose clock the hours were read on, null where none was.
    `verification_overdue`: somebody should have checked it again by `verify_by`, and nobody has.
    """

    open_state: OpenState
    opens_at: Instant | None
    closes_at: Instant | None
    as_of: Instant | None
    zone_used: ZoneName | None
    verification_overdue: bool
    conflicts_with_avoided_site: bool
    why_shown: list[ShortText] = Field(max_length=10)


def entry_out(
    entry: Entry,
    *,
    now: OpenNow,
    overdue: bool,
    why_shown: Sequence[str] = (),
    conflicts_with_avoided_site: bool = False,
) -> EntryOut:
    """The public face of an entry at a minute: no notes, no sources."""
    return EntryOut(
        **facts_of(entry),
        open_state=now.state,
        opens_at=now.opens_at,
        closes_at=now.closes_at,
        as_of=now.as_of,
        zone_used=now.zone_used,
        verification_overdue=overdue,
        conflicts_with_avoided_site=conflicts_with_avoided_site,
        why_shown=list(why_shown),
    )


def facts_of(entry: Entry) -> dict[str, Any]:
    """What of an entry is shown and does not change with the time."""
    return {
        "id": entry.id,
        "name": entry.name,
        "tier": entry.tier,
        "side_list": entry.side_list,
        "what_it_is": entry.what_it_is,
        "who_for": entry.who_for,
        "for_whom": list(entry.for_whom),
        "independent": entry.independent,
        "run_by": entry.run_by,
        "shares_information_with_school": entry.shares_information_with_school,
        "channels": list(entry.channels),
        "phone_display": entry.phone_display,
        "phone_dial": entry.phone_dial,
        "sms": entry.sms,
        "web": entry.web,
        "hours_text": entry.hours_text,
        "always_open": entry.always_open,
        "cost": entry.cost,
        "cost_kind": entry.cost_kind,
        "languages": list(entry.languages),
        "community": entry.community,
        "culturally_safe_for": list(entry.culturally_safe_for),
        "address": entry.address,
        "latitude": entry.latitude,
        "longitude": entry.longitude,
        "site_ids": list(entry.site_ids),
        "verified_on": entry.verified_on,
        "verify_by": entry.verify_by,
        "pinned": entry.pinned,
    }
