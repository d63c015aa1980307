"""What a school must be like before it is made: nothing that a start, or its every answer, would stumble over later."""

from __future__ import annotations

import re

import holidays
from pydantic import TypeAdapter, ValidationError

from app import packs
from app.core.schemas import Slug, zone_names

_SLUG = TypeAdapter[str](Slug)
# As regions are written in the directory.
_REGION = re.compile(r"[A-Z]{2,10}")
LONGEST_NAME = 200
LONGEST_PROGRAM_TYPE = 40
MOST_YEARS = 10


class SchoolRefused(ValueError):
    """This school cannot be made; the text says what to change, in `field`."""

    def __init__(self, text: str, *, field: str) -> None:
        super().__init__(text)
        self.field = field


class SchoolExists(SchoolRefused):
    """Another school has the slug."""


def check(*, slug: str, name: str, country: str, region: str, time_zone: str, program_type: str, years: int) -> None:
    """Raise SchoolRefused at the first thing that cannot be."""
    try:
        _SLUG.validate_python(slug)
    except ValidationError as exc:
        raise SchoolRefused(
            "A slug has 2 to 40 characters: small letters, digits and hyphens, with a letter first and no hyphen last.",
            field="slug",
        ) from exc
    _check_text("name", name, longest=LONGEST_NAME)
    if country not in packs.countries():
        raise SchoolRefused(f"There is a directory of services for {_listed(packs.countries())} only.", field="country")
    if region not in regions_of(country):
        raise SchoolRefused(f"The regions of {country} are {_listed(regions_of(country))}.", field="region")
    if time_zone not in zone_names():
        raise SchoolRefused("A time zone has its IANA name, such as Australia/Melbourne.", field="time_zone")
    _check_text("program type", program_type, longest=LONGEST_PROGRAM_TYPE)
    if not 1 <= years <= MOST_YEARS:
        raise SchoolRefused(f"A programme has 1 to {MOST_YEARS} years.", field="years")


def regions_of(country: str) -> tuple[str, ...]:
    """The codes of a country's states and territories, for which its public holidays are known."""
    return tuple(region for region in holidays.country_holidays(country).subdivisions if _REGION.fullmatch(region))


def _check_text(what: str, text: str, *, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise SchoolRefused(f"A {what} has 1 to {longest} printable characters.", field=what.replace(" ", "_"))


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(codes)
