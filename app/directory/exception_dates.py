"""The dates that opening hours make an exception for: `Dec 25`, `Dec 24-Jan 03`, `2026 Dec 24-2027 Jan 03`."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Has a 29th of February: without a year, that day is there whenever it comes.
ANY_YEAR = 2000

_DATE = r"(?:(?P<{0}year>[0-9]{{4}}) +)?(?P<{0}month>[A-Z][a-z]{{2}}) +(?P<{0}day>[0-9]{{1,2}})"
_DATES = re.compile(f"{_DATE.format('')}(?: *- *{_DATE.format('last_')})?")


class NoSuchDate(ValueError):
    """No dates that this notation has, or that a calendar has."""


@dataclass(frozen=True, slots=True)
class Dates:
    """From the first to the last of them, both included; in every year where `of_a_year` is not set.

    Without a year, those whose last comes before the first run over the new year.
    """

    first: tuple[int, int, int]
    last: tuple[int, int, int]
    of_a_year: bool

    def name(self, day: dt.date) -> bool:
        if self.of_a_year:
            return self.first <= (day.year, day.month, day.day) <= self.last
        here = (ANY_YEAR, day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def read_dates(text: str) -> Dates:
    """Raises NoSuchDate, which repeats none of the text."""
    found = _DATES.fullmatch(text.strip())
    if found is None:
        raise NoSuchDate("dates are such as Dec 25, 2026 Dec 24, or Dec 24-Jan 03")
    first = _date(found["year"], found["month"], found["day"])
    if found["last_month"] is None:
        return Dates(first, first, found["year"] is not None)
    if (found["year"] is None) != (found["last_year"] is None):
        raise NoSuchDate("of two dates both have a year, or neither")
    last = _date(found["last_year"], found["last_month"], found["last_day"])
    if found["year"] is not None and last < first:
        raise NoSuchDate("the last of the dates comes before the first")
    return Dates(first, last, found["year"] is not None)


def _date(year: str | None, month: str, day: str) -> tuple[int, int, int]:
    if month not in MONTHS:
        raise NoSuchDate("months are Jan to Dec")
    in_year, number = int(year) if year is not None else ANY_YEAR, MONTHS.index(month) + 1
    if in_year < dt.MINYEAR or not 1 <= int(day) <= calendar.monthrange(in_year, number)[1]:
        raise NoSuchDate("there is no such date")
    return in_year, number, int(day)
