"""The directory of one school: the national pack with the school's own entries over it."""

from __future__ import annotations

import datetime as dt
import functools
import threading
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import Session, select

from app.core import clock
from app.directory.entries import Entry, EntryOut, Tier, entry_out
from app.directory.help_now import HelpFacts, build_help_now
from app.directory.matching import (
    Choice,
    Judged,
    always_open_help,
    judge,
    open_now,
    overdue,
    overdue_last,
    why_shown,
)
from app.directory.matching import help_for as match_help
from app.directory.overlay import Directory, Word, resolve
from app.directory.pack import bases
from app.directory.short_lists import shortened
from app.directory.words import sites_elsewhere, words_of
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign
from app.models import School
from app.schools import service as schools
from app.schools.service import LocalDays

log = structlog.get_logger("peerline.directory")

# What of a school says which entries serve it, and when they are open: country, region, time zone, its own holidays.
Place = tuple[str, str, str, LocalDays]

# Emergency, two crisis lines, the region's own, one for medical students, and one to spare.
MOST_FALLBACK = 6
# Schools, and callers' time zones, whose entries are kept as they are in this minute.
MOST_JUDGED = 256


# Of so many schools the directory is kept.
MOST_KNOWN = 1024


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue:
    """The entries of one school. The same content is the same object, so that what is made from it can be kept.

    `elsewhere`: the region of each of its sites that are not in its own region, by the site's id. `in_several`: of an
    entry that serves several other regions the hours are those of the one that is asked about.
    """

    entries: tuple[Entry, ...]
    own: tuple[Entry, ...]
    directory: Directory
    elsewhere: Mapping[str, str]
    in_several: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What a school's directory was at a revision, and until when it stays so."""

    revision: str
    until: dt.datetime | None
    catalogue: Catalogue


_known: dict[uuid.UUID, _Known] = {}


def catalogue_of(session: Session, school: School) -> Catalogue:
    """The directory as it is now. Asked for every answer: while nothing has changed, no row is read for it.

    `school` as it was read in this transaction: its `directory_revision` says whether what is kept is still right.
    """
    now = clock.now()
    known = _known.get(school.id)
    if known is not None and known.revision == school.directory_revision and (known.until is None or now < known.until):
        return known.catalogue
    words, until = words_of(session, school, now=now)
    found = _catalogue(school.country.upper(), school.region, words, sites_elsewhere(session, school))
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[school.id] = _Known(school.directory_revision, until, found)
    return found


# Few: schools that say nothing share one, and what a large school said before is not worth its memory.
@functools.lru_cache(maxsize=64)
def _catalogue(country: str, region: str, words: tuple[Word, ...], elsewhere: tuple[tuple[str, str], ...]) -> Catalogue:
    """Kept by content: a changed entry is another word."""
    regions = sorted({each for _, each in elsewhere})
    directory = resolve(bases(country), words, country=country, region=region, elsewhere=regions)
    for each in directory.standings.values():
        if each.broken is not None:
            log.warning("directory.broken_row", entry=each.id, field=each.broken)
    in_several = any(len(each.regions) > 1 and not each.in_region(region) for each in directory.entries)
    return Catalogue(directory.entries, directory.own, directory, dict(elsewhere), in_several)


def help_now_of(session: Session, school: School) -> HelpFacts:
    """The school's emergency and 24/7 help: what is kept in memory and on disk for when the database is away."""
    found = catalogue_of(session, school)
    return build_help_now(
        country=school.country,
        region=school.region,
        school_name=school.name,
        school_slug=school.slug,
        entries=found.entries,
        site_entries=found.own,
        time_zone=school.time_zone,
        local_days=schools.local_days(school),
    )


def all_help(session: Session) -> list[HelpFacts]:
    """The help of every school of the deployment, but of those whose help cannot be made.

    Their own pages fail, and everybody else's must not: a start would otherwise depend on each row of every school.
    """
    found = []
    for school in session.exec(select(School).order_by(School.slug)).all():
        try:
            found.append(help_now_of(session, school))
        except sa.exc.SQLAlchemyError:
            raise
        except Exception as exc:
            log.error("directory.school_without_help", school=str(school.id), reason=type(exc).__name__)
    return found


def fallback(session: Session, school: School, *, at: dt.datetime) -> list[EntryOut]:
    """Who can be called at any hour, whoever is or is not on duty here."""
    return fallback_from(catalogue_of(session, school), school, at=at)


def fallback_from(catalogue: Catalogue, school: School, *, at: dt.datetime) -> list[EntryOut]:
    """As `fallback`, from a catalogue that the caller has."""
    minute = at.replace(second=0, microsecond=0)
    return list(_fallback(catalogue, place_of(school), minute))


@functools.lru_cache(maxsize=1024)
def _fallback(catalogue: Catalogue, place: Place, minute: dt.datetime) -> tuple[EntryOut, ...]:
    """The same for everyone at a school for a minute, and part of every answer: kept that long."""
    country, region, time_zone, local_days = place
    zone = ZoneInfo(time_zone)
    today = minute.astimezone(zone).date()
    holidays = schools.holidays_around(country, region, today.year, local_days)
    found = overdue_last(always_open_help(catalogue.entries, region=region), today=today)
    emergency = [entry for entry in found if entry.tier is Tier.EMERGENCY]
    lines, own = found[len(emergency) :], {entry.id for entry in catalogue.own}
    shown = []
    for entry in shortened(emergency, lines, most=MOST_FALLBACK, own=own):
        now = open_now(entry, at=minute, zone=zone, public_holidays=holidays)
        reasons = why_shown(entry, state=now.state, about_whom=AboutWhom.PREFER_NOT_TO_SAY)
        told = entry_out(entry, now=now, overdue=overdue(entry, today=today), why_shown=reasons)
        # What is always open is that of no minute: an answer with these in it stays the same while nothing changes.
        shown.append(told.model_copy(update={"as_of": None}) if entry.always_open else told)
    return tuple(shown)


def place_of(school: School) -> Place:
    return school.country, school.region, school.time_zone, schools.local_days(school)


def help_for(
    catalogue: Catalogue,
    school: School,
    *,
    signs: Collection[Sign],
    concern_types: Collection[ConcernType],
    priority: Priority,
    about_whom: AboutWhom,
    avoid_site_ids: Collection[str],
    site_id: uuid.UUID | None,
    at: dt.datetime,
) -> list[EntryOut]:
    """The services for one worry, the first to turn to first. `site_id`: where it is, if that was said."""
    site_region = catalogue.elsewhere.get(str(site_id))
    chosen = match_help(
        judged(catalogue, place_of(school), at=at, site_region=site_region),
        signs=signs,
        concern_types=concern_types,
        priority=priority,
        avoid_site_ids=avoid_site_ids,
        about_whom=about_whom,
        site_region=site_region,
    )
    return [shown(choice, about_whom, site_region=site_region) for choice in chosen]


def judged(
    catalogue: Catalogue,
    place: Place,
    *,
    at: dt.datetime,
    caller_zone: str | None = None,
    now: dt.datetime | None = None,
    site_region: str | None = None,
) -> tuple[Judged, ...]:
    """The same for every worry at a school for a minute: kept that long. It depends on nothing that anybody ticked.

    `now`: where it is another moment that is asked about, that is kept for nobody.
    """
    minute = at.replace(second=0, microsecond=0)
    site_region = site_region if catalogue.in_several else None
    if now is not None and minute != now.replace(second=0, microsecond=0):
        return _judge(catalogue, place, minute, caller_zone, site_region)
    key = (catalogue, place, caller_zone, site_region)
    kept = _judged.get(key)
    if kept is None or kept[0] != minute:
        kept = minute, _judge(catalogue, place, minute, caller_zone, site_region)
        # One minute each: thousands of entries of hours gone by would fill the memory.
        with _lock:
            while len(_judged) >= MOST_JUDGED:
                del _judged[next(iter(_judged))]
            _judged[key] = kept
    return kept[1]


_lock = threading.Lock()
_judged: dict[tuple[Catalogue, Place, str | None, str | None], tuple[dt.datetime, tuple[Judged, ...]]] = {}


def _judge(
    catalogue: Catalogue, place: Place, minute: dt.datetime, caller_zone: str | None, site_region: str | None
) -> tuple[Judged, ...]:
    _, region, time_zone, _ = place
    zone = ZoneInfo(time_zone)
    year = minute.astimezone(zone).year
    return judge(
        catalogue.entries,
        region=region,
        at=minute,
        zone=zone,
        public_holidays=lambda entry: holidays_of(entry, place, year=year, site_region=site_region),
        caller_zone=None if caller_zone is None else ZoneInfo(caller_zone),
    )


def holidays_of(entry: Entry, place: Place, *, year: int, site_region: str | None = None) -> frozenset[dt.date]:
    """The public holidays around a year by which an entry's hours are read: the school's, or those of the other state
    that it serves; of several that of the site which was named, else the first."""
    country, region, _, local_days = place
    if entry.in_region(region):
        return schools.holidays_around(country, region, year, local_days)
    state = site_region if site_region in entry.regions else entry.regions[0]
    return schools.holidays_around(country, state, year)


def shown(choice: Choice, about_whom: AboutWhom, *, site_region: str | None) -> EntryOut:
    """One entry as it is shown, in the few ways in which it can be: made once for each."""
    way = (about_whom, site_region if choice.entry.regions else None)
    found: EntryOut | None = choice.shown.get(way)
    if found is None:
        entry, now, conflicts = choice.entry, choice.now, choice.conflicts
        reasons = why_shown(
            entry,
            state=now.state,
            fits=choice.fits,
            about_whom=about_whom,
            conflicts=conflicts,
            here=choice.here,
            site_region=site_region,
        )
        found = entry_out(
            entry, now=now, overdue=choice.overdue, why_shown=reasons, conflicts_with_avoided_site=conflicts
        )
        choice.shown[way] = found
    return found
