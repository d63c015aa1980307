"""Wall-clock time to instants and back, where the clock changes too (roster-semantics, rule 3).

Both sides are counted in whole minutes from the start of 1970: instants ("minute") in UTC, wall-clock times ("wall") as
a clock in the zone would show them. Offsets of the distant past that have seconds are rounded down to a minute.
"""

from __future__ import annotations

import datetime as dt

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WALL_EPOCH = EPOCH.replace(tzinfo=None)
_MINUTE = dt.timedelta(minutes=1)
_SECOND = dt.timedelta(seconds=1)


def minute_of(instant: dt.datetime) -> int:
    """The minute that holds an aware instant."""
    return (instant - EPOCH) // _MINUTE


def instant_of(minute: int) -> dt.datetime:
    """The aware UTC instant at which a minute begins."""
    return EPOCH + dt.timedelta(minutes=minute)


def wall_of(local: dt.datetime) -> int:
    """The wall minute of a naive local time."""
    return (local - _WALL_EPOCH) // _MINUTE


def wall_at(minute: int, *, zone: dt.tzinfo) -> int:
    """What the clock in `zone` shows at an instant."""
    return wall_of(instant_of(minute).astimezone(zone).replace(tzinfo=None))


def first_minute(wall: int, *, zone: dt.tzinfo) -> int:
    """The instant of a wall time: its first occurrence, or the first instant after the change that skips it.

    For handoffs and for the start of windows and layers. Never decreases as `wall` grows.
    """
    return _minute(wall, zone=zone, last=False)


def last_minute(wall: int, *, zone: dt.tzinfo) -> int:
    """The instant of a wall time: its last occurrence, or the first instant after the change that skips it.

    For the end of windows and layers.
    """
    return _minute(wall, zone=zone, last=True)


def _minute(wall: int, *, zone: dt.tzinfo, last: bool) -> int:
    earlier = dt.datetime(1970, 1, 1, tzinfo=zone) + dt.timedelta(minutes=wall)
    before, after = _offset(earlier), _offset(earlier.replace(fold=1))
    if before < after:
        return _change_between(wall, before=before, after=after, zone=zone)
    return (wall * 60 - (after if last else before)) // 60


def _change_between(wall: int, *, before: int, after: int, zone: dt.tzinfo) -> int:
    """The clock change that skips `wall`: the old offset puts the wall time after it, the new one before it."""
    old, new = wall * 60 - after, wall * 60 - before
    while new - old > 1:
        middle = (old + new) // 2
        if _offset((EPOCH + middle * _SECOND).astimezone(zone)) == before:
            old = middle
        else:
            new = middle
    return new // 60


def _offset(moment: dt.datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return offset // _SECOND
