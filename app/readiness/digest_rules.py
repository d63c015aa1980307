"""When a digest of the week is due, by the school's own clock: values in, values out."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# A worker that was away for longer tells it no more: the week is half over.
STILL_TOLD = dt.timedelta(hours=24)
QUARTER = dt.timedelta(minutes=15)


def due_week(*, now: dt.datetime, zone: ZoneInfo, weekday: int, hour: int) -> dt.date | None:
    """The Monday of the week whose digest is due; None where none is.

    On a night on which the hour does not exist it is due when the clock has passed it.
    """
    today = now.astimezone(zone).date()
    day = today - dt.timedelta(days=(today.weekday() - weekday) % 7)
    due = dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)
    if due > now:
        day -= dt.timedelta(days=7)
        due = dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)
    if now - due >= STILL_TOLD:
        return None
    return day - dt.timedelta(days=day.weekday())


def next_look(now: dt.datetime) -> dt.datetime:
    """The next quarter of an hour: there are zones that are half an hour, or three quarters, off the full one."""
    start = now.replace(minute=0, second=0, microsecond=0)
    return start + QUARTER * ((now - start) // QUARTER + 1)


def waiting(*, received: int, late: bool, fewest: int) -> str:
    """Whether reports wait for longer than was promised; of so few nobody is told even that."""
    if received < fewest:
        return "suppressed"
    return "yes" if late else "no"
