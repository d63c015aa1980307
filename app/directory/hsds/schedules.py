"""Opening hours as HSDS schedules: weekly, on some days, from one clock time to another.

The standard's times have an offset from UTC and no time zone, so that the hours of a place where the clocks change are
written once for each stretch of days with one offset, for a year and the next. Dates of exception cut these stretches.
It cannot say "but not on a public holiday": what differs there stands in `notes`, in words.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from app.directory import hours_notation
from app.directory.entries import CALLER_LOCAL, Entry
from app.directory.hours_notation import Rule
from app.directory.hsds import ids
from app.directory.hsds.shapes import HsdsSchedule, When

BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ANY_HOUR = "Open at any hour on every day, public holidays too."
ALL_DAY: When = {
    "freq": "WEEKLY",
    "byday": ",".join(BYDAY),
    "timezone": 0,
    "opens_at": "00:00Z",
    "closes_at": "00:00Z",
}
NOT_KNOWN = "Opening and closing are not known for certain: what is known stands in `description`."
CALLERS_CLOCK = "Times are on the caller's own clock."

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on which the same holds.

    `offset` is None where the clock is the caller's; `exception`, the one that is made on these days, where none is.
    """

    first: dt.date
    last: dt.date
    offset: dt.timedelta | None
    exception: Rule | None

    def week(self, ordinary: dict[Range, list[int]]) -> dict[Range, list[int]]:
        """Each opening, in minutes from midnight, with the days of the week on which it is."""
        if self.exception is None:
            return ordinary
        days = sorted({(self.first.weekday() + step) % 7 for step in range(min((self.last - self.first).days + 1, 7))})
        return dict.fromkeys(self.exception.ranges, days)


def schedules(entry: Entry, *, service_id: str, year: int) -> list[HsdsSchedule]:
    """Never empty: where there is nothing but words, these. `year`: the first of the two that are written out."""
    if entry.always_open:
        return [_made(entry, service_id, ALL_DAY, notes=ANY_HOUR)]
    if entry.hours is None:
        return [_made(entry, service_id, {}, notes=NOT_KNOWN)]
    holidays, clock = _on_holidays(hours_notation.parse(entry.hours)), _clock(entry)
    openings = _openings(entry.hours, entry.time_zone, year) or (({}, False),)
    return [
        _made(entry, service_id, when, notes=clock if exceptional else f"{holidays} {clock}")
        for when, exceptional in openings
    ]


def _made(entry: Entry, service_id: str, when: When, *, notes: str) -> HsdsSchedule:
    named = (when.get("valid_from", ""), when.get("byday", ""), when.get("opens_at", ""), when.get("closes_at", ""))
    return {
        "id": ids.of(service_id, "schedule", *named),
        "service_id": service_id,
        "description": entry.hours_text,
        "notes": notes,
        **when,
    }


@functools.lru_cache(maxsize=4096)
def _openings(hours: str, time_zone: str | None, year: int) -> tuple[tuple[When, bool], ...]:
    """Each with whether it is on dates of exception, where nothing is said of public holidays: the date counts."""
    rules = hours_notation.parse(hours)
    ordinary, stretches = _week(rules), _stretches(rules, time_zone, year)
    return tuple(
        (_when(days, minutes, stretch, bounded=len(stretches) > 1), stretch.exception is not None)
        for stretch in stretches
        for minutes, days in stretch.week(ordinary).items()
    )


def _week(rules: tuple[Rule, ...]) -> dict[Range, list[int]]:
    """Each opening of an ordinary week, in minutes from midnight, with the days on which it is."""
    found: dict[Range, list[int]] = {}
    for weekday in range(7):
        # The last rule that names a day counts (hours_notation).
        for minutes in next((rule.ranges for rule in reversed(rules) if weekday in rule.weekdays), ()):
            found.setdefault(minutes, []).append(weekday)
    return found


def _stretches(rules: tuple[Rule, ...], time_zone: str | None, year: int) -> list[Stretch]:
    """The days of two years, cut where the offset at noon changes, and where an exception begins or ends."""
    zone = None if time_zone in (None, CALLER_LOCAL) else ZoneInfo(time_zone or "UTC")
    found: list[Stretch] = []
    for number in range(dt.date(year, 1, 1).toordinal(), dt.date(year + 2, 1, 1).toordinal()):
        day = dt.date.fromordinal(number)
        offset = dt.datetime.combine(day, dt.time(12), tzinfo=zone).utcoffset()
        exception = _exception(rules, day)
        if found and (found[-1].offset, found[-1].exception) == (offset, exception):
            found[-1] = replace(found[-1], last=day)
        else:
            found.append(Stretch(day, day, offset, exception))
    return found


def _exception(rules: tuple[Rule, ...], day: dt.date) -> Rule | None:
    """Of the dates that name the day the most precisely, the last."""
    dated = [(rule, rule.dates) for rule in reversed(rules)]
    named = [(rule, dates.of_a_year) for rule, dates in dated if dates is not None and dates.name(day)]
    return max(named, key=lambda each: each[1])[0] if named else None


def _when(days: list[int], minutes: Range, stretch: Stretch, *, bounded: bool) -> When:
    """`bounded`: it does not hold on every day, or not with the same offset."""
    start, end = minutes
    when: When = {"freq": "WEEKLY", "byday": ",".join(BYDAY[day] for day in days)}
    if bounded:
        when |= {"valid_from": stretch.first.isoformat(), "valid_to": stretch.last.isoformat()}
    if stretch.offset is None:
        return when | {"opens_at": _time(start), "closes_at": _time(end)}
    offset = _written(stretch.offset)
    return when | {
        "timezone": _hours(stretch.offset),
        "opens_at": _time(start) + offset,
        "closes_at": _time(end) + offset,
    }


def _on_holidays(rules: tuple[Rule, ...]) -> str:
    named = next((rule.ranges for rule in reversed(rules) if rule.holidays), None)
    if named is None:
        return "What holds on public holidays is not known."
    if not named:
        return "Closed on public holidays."
    return f"On public holidays: {', '.join('-'.join(map(_time, minutes)) for minutes in named)}."


def _clock(entry: Entry) -> str:
    if entry.time_zone in (None, CALLER_LOCAL):
        return CALLERS_CLOCK
    return f"Times are on the clock of {entry.time_zone}."


def _hours(offset: dt.timedelta) -> float:
    hours = offset / dt.timedelta(hours=1)
    return int(hours) if hours.is_integer() else hours


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _written(offset: dt.timedelta) -> str:
    minutes = int(offset / dt.timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
