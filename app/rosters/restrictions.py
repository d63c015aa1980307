"""When a layer may have somebody: its restriction windows as a weekly pattern, and as instants (rules 3 to 5)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from app.rosters.definition import Layer
from app.rosters.wall_clock import first_minute, last_minute, wall_at

DAY = 24 * 60
WEEK = 7 * DAY
FIRST_MONDAY = -3 * DAY  # 29 December 1969, in wall minutes
# No clock was ever set forward or back by more than a day: Apia and Kwajalein skipped one, across the date line.
_LARGEST_CHANGE = DAY


class WeeklyWindow(NamedTuple):
    """A window in wall minutes since Monday 00:00; `end` may lie in the next week."""

    start: int
    end: int


def weekly_windows(layer: Layer) -> tuple[WeeklyWindow, ...]:
    """The layer's restriction windows in a week, in order of their start; none if it may have somebody at any time.

    Windows that overlap on the wall clock are one window. Windows that only touch stay two, so that weekdays of 24
    hours are five turns, not one (roster-semantics, rules 4 and 5).
    """
    stated = sorted(_stated_windows(layer))
    merged: list[WeeklyWindow] = []
    for shift in (-WEEK, 0, WEEK):
        for window in stated:
            start, end = window.start + shift, window.end + shift
            if merged and start < merged[-1].end:
                merged[-1] = WeeklyWindow(merged[-1].start, max(merged[-1].end, end))
            else:
                merged.append(WeeklyWindow(start, end))
    if any(window.end - window.start > WEEK for window in merged):
        return ()  # overlaps all the way round the week: nothing is left out
    return tuple(window for window in merged if 0 <= window.start < WEEK)


def open_times(windows: tuple[WeeklyWindow, ...], *, zone: dt.tzinfo, start: int, end: int) -> list[tuple[int, int]]:
    """The windows between two instants, in minutes, ascending and apart; everything if there are no windows.

    A window that lies wholly in a skipped stretch of the wall clock has no time.
    """
    if not windows:
        return [(start, end)]
    times: list[tuple[int, int]] = []
    from_wall = wall_at(start, zone=zone) - _LARGEST_CHANGE
    week = from_wall - (from_wall - FIRST_MONDAY) % WEEK - WEEK
    while True:
        for window in windows:
            if week + window.end < from_wall:
                continue
            opens = first_minute(week + window.start, zone=zone)
            if opens >= end:
                return times
            closes = min(last_minute(week + window.end, zone=zone), end)
            opens = max(opens, start)
            if times and opens <= times[-1][1]:
                times[-1] = (times[-1][0], closes)
            elif opens < closes:
                times.append((opens, closes))
        week += WEEK


def _stated_windows(layer: Layer) -> set[WeeklyWindow]:
    windows = set()
    for restriction in layer.restrictions:
        opens, closes = _minutes(restriction.start), _minutes(restriction.end)
        length = (closes - opens) % DAY or DAY
        windows |= {WeeklyWindow(day * DAY + opens, day * DAY + opens + length) for day in restriction.days}
    for weekly in layer.weekly_ranges:
        opens = weekly.start.day * DAY + _minutes(weekly.start.time)
        closes = weekly.end.day * DAY + _minutes(weekly.end.time)
        windows.add(WeeklyWindow(opens, opens + ((closes - opens) % WEEK or WEEK)))
    return windows


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute
