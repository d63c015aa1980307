"""A school's directory as a list in one minute: filters, order, pages. Pure but for what it keeps of the minute.

What saves lives is never filtered away: an emergency entry is there whatever is asked of independence, opening hours,
language, cost, distance or an avoided place; only who asks for another kind of help, or for words, gets that alone.
"""

from __future__ import annotations

import bisect
import datetime as dt
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.core.pagination import PageRequest
from app.core.preconditions import etag_of
from app.core.prepared import Prepared
from app.core.problems import InvalidCursor, InvalidRequest, NotFound
from app.directory.catalogue import holidays_of
from app.directory.entries import (
    TIER_RANK,
    TRUST_RANK,
    Channel,
    Community,
    CostKind,
    Entry,
    EntryOut,
    ForWhom,
    RunBy,
    SideList,
    Tier,
    entry_out,
)
from app.directory.matching import open_now, overdue, serves_at, why_shown
from app.directory.opening_hours import OpenNow, OpenState
from app.directory.reading import UNKNOWN_SITE, Reading, check_zone, plain
from app.directory.shapes import NOT_A_LADDER, EntryDetailOut, EntrySourceOut
from app.guidance.signs import AboutWhom

EARTH_KM = 6371.0
# Behind every position that a school gives.
NOWHERE = 1_000_000
# Orders, by the caller's zone and the region of a site, and pages, that are kept for a minute.
MOST_ORDERS = 16
MOST_READY = 64

SortKey = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for; None and empty ask for nothing. `zone`: the caller's own."""

    tier: Tier | None = None
    side_list: SideList | None = None
    open_now: bool = False
    independent: bool | None = None
    for_whom: ForWhom | None = None
    channel: Channel | None = None
    language: str | None = None
    community: Community | None = None
    cost: CostKind | None = None
    run_by: RunBy | None = None
    q: str | None = None
    avoid_site_ids: frozenset[str] = frozenset()
    near_site_id: str | None = None
    within_km: float | None = None
    zone: str | None = None


@dataclass(eq=False, slots=True)
class Listed:
    """One entry in this minute, with what it is sorted and found by."""

    entry: Entry
    now: OpenNow
    late: bool
    key: SortKey
    words: str
    emergency: bool
    here: bool
    site_region: str | None
    sent: dict[bool, bytes] = field(default_factory=dict)

    def as_json(self, *, conflicts: bool) -> bytes:
        """But for its last brace: the distance is to follow."""
        known = self.sent.get(conflicts)
        if known is None:
            known = self.sent[conflicts] = self.out(conflicts=conflicts).sent[:-1]
        return known

    def out(self, *, conflicts: bool) -> EntryOut:
        about = AboutWhom.PREFER_NOT_TO_SAY
        reasons = why_shown(
            self.entry,
            state=self.now.state,
            about_whom=about,
            conflicts=conflicts,
            here=self.here,
            site_region=self.site_region,
        )
        return entry_out(
            self.entry, now=self.now, overdue=self.late, why_shown=reasons, conflicts_with_avoided_site=conflicts
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as it is sent."""

    body: bytes
    etag: str
    next_cursor: str | None


class Minute:
    """A directory in one minute. `ready`: pages that were asked for in it, by the query that asked."""

    def __init__(self, reading: Reading, minute: dt.datetime) -> None:
        self.reading, self.at, self.until = reading, minute, minute + dt.timedelta(minutes=1)
        self.ready: dict[bytes, Prepared] = {}
        self._listed: dict[tuple[str | None, str | None], tuple[Listed, ...]] = {}

    def keep(self, query: bytes, page: Prepared) -> None:
        if len(self.ready) >= MOST_READY:
            self.ready.clear()
        self.ready[query] = page

    def listed(self, caller_zone: str | None, site_region: str | None) -> tuple[Listed, ...]:
        """In the order of the list. `caller_zone`: where hours that are the caller's own are read. `site_region`: where
        the site is that was named, if it is not in the school's region."""
        found = self._listed.get((caller_zone, site_region))
        if found is None:
            if len(self._listed) >= MOST_ORDERS:
                self._listed.clear()
            found = _listed(self.reading, self.at, caller_zone, site_region)
            self._listed[caller_zone, site_region] = found
        return found


def page(minute: Minute, asked: PageRequest, filters: Filters) -> Answer:
    """One page. Raises InvalidCursor, and InvalidRequest for no time zone or no site of the school.

    By kind of help, what was not checked in time behind the others of its kind, what the school has pinned or placed
    first; near a site in another region what serves that region, too, before what serves the school's alone. What
    belongs to an avoided place comes last of all, but for emergency entries.
    """
    check_zone(filters.zone, {"parameter": "zone"})
    near = _place_of(minute.reading, filters)
    site_region = minute.reading.catalogue.elsewhere.get(str(filters.near_site_id))
    found = _found(minute.listed(filters.zone, site_region), filters, near)
    after = _after(asked)
    begin = 0 if after is None else bisect.bisect_right(found, after, key=lambda one: _place(*one))
    shown = found[begin : begin + asked.limit]
    parts = [
        b'%b,"distance_km":%b}' % (each.as_json(conflicts=conflicts), json.dumps(_distance(each, near)).encode())
        for each, conflicts in shown
    ]
    more = begin + len(shown) < len(found)
    cursor = asked.cursor_at_place(_place(*shown[-1])) if more else None
    body = b'{"items":[%b],"next_cursor":%b,"note":%b}' % (b",".join(parts), json.dumps(cursor).encode(), _NOTE)
    return Answer(body, etag_of(body), cursor)


def detail(minute: Minute, entry_id: str) -> EntryDetailOut:
    """Raises NotFound, for what is hidden as for what is not there."""
    entry = minute.reading.here.entries.get(entry_id)
    if entry is None:
        raise NotFound
    shown = _listed_one(minute.reading, entry, at=minute.at, caller_zone=None, site_region=None).out(conflicts=False)
    return EntryDetailOut(
        **dict(shown),
        regions=list(entry.regions),
        hours=entry.hours,
        time_zone=entry.time_zone,
        sources=[EntrySourceOut(url_or_text=source.url_or_text, date=source.date) for source in entry.sources],
    )


_NOTE = json.dumps(NOT_A_LADDER).encode()


def _after(asked: PageRequest) -> SortKey | None:
    place = asked.after_place()
    if place is not None and [type(each) for each in place] != [int] * 7 + [str]:
        raise InvalidCursor
    return None if place is None else tuple(place)


def _place_of(reading: Reading, filters: Filters) -> tuple[float, float] | None:
    """Of the site that distances are told from; None where nobody asked, or knows where it is."""
    if filters.near_site_id is None:
        if filters.within_km is not None:
            raise _refused("within_km", "required", "Say from which site: near_site_id.")
        return None
    for site in reading.sites:
        if str(site.id) == filters.near_site_id:
            if site.latitude is not None and site.longitude is not None:
                return site.latitude, site.longitude
            if filters.within_km is not None:
                raise _refused("near_site_id", "site_without_place", "Nobody has said where this site is.")
            return None
    raise _refused("near_site_id", "unknown_site", UNKNOWN_SITE)


def _refused(parameter: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"parameter": parameter, "code": code, "detail": detail}])


def _found(listed: Iterable[Listed], filters: Filters, near: tuple[float, float] | None) -> list[tuple[Listed, bool]]:
    """In their order, each with whether it belongs to a place that is avoided."""
    for always, test in _tests(filters):
        listed = [each for each in listed if test(each) or (each.emergency and not always)]
    if filters.within_km is not None:
        listed = [
            each
            for each in listed
            if each.emergency or ((far := _distance(each, near)) is not None and far <= filters.within_km)
        ]
    avoided = filters.avoid_site_ids
    if not avoided:
        return [(each, False) for each in listed]
    found = [(each, not avoided.isdisjoint(each.entry.site_ids)) for each in listed]
    last = [one for one in found if one[1] and not one[0].emergency]
    return [one for one in found if not one[1] or one[0].emergency] + last


def _place(each: Listed, conflicts: bool) -> SortKey:
    return (int(conflicts and not each.emergency), *each.key)


def _distance(each: Listed, near: tuple[float, float] | None) -> float | None:
    latitude, longitude = each.entry.latitude, each.entry.longitude
    if near is None or latitude is None or longitude is None:
        return None
    return round(kilometres(near, (latitude, longitude)), 1)


def _tests(filters: Filters) -> list[tuple[bool, Callable[[Listed], bool]]]:
    """What an entry has to be. The first of each pair: an emergency entry too."""
    f = filters
    words = plain(f.q).split() if f.q is not None else []
    language = f.language.casefold() if f.language is not None else ""
    asked: list[tuple[bool, bool, Callable[[Listed], bool]]] = [
        (f.tier is not None, True, lambda each: each.entry.tier is f.tier),
        (f.side_list is not None, True, lambda each: each.entry.side_list is f.side_list),
        (bool(words), True, lambda each: all(word in each.words for word in words)),
        (f.open_now, False, lambda each: each.now.state is OpenState.OPEN),
        (f.independent is not None, False, lambda each: each.entry.independent is f.independent),
        (f.for_whom is not None, False, lambda each: f.for_whom in each.entry.for_whom),
        (f.channel is not None, False, lambda each: f.channel in each.entry.channels),
        (f.language is not None, False, lambda each: speaks(each.entry, language)),
        (f.community is not None, False, lambda each: safe_for(each.entry, f.community)),
        (f.cost is not None, False, lambda each: each.entry.cost_kind is f.cost),
        (f.run_by is not None, False, lambda each: each.entry.run_by is f.run_by),
    ]
    return [(always, test) for holds, always, test in asked if holds]


def speaks(entry: Entry, language: str) -> bool:
    """`zh` asks for any Chinese, `zh-hant` for that and for whoever says no more than `zh` (RFC 4647, 3.3.1)."""
    tags = [tag.casefold() for tag in entry.languages]
    return any(tag == language or tag.startswith(f"{language}-") or language.startswith(f"{tag}-") for tag in tags)


def safe_for(entry: Entry, community: Community | None) -> bool:
    return entry.community is community or community in entry.culturally_safe_for


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great-circle distance of two places in degrees (haversine)."""
    latitude, longitude, other_latitude, other_longitude = map(math.radians, (*one, *other))
    half = math.sin((other_latitude - latitude) / 2) ** 2
    half += math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _listed_one(
    reading: Reading, entry: Entry, *, at: dt.datetime, caller_zone: str | None, site_region: str | None
) -> Listed:
    zone = ZoneInfo(reading.time_zone)
    today = at.astimezone(zone).date()
    holidays = holidays_of(entry, reading.place, year=today.year, site_region=site_region)
    clock = zone if caller_zone is None else ZoneInfo(caller_zone)
    now = open_now(entry, at=at, zone=clock, public_holidays=holidays)
    late = overdue(entry, today=today)
    return Listed(
        entry=entry,
        now=now,
        late=late,
        key=_key(entry, late=late, away=site_region is not None and not entry.in_region(site_region)),
        words=reading.here.words[entry.id],
        emergency=entry.tier is Tier.EMERGENCY,
        here=entry.in_region(reading.region),
        site_region=site_region,
    )


def _listed(reading: Reading, at: dt.datetime, caller_zone: str | None, site_region: str | None) -> tuple[Listed, ...]:
    found = [
        _listed_one(reading, entry, at=at, caller_zone=caller_zone, site_region=site_region)
        for entry in reading.here.entries.values()
        if entry.in_region(reading.region) or serves_at(entry, site_region)
    ]
    return tuple(sorted(found, key=lambda each: each.key))


def _key(entry: Entry, *, late: bool, away: bool) -> SortKey:
    """By nothing of the minute: a list that is read in pages stays in its order."""
    return (
        TIER_RANK[entry.tier],
        int(late and entry.tier is not Tier.EMERGENCY),
        int(not entry.pinned),
        NOWHERE if entry.position is None else entry.position,
        int(away),
        TRUST_RANK[entry.verification],
        entry.id,
    )
