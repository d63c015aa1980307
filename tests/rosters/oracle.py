"""The roster semantics a second time, as slow and literal as can be, to hold the renderer against.

For every minute it looks at a clock on the wall. Where a wall-clock time lies is found by looking through all minutes,
a slot by counting handoffs from the rotation's start, a window by looking through all windows.
"""

from __future__ import annotations

import datetime as dt
import functools
from bisect import bisect_right
from zoneinfo import ZoneInfo

from app.rosters.definition import Layer, Override, Roster, Rotation, Window

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
# What it looks through: longer by more than a week, the longest window, than what definitions and windows reach to.
HISTORY = dt.timedelta(days=28)
BEYOND = dt.timedelta(days=12)


class Wall:
    """All that a clock shows from `HISTORY` before `origin` until `BEYOND` after it, every `step`."""

    def __init__(self, zone: str, origin: dt.datetime, step: dt.timedelta = MINUTE) -> None:
        self.first: dict[dt.datetime, dt.datetime] = {}
        self.last: dict[dt.datetime, dt.datetime] = {}
        minutes = [origin - HISTORY + n * step for n in range((HISTORY + BEYOND) // step)]
        for minute in minutes:
            shown = minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            self.first.setdefault(shown, minute)
            self.last[shown] = minute
        self.opens, self.closes = min(self.first), max(self.first)
        local = self.closes
        while local > self.opens:
            after, local = self.first[local], local - step
            if local not in self.first:  # skipped: the first instant after the change
                self.first[local] = self.last[local] = after

    def covers(self, local: dt.datetime) -> bool:
        return self.opens <= local <= self.closes


wall_of = functools.cache(Wall)


class LayerOracle:
    """Who one layer has at a minute."""

    def __init__(self, layer: Layer, *, zone: str, origin: dt.datetime, step: dt.timedelta = MINUTE) -> None:
        self.layer = layer
        self.wall = wall_of(layer.time_zone or zone, origin, step)
        self.windows = self._windows()
        self.open = [
            (self.wall.first[start], self.wall.last[end])
            for start, end in self.windows
            if self.wall.covers(start) and self.wall.covers(end)
        ]
        self.handoffs = {version.rotation: self._handoffs(version.rotation) for version in layer.versions}

    def person(self, at: dt.datetime) -> str | None:
        ruling = [v for v in self.layer.versions if v.effective_from is None or v.effective_from <= at]
        if not ruling:
            return None
        rotation = ruling[-1].rotation
        if at < self.wall.first[rotation.start_local]:
            return None
        if rotation.until_local is not None and at >= self.wall.last[rotation.until_local]:
            return None
        if not self.is_open(at):
            return None
        turn = bisect_right(self.handoffs[rotation], at) - 1
        size = len(rotation.participants)
        order = [rotation.participants[(turn + n) % size] for n in range(size)]
        away = {p.person for p in rotation.paused if p.start <= at and (p.end is None or at < p.end)}
        return next((person for person in order if person not in away), None)

    def is_open(self, at: dt.datetime) -> bool:
        restricted = bool(self.layer.restrictions or self.layer.weekly_ranges)
        return not restricted or any(start <= at < end for start, end in self.open)

    def _windows(self) -> list[tuple[dt.datetime, dt.datetime]]:
        """Every window on the wall, restriction by restriction and day by day, and those of two weeks before."""
        windows = []
        day = self.wall.opens.replace(hour=0, minute=0) - 14 * DAY
        while day < self.wall.closes:
            for restriction in self.layer.restrictions:
                if day.weekday() in restriction.days:
                    start = dt.datetime.combine(day, restriction.start)
                    end = dt.datetime.combine(day, restriction.end)
                    windows.append((start, end if end > start else end + DAY))
            for weekly in self.layer.weekly_ranges:
                if day.weekday() == weekly.start.day:
                    start = dt.datetime.combine(day, weekly.start.time)
                    ends = [dt.datetime.combine(day + n * DAY, weekly.end.time) for n in range(8)]
                    windows.append((start, next(e for e in ends if e.weekday() == weekly.end.day and e > start)))
            day += DAY
        return windows

    def _handoffs(self, rotation: Rotation) -> list[dt.datetime]:
        """When turn 0, 1, 2 and so on begin."""
        begins = self.wall.first[rotation.start_local]
        if rotation.advance_on == "active":
            own = {
                start
                for start, _ in self.windows
                if self.wall.covers(start) and not any(other < start < end for other, end in self.windows)
            }
            if own:  # else windows overlap all the way round, as if there were no restriction
                starts = [self.wall.first[start] for start in sorted(own)]
                before = [start for start in starts if start <= begins]
                in_force = any(start <= begins < end for start, end in self.open)
                return [*(before[-1:] if in_force else []), *(start for start in starts if start > begins)]
        handoffs = []
        length = {"hour": dt.timedelta(hours=1), "day": DAY, "week": 7 * DAY}[rotation.unit] * rotation.length
        local, elapsed = rotation.start_local, begins
        while self.wall.covers(local):
            handoffs.append(elapsed if rotation.unit == "hour" and 24 % rotation.length else self.wall.first[local])
            local, elapsed = local + length, elapsed + length
        return handoffs


def on_call_by_minute(roster: Roster, window: Window, *, origin: dt.datetime) -> list[tuple[str, ...]]:
    """Who is on call in each minute of the window, in alphabetical order."""
    layers = sorted(roster.layers, key=lambda layer: -layer.rank)
    oracles = [LayerOracle(layer, zone=roster.time_zone, origin=origin) for layer in layers]
    answers = []
    at = window.start
    while at < window.end:
        people = [person for person in (oracle.person(at) for oracle in oracles) if person is not None]
        if roster.combine == "precedence":
            people = people[:1]
        answers.append(tuple(sorted(overridden(people, overrides=roster.overrides, at=at))))
        at += MINUTE
    return answers


def overridden(people: list[str], *, overrides: tuple[Override, ...], at: dt.datetime) -> set[str]:
    applicable = [
        override
        for override in overrides
        if override.start <= at < override.end and (override.replaces is None or override.replaces in people)
    ]
    if not applicable:
        return set(people)
    newest = max(applicable, key=lambda override: override.created_seq)
    kept = set() if newest.replaces is None else set(people) - {newest.replaces}
    return kept if newest.person is None else kept | {newest.person}
