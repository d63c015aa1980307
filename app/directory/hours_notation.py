"""How opening hours are written: the part of the OpenStreetMap `opening_hours` notation that we ship and accept.

    hours  = rule *( ";" rule )
    rule   = "24/7" | [ days ] ( times | "off" | "closed" ) | days | dates ( times | "off" | "closed" )
    days   = day [ "-" day ] *( "," day [ "-" day ] )        Mo Tu We Th Fr Sa Su, or PH for public holidays
    dates  = date [ "-" date ]                               Dec 25 · Dec 24-Jan 03 · 2026 Dec 24-2027 Jan 03
    times  = HH:MM "-" HH:MM *( "," HH:MM "-" HH:MM )

For one local day the last rule that names it counts, but for what is said more precisely: a date with its year counts
over one without, any date over PH, and PH over the days of the week, wherever they stand. `PH off; Mo-Fr 09:00-17:00`
must not promise a reader on Christmas Day. A range belongs to the day on which it starts and may run past midnight
(`22:00-02:00`, or `22:00-26:00`).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass

from app.directory.exception_dates import Dates, NoSuchDate, read_dates

DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = "PH"
ALWAYS = "24/7"
MINUTES_OF_A_DAY = 24 * 60
# Room for a year's exceptions.
MAX_LENGTH = 500

_DATED = re.compile(r"(?P<dates>(?:[0-9]{4} +)?[A-Z][a-z]{2} +[0-9].*?)(?: +(?P<times>off|closed|[0-9]{2}:.*))?")
_RULE = re.compile(r"(?:(?P<days>[A-Z][A-Za-z, -]*?)(?: +|$))?(?P<times>off|closed|[0-9][0-9:, -]*)?")
_RANGE = re.compile(r"([0-9]{2}):([0-9]{2}) *- *([0-9]{2}):([0-9]{2})")


class OpeningHoursError(ValueError):
    """Hours that this notation does not have, or a moment without a time zone."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Weekdays count from Monday = 0. Ranges are minutes from local midnight; the end may lie on the next day.

    A rule of `dates` is of no weekdays. `always`: it was written as 24/7, which means public holidays too.
    """

    weekdays: frozenset[int]
    holidays: bool
    ranges: tuple[tuple[int, int], ...]
    dates: Dates | None = None
    always: bool = False

    @property
    def says_of_holidays(self) -> bool:
        """Whether it was written for public holidays as well, where it is the rule of one."""
        return self.holidays or self.always or self.dates is not None


@functools.lru_cache(maxsize=4096)
def parse(hours: str) -> tuple[Rule, ...]:
    """The rules of an expression. Raises OpeningHoursError, which counts the rules and repeats none of the text."""
    if len(hours) > MAX_LENGTH:
        raise OpeningHoursError(f"opening hours are longer than {MAX_LENGTH} characters")
    rules = []
    for number, part in enumerate(hours.split(";"), start=1):
        try:
            rules.append(_rule(part.strip()))
        except OpeningHoursError as error:
            raise OpeningHoursError(f"opening hours, rule {number}: {error}") from None
    return tuple(rules)


def _rule(text: str) -> Rule:
    if text == ALWAYS:
        return Rule(weekdays=frozenset(range(7)), holidays=False, ranges=((0, MINUTES_OF_A_DAY),), always=True)
    dated = _DATED.fullmatch(text)
    if dated is not None:
        return _dated_rule(dated["dates"], dated["times"])
    match = _RULE.fullmatch(text)
    if not text or match is None:
        raise OpeningHoursError("neither days nor times nor off")
    weekdays, holidays = _days(match["days"]) if match["days"] else (frozenset(range(7)), False)
    times = match["times"]
    if times is None:
        return Rule(weekdays, holidays, ranges=((0, MINUTES_OF_A_DAY),))
    return Rule(weekdays, holidays, ranges=_ranges(times))


def _dated_rule(dates: str, times: str | None) -> Rule:
    """Without times nobody can tell whether it is open or closed then: they are asked for."""
    if times is None:
        raise OpeningHoursError("dates are followed by times or off")
    try:
        return Rule(weekdays=frozenset(), holidays=False, ranges=_ranges(times), dates=read_dates(dates))
    except NoSuchDate as error:
        raise OpeningHoursError(str(error)) from None


def _ranges(times: str) -> tuple[tuple[int, int], ...]:
    return () if times in ("off", "closed") else tuple(_range(part.strip()) for part in times.split(","))


def _days(text: str) -> tuple[frozenset[int], bool]:
    weekdays: set[int] = set()
    holidays = False
    for part in text.split(","):
        names = [name.strip() for name in part.split("-")]
        if names == [HOLIDAY]:
            holidays = True
        elif len(names) <= 2 and all(name in DAY_NAMES for name in names):
            first, last = DAY_NAMES.index(names[0]), DAY_NAMES.index(names[-1])
            weekdays.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        else:
            raise OpeningHoursError("days are Mo to Su and PH, with - and , between them")
    return frozenset(weekdays), holidays


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise OpeningHoursError("times are ranges such as 09:00-17:00, with , between them")
    hour, minute, end_hour, end_minute = (int(digits) for digits in match.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or start >= MINUTES_OF_A_DAY or end > 2 * MINUTES_OF_A_DAY:
        raise OpeningHoursError("a range of times begins by 23:59 and ends by 48:00")
    if end <= start:
        end += MINUTES_OF_A_DAY
    if end - start > MINUTES_OF_A_DAY:
        raise OpeningHoursError("a range of times is longer than a day")
    return start, end


def rule_of(rules: tuple[Rule, ...], day: dt.date, public_holidays: frozenset[dt.date]) -> Rule | None:
    """The one that counts on a local day: of those that name it the most precisely, the last."""
    dated = [rule for rule in rules if rule.dates is not None and rule.dates.name(day)]
    if dated:
        return max(reversed(dated), key=lambda rule: rule.dates is not None and rule.dates.of_a_year)
    if day in public_holidays:
        for rule in reversed(rules):
            if rule.holidays:
                return rule
    for rule in reversed(rules):
        if day.weekday() in rule.weekdays:
            return rule
    return None
