"""The directory of one school: the national pack with the school's own entries over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlmodel import Session, select

from app.directory.entries import Entry, EntryOut, entry_out
from app.directory.fields import entry_from_fields
from app.directory.help_now import HelpNowOut, build_help_now
from app.directory.matching import always_open_help, open_state, overlaid, why_shown
from app.directory.matching import help_for as match_help
from app.directory.pack import load_pack
from app.guidance.signs import AboutWhom, ConcernType, Priority, Sign
from app.models import LocalEntry, School
from app.schools import service as schools


def entries_of(session: Session, school: School) -> tuple[Entry, ...]:
    return overlaid(load_pack(school.country), own_entries(session, school))


def own_entries(session: Session, school: School) -> tuple[Entry, ...]:
    rows = session.exec(select(LocalEntry).where(LocalEntry.school_id == school.id).order_by(LocalEntry.entry_id))
    return tuple(entry_from_fields(row.entry, country=school.country, file="local entry", row=None) for row in rows)


def help_now_of(session: Session, school: School) -> HelpNowOut:
    """The school's emergency and 24/7 help: what is kept in memory and on disk for when the database is away."""
    return build_help_now(
        country=school.country,
        region=school.region,
        school_name=school.name,
        school_slug=school.slug,
        entries=load_pack(school.country),
        site_entries=own_entries(session, school),
    )


def all_help(session: Session) -> list[HelpNowOut]:
    """The help of every school of the deployment."""
    return [help_now_of(session, school) for school in session.exec(select(School).order_by(School.slug))]


def fallback(session: Session, school: School, *, at: dt.datetime) -> list[EntryOut]:
    """Who can be called at any hour, whoever is or is not on duty here."""
    zone = schools.zone_of(school)
    holidays = schools.public_holidays(school, around=at)
    shown = []
    for entry in always_open_help(entries_of(session, school), region=school.region):
        state = open_state(entry, at=at, zone=zone, public_holidays=holidays)
        reasons = why_shown(entry, state=state, about_whom=AboutWhom.PREFER_NOT_TO_SAY)
        shown.append(entry_out(entry, open_state=state, why_shown=reasons))
    return shown[:MOST_FALLBACK]


def help_for(
    session: Session,
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
    matches = match_help(
        entries_of(session, school),
        signs=signs,
        concern_types=concern_types,
        priority=priority,
        region=school.region,
        at=at,
        zone=schools.zone_of(school),
        avoid_site_ids=avoid_site_ids,
        about_whom=about_whom,
        public_holidays=schools.public_holidays(school, around=at),
    )
    return [
        entry_out(
            match.entry,
            open_state=match.open_state,
            why_shown=match.why_shown,
            conflicts_with_avoided_site=match.conflicts,
        )
        for match in matches
    ]


# Emergency, two crisis lines, the region's own, one for medical students, and one to spare.
MOST_FALLBACK = 6
