"""The directory of one school: the national pack with the school's own entries over it."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import Session, select

from app.core import clock
from app.directory.entries import Entry, EntryOut, entry_out
from app.directory.help_now import HelpNowOut, build_help_now
from app.directory.matching import Choice, Judged, always_open_help, judge, open_state, why_shown
from app.directory.matching import help_for as match_help
from app.directory.overlay import Directory, Word, resolve
from app.directory.pack import bases
from app.directory.words import words_of
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign
from app.models import School
from app.schools import service as schools

log = structlog.get_logger("peerline.directory")

# Emergency, two crisis lines, the region's own, one for medical students, and one to spare.
MOST_FALLBACK = 6


# Of so many schools the directory is kept.
MOST_KNOWN = 1024


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue:
    """The entries of one school. The same content is the same object, so that what is made from it can be kept."""

    entries: tuple[Entry, ...]
    own: tuple[Entry, ...]
    directory: Directory


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
    words, until = words_of(session, school.id, now=now)
    found = _catalogue(school.country.upper(), school.region, words)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[school.id] = _Known(school.directory_revision, until, found)
    return found


@functools.lru_cache(maxsize=MOST_KNOWN)
def _catalogue(country: str, region: str, words: tuple[Word, ...]) -> Catalogue:
    """Kept by content: a changed entry is another word."""
    directory = resolve(bases(country), words, country=country, region=region)
    for each in directory.standings.values():
        if each.broken is not None:
            log.warning("directory.broken_row", entry=each.id, field=each.broken)
    return Catalogue(entries=directory.entries, own=directory.own, directory=directory)


def help_now_of(session: Session, school: School) -> HelpNowOut:
    """The school's emergency and 24/7 help: what is kept in memory and on disk for when the database is away."""
    return build_help_now(
        country=school.country,
        region=school.region,
        school_name=school.name,
        school_slug=school.slug,
        entries=catalogue_of(session, school).entries,
    )


def all_help(session: Session) -> list[HelpNowOut]:
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
    return list(_fallback(catalogue, school.country, school.region, school.time_zone, minute))


@functools.lru_cache(maxsize=1024)
def _fallback(
    catalogue: Catalogue, country: str, region: str, time_zone: str, minute: dt.datetime
) -> tuple[EntryOut, ...]:
    """The same for everyone at a school for a minute, and part of every answer: kept that long."""
    zone = ZoneInfo(time_zone)
    holidays = schools.holidays_around(country, region, minute.astimezone(zone).year)
    shown = []
    for entry in always_open_help(catalogue.entries, region=region)[:MOST_FALLBACK]:
        state = open_state(entry, at=minute, zone=zone, public_holidays=holidays)
        reasons = why_shown(entry, state=state, about_whom=AboutWhom.PREFER_NOT_TO_SAY)
        shown.append(entry_out(entry, open_state=state, why_shown=reasons))
    return tuple(shown)


def help_for(
    catalogue: Catalogue,
    school: School,
    *,
    signs: Collection[Sign],
    concern_types: Collection[ConcernType],
    priority: Priority,
    about_whom: AboutWhom,
    avoid_site_ids: Collection[str],
    at: dt.datetime,
) -> list[EntryOut]:
    """The services for one worry, the first to turn to first."""
    chosen = match_help(
        _judged(catalogue, school.country, school.region, school.time_zone, at.replace(second=0, microsecond=0)),
        signs=signs,
        concern_types=concern_types,
        priority=priority,
        avoid_site_ids=avoid_site_ids,
        about_whom=about_whom,
    )
    return [_shown(choice, about_whom) for choice in chosen]


@functools.lru_cache(maxsize=256)
def _judged(catalogue: Catalogue, country: str, region: str, time_zone: str, minute: dt.datetime) -> tuple[Judged, ...]:
    """The same for every worry at a school for a minute: kept that long. It depends on nothing that anybody ticked."""
    zone = ZoneInfo(time_zone)
    holidays = schools.holidays_around(country, region, minute.astimezone(zone).year)
    return judge(catalogue.entries, region=region, at=minute, zone=zone, public_holidays=holidays)


@functools.lru_cache(maxsize=8192)
def _shown(choice: Choice, about_whom: AboutWhom) -> EntryOut:
    """One entry as it is shown, in the few ways in which it can be."""
    entry, state, conflicts = choice.entry, choice.state, choice.conflicts
    reasons = why_shown(entry, state=state, fits=choice.fits, about_whom=about_whom, conflicts=conflicts)
    return entry_out(entry, open_state=state, why_shown=reasons, conflicts_with_avoided_site=conflicts)
