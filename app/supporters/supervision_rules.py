"""When supervision is, by the school's clock, and when somebody has been without it for too long. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from app.rosters.wall_clock import first_minute, instant_of, wall_of

WEEK = dt.timedelta(weeks=1)
# A pause as instants; None: it goes on.
Pause = tuple[dt.datetime, dt.datetime | None]


def occurrences(
    first: dt.datetime, *, every_weeks: int | None, ends_on: dt.date | None, zone: ZoneInfo
) -> list[dt.datetime]:
    """The instants at which sessions begin, always at the same time of the wall clock, up to a last day.

    Where the clock skips that time it is the first instant after it. Without `every_weeks` there is one.
    """
    found, at = [instant_in(first, zone)], first
    while every_weeks is not None and ends_on is not None:
        at += every_weeks * WEEK
        if at.date() > ends_on:
            break
        found.append(instant_in(at, zone))
    return found


def instant_in(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return instant_of(first_minute(wall_of(local), zone=zone))


def due_at(counts_from: dt.datetime, *, weeks: int, pauses: Iterable[Pause]) -> dt.datetime | None:
    """When somebody is overdue who was last at supervision at `counts_from`; None while they pause.

    The clock stands still in a pause: what lies after `counts_from` is added.
    """
    due = counts_from + weeks * WEEK
    counted = counts_from
    for start, end in sorted(pauses, key=lambda each: each[0]):
        if end is not None and end <= counted:
            continue
        since = max(start, counted)
        if since >= due:
            # It was due before that pause began; one that goes on now is looked at by whoever asks.
            break
        if end is None:
            return None
        due += end - since
        counted = end
    return due


def is_paused(pauses: Iterable[Pause], *, now: dt.datetime) -> bool:
    return any(start <= now and (end is None or end > now) for start, end in pauses)
