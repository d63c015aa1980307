"""Which services to show, and in what order (STUDY T01, E08, I07; safe messaging: domain, 3.1).

Pure: entries, moment and what was ticked go in; only the reasons are worded by the guidance pack. No rule here judges
a person; a sign only says which service was made for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.directory import opening_hours
from app.directory.entries import CALLER_LOCAL, TIER_RANK, TRUST_RANK, Community, Entry, ForWhom, Tier
from app.directory.opening_hours import OpenState
from app.guidance.pack import load_guidance
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign, is_urgent

# What a phone shows without much scrolling; emergency entries come on top of it.
MOST_SHOWN = 8


class Match(NamedTuple):
    """An entry for one question: its state at that moment, and in plain words why it is shown."""

    entry: Entry
    open_state: OpenState
    why_shown: tuple[str, ...]
    conflicts: bool


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


def open_state(
    entry: Entry, *, at: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> OpenState:
    """Open or closed at an instant. `zone` is the school's, for hours that are the caller's own.

    On a public holiday that the hours say nothing about, an entry that would be open is `unknown`: nobody should find
    out at a dead line.
    """
    if entry.always_open:
        return OpenState.OPEN
    clock = zone if entry.time_zone in (None, CALLER_LOCAL) else ZoneInfo(entry.time_zone or "UTC")
    state = opening_hours.state(entry.hours, at=at, zone=clock, public_holidays=public_holidays)
    holiday = at.astimezone(clock).date() in public_holidays
    if (
        state is OpenState.OPEN
        and holiday
        and entry.hours is not None
        and not opening_hours.names_holidays(entry.hours)
    ):
        return OpenState.UNKNOWN
    return state


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
    return (*emergency, *_each_number_once(entry for _, entry in ranked))


def help_for(
    entries: Iterable[Entry],
    *,
    signs: Collection[Sign],
    concern_types: Collection[ConcernType] = (),
    priority: Priority,
    region: str | None,
    at: dt.datetime,
    zone: ZoneInfo,
    avoid_site_ids: Collection[str] = (),
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY,
    prefers_independent: bool = False,
    public_holidays: frozenset[dt.date] = frozenset(),
) -> list[Match]:
    """The services for one worry, the first to turn to first. At most 8, and every emergency entry besides.

    Emergency entries are always there: at the top where a sign is a red flag or the priority is `now`, else after the
    others. Open comes before unknown and closed. A line for one topic is there only if that was ticked. What belongs to
    an avoided site comes last and says so; an emergency entry keeps its place and says so.

    Of harm of a sexual or gender-based kind the school's own pathway is the first of them, open or not, and no peers
    are among them; without one, the services that were made for it (J21).
    """
    urgent = is_urgent(signs, priority)
    asked = frozenset[str]((*signs, *concern_types))
    avoided = {str(site) for site in avoid_site_ids}

    def matched(entry: Entry) -> Match:
        state = open_state(entry, at=at, zone=zone, public_holidays=public_holidays)
        conflicts = not avoided.isdisjoint(entry.site_ids)
        reasons = why_shown(entry, state=state, asked=asked, about_whom=about_whom, conflicts=conflicts)
        return Match(entry, state, reasons, conflicts)

    def place(match: Match) -> tuple[int, ...]:
        kind = _kind(match.entry, asked=asked)
        return (
            match.conflicts,
            not _is_pathway(match.entry, asked=asked),
            prefers_independent and not match.entry.independent,
            _STATE_RANK[match.open_state],
            URGENT_ORDER.index(kind) if urgent else kind,
            not _fits(match.entry, asked),
            match.entry.max_age is not None,
            TRUST_RANK[match.entry.verification],
            TIER_RANK[match.entry.tier],
        )

    here = [entry for entry in entries if entry.side_list is None and entry.in_region(region)]
    emergency = sorted((matched(e) for e in here if e.tier is Tier.EMERGENCY), key=lambda match: match.conflicts)
    others = sorted((matched(e) for e in here if _is_for(e, asked=asked, about_whom=about_whom)), key=place)
    wanted = {entry.id for entry in _each_number_once(match.entry for match in others)}
    shown = _chosen([match for match in others if match.entry.id in wanted], asked=asked)
    if urgent:
        return [*emergency, *shown]
    last = [match for match in shown if match.conflicts]
    return [*shown[: len(shown) - len(last)], *emergency, *last]


def why_shown(
    entry: Entry, *, state: OpenState, asked: Collection[str] = (), about_whom: AboutWhom, conflicts: bool = False
) -> tuple[str, ...]:
    """Short plain reasons, the most telling first. `asked`: the codes of the signs and concerns that were ticked."""
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
        (_fits(entry, asked), texts.fits),
        (True, when[state]),
        (entry.for_medical_students, texts.medical_students),
        (bool(entry.regions), texts.region),
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


def _is_pathway(entry: Entry, *, asked: Collection[str]) -> bool:
    """Whether it is the school's own way for harm of a sexual or gender-based kind, and that was ticked."""
    return HARM in asked and HARM in entry.topics and not entry.independent and entry.tier not in PEERS


def _for_any_hour(entry: Entry) -> bool:
    about_someone = ForWhom.WORRIED_ABOUT_SOMEONE in entry.for_whom
    return entry.always_open and entry.answers_at_once and about_someone and entry.max_age is None


def _is_for(entry: Entry, *, asked: Collection[str], about_whom: AboutWhom) -> bool:
    if entry.tier is Tier.EMERGENCY or not (entry.for_medical_students or not entry.topics or _fits(entry, asked)):
        return False
    if HARM in asked and entry.tier in PEERS:
        return False
    if _is_pathway(entry, asked=asked):
        return True
    match about_whom:
        case AboutWhom.SOMEONE_ELSE:
            return ForWhom.WORRIED_ABOUT_SOMEONE in entry.for_whom
        case AboutWhom.ME:
            return ForWhom.SELF in entry.for_whom
        case _:
            return True


def _each_number_once(entries: Iterable[Entry]) -> list[Entry]:
    """Two entries may lead to one line; only the first of them is worth a place."""
    seen: set[str] = set()
    kept = []
    for entry in entries:
        if entry.phone_dial not in seen:
            kept.append(entry)
        if entry.phone_dial is not None:
            seen.add(entry.phone_dial)
    return kept


def _chosen(matches: Sequence[Match], *, asked: Collection[str]) -> list[Match]:
    """Two lines for any hour, the first of each kind as KEPT says, filled up from the rest, in the order given."""
    left = dict(KEPT)
    kept = {match.entry.id for match in [m for m in matches if _for_any_hour(m.entry)][:FEWEST_AT_ANY_HOUR]}
    for match in matches:
        kind = Kind.FITS if _fits(match.entry, asked) else _kind(match.entry, asked=asked)
        if left.get(kind, 0) and len(kept) < MOST_SHOWN:
            left[kind] -= 1
            kept.add(match.entry.id)
    for match in matches:
        if len(kept) < MOST_SHOWN:
            kept.add(match.entry.id)
    return [match for match in matches if match.entry.id in kept]
