"""Which services to show, and in what order (STUDY T01, E08, I07; safe messaging: domain, 3.1).

Pure: entries, moment and what was ticked go in; only the reasons are worded by the guidance pack. No rule here judges
a person; a sign only says which service was made for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from operator import attrgetter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.directory import opening_hours
from app.directory.entries import CALLER_LOCAL, TIER_RANK, TRUST_RANK, Community, Entry, ForWhom, Tier
from app.directory.opening_hours import OpenNow, OpenState
from app.guidance.pack import load_guidance
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign, is_urgent

T = TypeVar("T")

# What a phone shows without much scrolling; emergency entries come on top of it.
MOST_SHOWN = 8
MOST_EMERGENCY = 20


class Kind(IntEnum):
    """What an entry is to a worried student, in the order for a worry that can wait."""

    FITS = 0
    CRISIS = 1
    MEDICAL = 2
    SPECIALIST = 3
    COMMUNITY = 4
    INDEPENDENT = 5
    SCHOOL = 6


# Where a life may be in danger, the lines for that come before those for the matter behind it.
URGENT_ORDER = (Kind.CRISIS, Kind.FITS, Kind.SPECIALIST, Kind.MEDICAL, Kind.COMMUNITY, Kind.INDEPENDENT, Kind.SCHOOL)

# Safe messaging: with any mention of suicide, two services that can be called at any hour (domain, 3.1).
FEWEST_AT_ANY_HOUR = 2

# Its own people answer for it, by rules of their own (domain, 3.4): never peers.
HARM = ConcernType.SEXUAL_OR_GENDER_BASED_HARM
PEERS = (Tier.PEER, Tier.TRAINED_PEER)

# Places kept for each kind before the rest is filled up, so that many lines of one kind do not push out another.
KEPT = {Kind.FITS: 3, Kind.CRISIS: 2, Kind.MEDICAL: 1, Kind.SPECIALIST: 1, Kind.COMMUNITY: 1, Kind.SCHOOL: 1}


def overlaid(entries: Iterable[Entry], own: Iterable[Entry]) -> tuple[Entry, ...]:
    """The national entries with a school's own: one with the same id replaces the national one, others are added."""
    merged = {entry.id: entry for entry in entries}
    merged.update((entry.id, entry) for entry in own)
    return tuple(merged.values())


def clock_of(entry: Entry, zone: ZoneInfo) -> ZoneInfo:
    """Whose clock its hours are read on. `zone`: the caller's own, for hours that are the caller's."""
    return zone if entry.time_zone in (None, CALLER_LOCAL) else ZoneInfo(entry.time_zone or "UTC")


def open_now(
    entry: Entry, *, at: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> OpenNow:
    """Open or closed at an instant. `zone`: the caller's, else the school's, for hours that are the caller's own.

    On a public holiday that the hours say nothing about, an entry that would be open is `unknown`: nobody should find
    out at a dead line.
    """
    if entry.always_open or entry.hours is None:
        state = OpenState.OPEN if entry.always_open else OpenState.UNKNOWN
        return OpenNow(state, None, None, at.replace(second=0, microsecond=0), None)
    clock = clock_of(entry, zone)
    # From the day before: the moment may lie in what comes of a day that the clock's calendar skips.
    day = at.astimezone(clock).date() - dt.timedelta(days=1)
    known = opening_hours.spans_around(entry.hours, day, clock, public_holidays)
    return opening_hours.open_now(known, at=at, zone_used=clock.key)


def overdue(entry: Entry, *, today: dt.date) -> bool:
    """Whether somebody should have checked it again before this day of the school's."""
    return entry.verify_by is not None and entry.verify_by < today


def overdue_last(entries: Iterable[Entry], *, today: dt.date) -> list[Entry]:
    """What nobody has checked in time comes after the others, but for emergency entries."""
    return sorted(entries, key=lambda entry: entry.tier is not Tier.EMERGENCY and overdue(entry, today=today))


def always_open_help(entries: Iterable[Entry], *, region: str | None) -> tuple[Entry, ...]:
    """The short list for anyone at any hour: emergency first, then lines that are always open and can be called.

    After the emergency entries: crisis lines that anyone may call about somebody else, those run for First Nations
    people, the region's own, those for medical students; a school's own last (STUDY E08). Not in it: lines with an
    upper age or for one topic. `region` None: only what serves the whole country.
    """
    here = [entry for entry in entries if entry.side_list is None and entry.in_region(region)]
    emergency = [entry for entry in here if entry.tier is Tier.EMERGENCY]
    lines = [entry for entry in here if entry.tier is not Tier.EMERGENCY and _for_any_hour(entry)]
    order = (Kind.CRISIS, Kind.COMMUNITY, Kind.SPECIALIST, Kind.MEDICAL, Kind.SCHOOL)
    ranked = [(order.index(kind), entry) for entry in lines if (kind := _kind(entry, asked=frozenset())) in order]
    ranked.sort(key=lambda pair: (pair[0], TRUST_RANK[pair[1].verification]))
    return (*emergency, *_each_number_once((entry for _, entry in ranked), entry=lambda entry: entry))


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """An entry at one moment, with all that is the same for every question asked then. Each is itself and no other.

    `here`: it serves the school's region. `choices`: with topics that are not what was asked, and that are; of each
    first that where no place is avoided.
    """

    entry: Entry
    here: bool
    topics: frozenset[str]
    about_someone: bool
    about_self: bool
    choices: tuple[tuple[Choice, Choice], tuple[Choice, Choice]]

    @property
    def is_emergency(self) -> bool:
        return self.entry.tier is Tier.EMERGENCY


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """An entry for one question. `fits`: its topics are what was asked. A lower rank comes first.

    `here`: it serves the school's region. `overdue`: nobody has checked it in time. `conflicts`: it belongs to a place
    that is avoided. `pathway`: it is the school's own way for harm of a sexual or gender-based kind.
    """

    entry: Entry
    here: bool
    now: OpenNow
    overdue: bool
    at_any_hour: bool
    pathway: bool
    fits: bool
    conflicts: bool
    kind: Kind
    rank: tuple[int, ...]
    rank_urgent: tuple[int, ...]
    # How it is shown (catalogue.shown): it goes when the moment does that it was chosen for.
    shown: dict[tuple[AboutWhom, str | None], Any] = field(default_factory=dict, init=False)


def judge(
    entries: Iterable[Entry],
    *,
    region: str | None,
    at: dt.datetime,
    zone: ZoneInfo,
    public_holidays: Callable[[Entry], frozenset[dt.date]],
    caller_zone: ZoneInfo | None = None,
) -> tuple[Judged, ...]:
    """The entries of a school in `region` at an instant: the costly part of `help_for`, the same for everyone there,
    wherever they are placed.

    `zone`: the school's. `caller_zone`: where hours that are the caller's own are read, if not there.
    """
    clock, today = caller_zone or zone, at.astimezone(zone).date()
    return tuple(
        _judged(
            entry,
            open_now(entry, at=at, zone=clock, public_holidays=public_holidays(entry)),
            here=entry.in_region(region),
            late=overdue(entry, today=today),
        )
        for entry in entries
        if entry.side_list is None
    )


def _judged(entry: Entry, now: OpenNow, *, here: bool, late: bool) -> Judged:
    topics = frozenset[str](entry.topics)
    return Judged(
        entry=entry,
        here=here,
        topics=topics,
        about_someone=ForWhom.WORRIED_ABOUT_SOMEONE in entry.for_whom,
        about_self=ForWhom.SELF in entry.for_whom,
        choices=(
            _choices(entry, now, frozenset(), here=here, late=late),
            _choices(entry, now, topics, here=here, late=late),
        ),
    )


def _choices(entry: Entry, now: OpenNow, asked: Collection[str], *, here: bool, late: bool) -> tuple[Choice, Choice]:
    fits, kind = _fits(entry, asked), _kind(entry, asked=asked)
    trust, tier = TRUST_RANK[entry.verification], TIER_RANK[entry.tier]

    def rank(of_kind: int) -> tuple[int, ...]:
        return (_STATE_RANK[now.state], of_kind, late, not fits, entry.max_age is not None, trust, tier)

    there = Choice(
        entry=entry,
        here=here,
        now=now,
        overdue=late,
        at_any_hour=_for_any_hour(entry),
        pathway=HARM in entry.topics and not entry.independent and entry.tier not in PEERS,
        fits=fits,
        conflicts=False,
        kind=Kind.FITS if fits else kind,
        rank=rank(kind),
        rank_urgent=rank(URGENT_ORDER.index(kind)),
    )
    return there, replace(there, conflicts=True)


def help_for(
    judged: Iterable[Judged],
    *,
    signs: Collection[Sign],
    concern_types: Collection[ConcernType] = (),
    priority: Priority,
    avoid_site_ids: Collection[str] = (),
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY,
    prefers_independent: bool = False,
    site_region: str | None = None,
) -> list[Choice]:
    """The services for one worry, the first to turn to first. At most 8, and besides the emergency entries, at most 20.

    Emergency entries are always there: at the top where a sign is a red flag or the priority is `now`, else after the
    others. Open comes before unknown and closed. A line for one topic is there only if that was ticked. What belongs to
    an avoided site comes last and says so; an emergency entry keeps its place and says so.

    `site_region`: that of the site that was named, if it is not the school's. Then what serves it is there, too, and of
    what is open, what serves the school's region alone comes last.

    Of harm of a sexual or gender-based kind the school's own pathway is the first of them, open or not, and no peers
    are among them; without one, the services that were made for it (J21).
    """
    urgent = is_urgent(signs, priority)
    asked = frozenset[str]((*signs, *concern_types))
    avoided = frozenset(str(site) for site in avoid_site_ids)
    harm = HARM in asked
    someone, me = about_whom is AboutWhom.SOMEONE_ELSE, about_whom is AboutWhom.ME
    emergency, others = list[Choice](), list[Choice]()
    for each in judged:
        entry = each.entry
        if not each.here and not serves_at(entry, site_region):
            continue
        fits = not each.topics.isdisjoint(asked)
        choice = each.choices[fits][bool(avoided) and not avoided.isdisjoint(entry.site_ids)]
        if entry.tier is Tier.EMERGENCY:
            emergency.append(choice)
        elif harm and (entry.tier in PEERS or choice.pathway):
            if choice.pathway:
                others.append(choice)
        elif (fits or not each.topics or entry.for_medical_students) and (
            each.about_someone if someone else not me or each.about_self
        ):
            others.append(choice)
    if len(emergency) > MOST_EMERGENCY:
        # Those that can be called come before doors to walk through; in their order.
        kept = set(sorted(emergency, key=lambda choice: not choice.entry.answers_at_once)[:MOST_EMERGENCY])
        emergency = [choice for choice in emergency if choice in kept]
    rank = _RANK_URGENT if urgent else _RANK
    others.sort(key=rank if site_region is None else lambda choice: _rank_at(site_region, choice.entry, rank(choice)))
    if prefers_independent:
        others.sort(key=lambda choice: not choice.entry.independent)
    if harm:
        others.sort(key=lambda choice: not choice.pathway)
    if avoided:
        emergency.sort(key=_CONFLICTS)
        others.sort(key=_CONFLICTS)
    shown = _chosen(_each_number_once(others, entry=_ENTRY))
    if urgent:
        return [*emergency, *shown]
    last = [choice for choice in shown if choice.conflicts]
    return [*shown[: len(shown) - len(last)], *emergency, *last]


def serves_at(entry: Entry, site_region: str | None) -> bool:
    """Whether it serves the region of a site; none is no site."""
    return site_region is not None and entry.in_region(site_region)


def _rank_at(site_region: str, entry: Entry, rank: tuple[int, ...]) -> tuple[int, ...]:
    """After what is open now counts whether it is for where somebody is, and only then what kind of help it is."""
    state, *others = rank
    return state, not entry.in_region(site_region), *others


_RANK: Callable[[Choice], tuple[int, ...]] = attrgetter("rank")
_RANK_URGENT: Callable[[Choice], tuple[int, ...]] = attrgetter("rank_urgent")
_CONFLICTS = attrgetter("conflicts")
_ENTRY: Callable[[Choice], Entry] = attrgetter("entry")


def why_shown(
    entry: Entry,
    *,
    state: OpenState,
    fits: bool = False,
    about_whom: AboutWhom,
    conflicts: bool = False,
    here: bool = True,
    site_region: str | None = None,
) -> tuple[str, ...]:
    """Short plain reasons, the most telling first. `fits`: it is made for a sign or a concern that was ticked.

    `here`: it serves the school's region. `site_region`: that of the site that was named, if it is another.
    """
    at_site = serves_at(entry, site_region)
    texts = load_guidance().why_shown
    emergency = entry.tier is Tier.EMERGENCY
    when = {
        OpenState.OPEN: texts.always_open if entry.always_open else texts.open,
        OpenState.CLOSED: texts.closed,
        OpenState.UNKNOWN: texts.hours_unknown,
    }
    reasons = (
        (emergency, texts.emergency),
        (conflicts, texts.emergency_at_avoided_site if emergency else texts.at_avoided_site),
        (fits, texts.fits),
        (True, when[state]),
        (entry.for_medical_students, texts.medical_students),
        (bool(entry.regions) and at_site, texts.region_of_site),
        (bool(entry.regions) and here and not at_site, texts.region),
        (about_whom != AboutWhom.ME and ForWhom.WORRIED_ABOUT_SOMEONE in entry.for_whom, texts.about_someone),
        (entry.independent and not emergency, texts.independent),
        (entry.max_age is not None, texts.up_to_age.format(age=entry.max_age)),
    )
    return tuple(text for holds, text in reasons if holds)


_STATE_RANK = {OpenState.OPEN: 0, OpenState.UNKNOWN: 1, OpenState.CLOSED: 2}


def _fits(entry: Entry, asked: Collection[str]) -> bool:
    return any(topic in asked for topic in entry.topics)


def _kind(entry: Entry, *, asked: Collection[str]) -> Kind:
    """`asked`: the codes of the signs and concerns that were ticked."""
    if not entry.independent:
        return Kind.SCHOOL
    if _fits(entry, asked):
        return Kind.FITS
    if entry.for_medical_students:
        return Kind.MEDICAL
    if entry.tier is Tier.CRISIS and entry.community is Community.FIRST_NATIONS:
        return Kind.COMMUNITY
    if entry.tier is Tier.CRISIS and entry.for_anyone and _for_any_hour(entry):
        return Kind.CRISIS
    if entry.tier is Tier.SPECIALIST:
        return Kind.SPECIALIST
    return Kind.INDEPENDENT


def _for_any_hour(entry: Entry) -> bool:
    about_someone = ForWhom.WORRIED_ABOUT_SOMEONE in entry.for_whom
    return entry.always_open and entry.answers_at_once and about_someone and entry.max_age is None


def _each_number_once(found: Iterable[T], *, entry: Callable[[T], Entry]) -> list[T]:
    """Two entries may lead to one line; only the first of them is worth a place."""
    seen: set[str] = set()
    kept = []
    for each in found:
        number = entry(each).phone_dial
        if number not in seen:
            kept.append(each)
        if number is not None:
            seen.add(number)
    return kept


def _chosen(choices: Sequence[Choice]) -> list[Choice]:
    """Two lines for any hour, the first of each kind as KEPT says, filled up from the rest, in the order given."""
    left = dict(KEPT)
    kept = set([place for place, choice in enumerate(choices) if choice.at_any_hour][:FEWEST_AT_ANY_HOUR])
    for place, choice in enumerate(choices):
        if left.get(choice.kind, 0) and len(kept) < MOST_SHOWN:
            left[choice.kind] -= 1
            kept.add(place)
    for place in range(len(choices)):
        if len(kept) >= MOST_SHOWN:
            break
        kept.add(place)
    return [choice for place, choice in enumerate(choices) if place in kept]
