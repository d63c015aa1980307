"""When a service is open: the part of the OpenStreetMap `opening_hours` notation that we ship and accept.

    hours  = rule *( ";" rule )
    rule   = "24/7" | [ days ] ( times | "off" | "closed" ) | days
    days   = day [ "-" day ] *( "," day [ "-" day ] )        Mo Tu We Th Fr Sa Su, or PH for public holidays
    times  = HH:MM "-" HH:MM *( "," HH:MM "-" HH:MM )

For one local day the last rule that names it counts. Here a rule that names PH counts on a public holiday wherever it
stands, because `PH off; Mo-Fr 09:00-17:00` must not promise a reader on Christmas Day. A range belongs to the day on
which it starts and may run past midnight (`22:00-02:00`, or `22:00-26:00`).

Clock changes follow the rosters: a local time that does not exist means the first instant after the change; one that
happens twice means its first occurrence for an opening and its last for a closing.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = "PH"
MINUTES_OF_A_DAY = 24 * 60
SEARCH_DAYS = 30
MAX_LENGTH = 200

_RULE = re.compile(r"(?:(?P<days>[A-Z][A-Za-z, -]*?)(?: +|$))?(?P<times>off|closed|[0-9][0-9:, -]*)?")
_RANGE = re.compile(r"([0-9]{2}):([0-9]{2}) *- *([0-9]{2}):([0-9]{2})")

Interval = tuple[dt.datetime, dt.datetime]


class OpeningHoursError(ValueError):
    """Hours that this notation does not have, or a moment without a time zone."""


class OpenState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """Weekdays count from Monday = 0. Ranges are minutes from local midnight; the end may lie on the next day."""

    weekdays: frozenset[int]
    holidays: bool
    ranges: tuple[tuple[int, int], ...]


@functools.lru_cache(maxsize=512)
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


def state(
    hours: str | None, *, at: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> OpenState:
    """Open or closed at an instant, on the clock of `zone`; `unknown` where nobody wrote the hours down."""
    if hours is None:
        return OpenState.UNKNOWN
    at = _instant(at)
    near = _intervals(parse(hours), zone=zone, around=at, days=1, public_holidays=public_holidays)
    return OpenState.OPEN if any(start <= at < end for start, end in near) else OpenState.CLOSED


def next_change(
    hours: str | None, *, after: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> dt.datetime | None:
    """The next instant (UTC) at which open becomes closed or closed open; None if there is none within 30 days."""
    if hours is None:
        return None
    after = _instant(after)
    known = _intervals(parse(hours), zone=zone, around=after, days=SEARCH_DAYS, public_holidays=public_holidays)
    changes = (moment for interval in known for moment in interval if moment > after)
    return _within_search(min(changes, default=None), after)


def next_opening(
    hours: str | None, *, after: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> dt.datetime | None:
    """The first instant (UTC) from `after` on at which it is open: `after` itself if it is open then.

    None if it does not open within 30 days, or if the hours are not known.
    """
    if hours is None:
        return None
    after = _instant(after)
    known = _intervals(parse(hours), zone=zone, around=after, days=SEARCH_DAYS, public_holidays=public_holidays)
    openings = (max(start, after) for start, end in known if end > after)
    return _within_search(min(openings, default=None), after)


def names_holidays(hours: str) -> bool:
    """Whether the hours say what happens on a public holiday."""
    return hours.strip() == "24/7" or any(rule.holidays for rule in parse(hours))


def _rule(text: str) -> Rule:
    if text == "24/7":
        return Rule(weekdays=frozenset(range(7)), holidays=False, ranges=((0, MINUTES_OF_A_DAY),))
    match = _RULE.fullmatch(text)
    if not text or match is None:
        raise OpeningHoursError("neither days nor times nor off")
    weekdays, holidays = _days(match["days"]) if match["days"] else (frozenset(range(7)), False)
    times = match["times"]
    if times is None:
        return Rule(weekdays, holidays, ranges=((0, MINUTES_OF_A_DAY),))
    if times in ("off", "closed"):
        return Rule(weekdays, holidays, ranges=())
    return Rule(weekdays, holidays, ranges=tuple(_range(part.strip()) for part in times.split(",")))


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


def _ranges_of(
    rules: tuple[Rule, ...], day: dt.date, public_holidays: frozenset[dt.date]
) -> tuple[tuple[int, int], ...]:
    if day in public_holidays:
        for rule in reversed(rules):
            if rule.holidays:
                return rule.ranges
    for rule in reversed(rules):
        if day.weekday() in rule.weekdays:
            return rule.ranges
    return ()


def _intervals(
    rules: tuple[Rule, ...], *, zone: ZoneInfo, around: dt.datetime, days: int, public_holidays: frozenset[dt.date]
) -> list[Interval]:
    """Open intervals in UTC, in order, those that meet merged, from two days before `around` to `days` after it.

    Two days, because a range may reach over midnight into a local day that the zone's calendar then skips.
    """
    today = around.astimezone(zone).date()
    merged: list[Interval] = []
    for start, end in sorted(_unmerged(rules, zone, today, range(-2, days + 2), public_holidays)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def _unmerged(
    rules: tuple[Rule, ...], zone: ZoneInfo, today: dt.date, offsets: range, public_holidays: frozenset[dt.date]
) -> Iterator[Interval]:
    for offset in offsets:
        day = today + dt.timedelta(days=offset)
        for start, end in _ranges_of(rules, day, public_holidays):
            yield _on_clock(day, start, zone, closing=False), _on_clock(day, end, zone, closing=True)


def _on_clock(day: dt.date, minutes: int, zone: ZoneInfo, *, closing: bool) -> dt.datetime:
    """The instant (UTC) at which the wall clock of `zone` shows `minutes` after the midnight that begins `day`."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    first, last = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == last.utcoffset():
        return first.astimezone(dt.UTC)
    earlier, later = sorted((first.astimezone(dt.UTC), last.astimezone(dt.UTC)))
    if earlier.astimezone(zone).replace(tzinfo=None) == wall:
        return later if closing else earlier
    return _clock_change(earlier, later, zone)


def _clock_change(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant, to the second, of the offset that `after` has and `before` has not."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, tz=zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return dt.datetime.fromtimestamp(high, tz=dt.UTC)


def _instant(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise OpeningHoursError("a moment needs a time zone")
    return moment.astimezone(dt.UTC)


def _within_search(moment: dt.datetime | None, after: dt.datetime) -> dt.datetime | None:
    return moment if moment is not None and moment - after <= dt.timedelta(days=SEARCH_DAYS) else None
