"""Which slot of a rotation an instant falls in, by arithmetic: never by walking from its start (rules 2 and 5)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.rosters.definition import Rotation
from app.rosters.restrictions import DAY, FIRST_MONDAY, WEEK, WeeklyWindow
from app.rosters.wall_clock import first_minute, last_minute, wall_at, wall_of

UNIT_MINUTES = {"hour": 60, "day": DAY, "week": WEEK}


class Slot(NamedTuple):
    """Part of a turn, in minutes: where it lies, the turn's number since the rotation's start, the turn's own start."""

    start: int
    end: int
    number: int
    begins: int


@dataclass(frozen=True, slots=True)
class _Handoffs:
    """Handoff k is at `anchor + (k // m) * period + offsets[k mod m]` on the clock of `zone`, m = number of offsets.

    Turn 0 is the one in force, or the next to come, when the rotation starts: handoff `zero`.
    """

    zone: dt.tzinfo
    anchor: int
    period: int
    offsets: tuple[int, ...]
    zero: int = 0


def slots(
    rotation: Rotation, *, zone: dt.tzinfo, windows: tuple[WeeklyWindow, ...], start: int, end: int
) -> Iterator[Slot]:
    """The slots of a rotation between two instants, in minutes, ascending, each with some time in it.

    `windows` are the layer's restriction windows: with `advance_on: active` each is one turn, whatever the unit and
    length say; a layer without restrictions is always active, so its turns are its slots (roster-semantics, rules 2 and
    5). A slot that the clock skips whole has no time, and its turn is gone.
    """
    begins = first_minute(wall_of(rotation.start_local), zone=zone)
    start = max(start, begins)
    if rotation.until_local is not None:
        end = min(end, last_minute(wall_of(rotation.until_local), zone=zone))
    if start >= end:
        return
    handoffs = _handoffs(rotation, zone=zone, windows=windows, begins=begins)
    index = _index_at(handoffs, minute=start)
    opens = _handoff(handoffs, index=index)
    while opens < end:
        closes = _handoff(handoffs, index=index + 1)
        since, until = max(opens, start), min(closes, end)
        if since < until:
            yield Slot(since, until, index - handoffs.zero, max(opens, begins))
        index, opens = index + 1, closes


def _handoffs(rotation: Rotation, *, zone: dt.tzinfo, windows: tuple[WeeklyWindow, ...], begins: int) -> _Handoffs:
    if rotation.advance_on == "active" and windows:
        every_window = _Handoffs(zone, FIRST_MONDAY, WEEK, tuple(window.start for window in windows))
        latest = _index_at(every_window, minute=begins)
        week, place = divmod(latest, len(windows))
        closes = last_minute(FIRST_MONDAY + week * WEEK + windows[place].end, zone=zone)
        zero = latest if begins < closes else latest + 1
        return _Handoffs(zone, FIRST_MONDAY, WEEK, every_window.offsets, zero)
    if rotation.unit == "hour" and 24 % rotation.length:
        return _Handoffs(dt.UTC, begins, rotation.length * 60, (0,))
    length = rotation.length * UNIT_MINUTES[rotation.unit]
    return _Handoffs(zone, wall_of(rotation.start_local), length, (0,))


def _handoff(handoffs: _Handoffs, *, index: int) -> int:
    round_, place = divmod(index, len(handoffs.offsets))
    wall = handoffs.anchor + round_ * handoffs.period + handoffs.offsets[place]
    return first_minute(wall, zone=handoffs.zone)


def _index_at(handoffs: _Handoffs, *, minute: int) -> int:
    """The latest handoff that the clock has shown by an instant: none is later than the instant itself.

    While an hour is repeated it may be one of the hour's first pass too early, which costs a few empty slots.
    """
    rounds, rest = divmod(wall_at(minute, zone=handoffs.zone) - handoffs.anchor, handoffs.period)
    return rounds * len(handoffs.offsets) + bisect_right(handoffs.offsets, rest) - 1
