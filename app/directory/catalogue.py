"""The directory of one school: the national pack with the school's own entries over it."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from app.directory.entries import Entry, EntryOut, entry_out
from app.directory.fields import entry_from_fields
from app.directory.help_now import HelpNowOut, build_help_now
from app.directory.matching import Choice, Judged, always_open_help, judge, open_state, overlaid, why_shown
from app.directory.matching import help_for as match_help
from app.directory.pack import load_pack
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign
from app.models import LocalEntry, School
from app.schools import service as schools

log = structlog.get_logger("peerline.directory")

# Emergency, two crisis lines, the region's own, one for medical students, and one to spare.
MOST_FALLBACK = 6


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue:
    """The entries of one school. The same content is the same object, so that what is made from it can be kept."""

    entries: tuple[Entry, ...]
    own: tuple[Entry, ...]


def catalogue_of(session: Session, school: School) -> Catalogue:
    rows = session.connection().execute(_DOCUMENTS, {"school_id": school.id}).scalars()
    return _catalogue(school.country, tuple(rows))


# Built once: this is asked for every answer.
_DOCUMENTS = (
    sa.select(sa.cast(col(LocalEntry.entry), sa.Text))
    .where(col(LocalEntry.school_id) == sa.bindparam("school_id"))
    .order_by(col(LocalEntry.entry_id))
)


@functools.lru_cache(maxsize=1024)
def _catalogue(country: str, documents: tuple[str, ...]) -> Catalogue:
    """Kept by content: a changed entry is another document."""
    own = tuple(entry_from_fields(json.loads(document), country=country, file="local entry") for document in documents)
    return Catalogue(entries=overlaid(load_pack(country), own), own=own)


def help_now_of(session: Session, school: School) -> HelpNowOut:
    """The school's emergency and 24/7 help: what is kept in memory and on disk for when the database is away."""
    return build_help_now(
        country=school.country,
        region=school.region,
        school_name=school.name,
        school_slug=school.slug,
        entries=load_pack(school.country),
        site_entries=catalogue_of(session, school).own,
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
