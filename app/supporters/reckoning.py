"""What somebody carries, reckoned from times on call: weeks, nights, days in a row, and rest that was too short.

Hours are counted as they pass; which week, night or day it is says the school's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

# As rosters/load.py has the night.
_EVENING, _MORNING = dt.time(22), dt.time(7)
_DAY = dt.timedelta(days=1)


class Time(NamedTuple):
    """From an instant up to another one, which is not part of it."""

    start: dt.datetime
    end: dt.datetime


def weeks_from(now: dt.datetime, *, zone: ZoneInfo, number: int) -> list[Time]:
    """The week that `now` is in, Monday to Monday, and those after it."""
    today = now.astimezone(zone).date()
    monday = today - dt.timedelta(days=today.weekday())
    edges = [_local(monday + dt.timedelta(days=7 * each), dt.time(), zone) for each in range(number + 1)]
    return [Time(start, end) for start, end in pairwise(edges)]


def united(times: Iterable[Time]) -> list[Time]:
    """The same time without overlaps; what touches is one."""
    found: list[Time] = []
    for each in sorted(times):
        if found and each.start <= found[-1].end:
            found[-1] = Time(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def minutes_in(times: Sequence[Time], window: Time) -> int:
    """Of united times."""
    spans = (min(each.end, window.end) - max(each.start, window.start) for each in times)
    return sum(int(span.total_seconds()) // 60 for span in spans if span > dt.timedelta())


def nights(times: Sequence[Time], window: Time, *, zone: ZoneInfo) -> int:
    """How many nights, 22:00 to 07:00, have some of it; a night is of the day on which it begins."""
    first = window.start.astimezone(zone).date()
    count, day = 0, first
    while _local(day, _EVENING, zone) < window.end:
        night = Time(_local(day, _EVENING, zone), _local(day + _DAY, _MORNING, zone))
        count += any(each.start < night.end and night.start < each.end for each in times)
        day += _DAY
    return count


def longest_run(times: Sequence[Time], *, zone: ZoneInfo) -> int:
    """Most local days in a row on which there is some of it."""
    days: set[dt.date] = set()
    for each in times:
        day = each.start.astimezone(zone).date()
        while _local(day, dt.time(), zone) < each.end:
            days.add(day)
            day += _DAY
    longest = run = 0
    for day in sorted(days):
        run = run + 1 if day - _DAY in days else 1
        longest = max(longest, run)
    return longest


def rests_broken(times: Sequence[Time], *, hours: int) -> int:
    """How often there is less than so many hours between two of united times."""
    rests = (later.start - earlier.end for earlier, later in pairwise(times))
    return sum(rest < dt.timedelta(hours=hours) for rest in rests)


def _local(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)
