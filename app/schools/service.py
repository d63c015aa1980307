"""Find schools, and make them."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import Conflict, NotFound
from app.models import LegalHold, School
from app.schools import requirements
from app.schools.policies import SchoolPolicies
from app.schools.requirements import SchoolExists
from app.vault import service as vault
from app.vocabulary import SchoolStatus

# Days that a school keeps and its state does not, or the other way round, each with whether it is kept.
LocalDays = tuple[tuple[str, bool], ...]


class SchoolNotFound(NotFound):
    """Same answer as for anything else that is not there: it lists no schools."""


class SchoolNotActive(Conflict):
    code, status, title = "school_not_active", 409, "This school cannot be asked for anything now"
    default_detail = (
        "Its people set it up, or it was stopped: nobody there would read this, so nothing was stored. The help in "
        "this answer is there now."
    )
    helps_everyone = True

    @property
    def durable(self) -> bool:
        """A retry with the same key counts once the school is active."""
        return False


# Built once: this is asked for every request, and building costs more than asking.
_BY_SLUG = select(School).where(School.slug == sa.bindparam("slug"))


def find(session: Session, slug: str) -> School:
    """The school. Raises SchoolNotFound."""
    school = session.exec(_BY_SLUG, params={"slug": slug}).one_or_none()
    if school is None:
        raise SchoolNotFound
    return school


def require_active(school: School) -> None:
    """Raises SchoolNotActive: whoever turns to a school must find somebody there."""
    if school.status is not SchoolStatus.ACTIVE:
        raise SchoolNotActive


def create(
    session: Session,
    *,
    slug: str,
    name: str,
    country: str,
    region: str,
    time_zone: str,
    program_type: str,
    years: int,
    features: dict[str, Any],
    policies: SchoolPolicies,
    status: SchoolStatus = SchoolStatus.DRAFT,
    demo: bool = False,
) -> School:
    """A school with the keys of its texts. Raises SchoolRefused for one that could not be served.

    A draft, unless somebody answers for it that people may rely on it.
    """
    requirements.check(
        slug=slug,
        name=name,
        country=country,
        region=region,
        time_zone=time_zone,
        program_type=program_type,
        years=years,
    )
    if session.exec(_BY_SLUG, params={"slug": slug}).one_or_none() is not None:
        raise SchoolExists(f"There is a school {slug} already.", field="slug")
    school = School(
        slug=slug,
        name=name,
        country=country,
        region=region,
        time_zone=time_zone,
        program_type=program_type,
        years=years,
        features=features,
        policies=policies.model_dump(mode="json"),
        demo=demo,
        status=status,
        created_at=clock.now(),
    )
    session.add(school)
    session.flush()
    vault.create_key(session, owner=str(school.id), purpose=vault.CONTENT)
    vault.create_key(session, owner=str(school.id), purpose=vault.LIFE_AT_RISK)
    return school


def policies_of(school: School) -> SchoolPolicies:
    return SchoolPolicies.model_validate(school.policies)


def has_programme(school: School) -> bool:
    """Whether there are supporters. Everything else works without (STUDY B08)."""
    return bool(school.features.get("formal_program", True))


def is_held(session: Session, school_id: uuid.UUID) -> bool:
    """Whether there is a legal hold on everything of a school: nothing of it may be erased."""
    whole = select(LegalHold.id).where(
        LegalHold.school_id == school_id, col(LegalHold.report_id).is_(None), col(LegalHold.released_hour).is_(None)
    )
    return session.exec(whole.limit(1)).first() is not None


def zone_of(school: School) -> ZoneInfo:
    return ZoneInfo(school.time_zone)


def today(school: School, *, now: dt.datetime) -> dt.date:
    """The day that it is there."""
    return now.astimezone(zone_of(school)).date()


def public_holidays(school: School, *, around: dt.datetime) -> frozenset[dt.date]:
    """The public holidays of the school in the local year of `around` and those beside it."""
    year = around.astimezone(zone_of(school)).year
    return holidays_around(school.country, school.region, year, local_days(school))


def public_holidays_between(school: School, *, start: dt.datetime, end: dt.datetime) -> frozenset[dt.date]:
    """The public holidays of the school on the local days from `start` until `end`, which is not included."""
    zone = zone_of(school)
    first, last = start.astimezone(zone).date(), (end - dt.timedelta(minutes=1)).astimezone(zone).date()
    own = local_days(school)
    known = (holidays_around(school.country, school.region, year, own) for year in range(first.year, last.year + 1))
    return frozenset(day for days in known for day in days if first <= day <= last)


def local_days(school: School) -> LocalDays:
    """The school's own word on public holidays (SchoolPolicies.local_holidays), as cheap as most answers need it."""
    return tuple((day["on"], day["kept"]) for day in school.policies.get("local_holidays", ()))


@functools.lru_cache(maxsize=1024)
def holidays_around(country: str, region: str, year: int, own: LocalDays = ()) -> frozenset[dt.date]:
    """The public holidays of a state in a year and those beside it; `own`: what a school of it says otherwise."""
    if own:
        kept = frozenset(dt.date.fromisoformat(day) for day, kept in own if kept)
        given_up = frozenset(dt.date.fromisoformat(day) for day, kept in own if not kept)
        return (holidays_around(country, region, year) - given_up) | kept
    years = (year - 1, year, year + 1)
    # An unknown state must not fail an answer: the country's own days are the safer part we know.
    try:
        days = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        days = holidays.country_holidays(country, years=years)
    return frozenset(days)
