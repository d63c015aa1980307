"""The days and weeks of a zone as stretches of time: where the clock changes a day has 23 hours, or 25, or none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.rosters.definition import Window
from app.rosters.wall_clock import first_minute, instant_of, wall_of

_ONE = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)
USUAL = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Day:
    """From one local midnight to the next, in UTC; a day that the zone skipped is empty."""

    date: dt.date
    start: dt.datetime
    end: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        return self.end - self.start

    @property
    def weekend(self) -> bool:
        return self.date.weekday() >= 5


def weeks(window: Window, *, zone: ZoneInfo) -> list[tuple[Day, ...]]:
    """The weeks, Monday to Sunday, that a window has a part in."""
    first = window.start.astimezone(zone).date()
    last = (window.end - _MINUTE).astimezone(zone).date()
    monday = first - first.weekday() * _ONE
    found = []
    while monday <= last:
        dates = [monday + number * _ONE for number in range(8)]
        edges = [_midnight(date, zone) for date in dates]
        found.append(tuple(Day(dates[each], edges[each], edges[each + 1]) for each in range(7)))
        monday += 7 * _ONE
    return found


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return instant_of(first_minute(wall_of(dt.datetime.combine(day, dt.time())), zone=zone))
