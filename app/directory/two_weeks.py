"""The days for which a copy says when a service is open, for a telephone without a signal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from app.core.schemas import Instant, OutputModel
from app.directory.opening_hours import Interval

DAYS = 14
# More than the longest hours that we accept can have in these days.
MOST_INTERVALS = 1000


class IntervalOut(OutputModel):
    """From `start` until `end`, which is not included."""

    start: Instant
    end: Instant


def two_weeks(day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """From the midnight that begins a local day to the one that ends its second week (UTC)."""
    first, last = (
        dt.datetime.combine(each, dt.time(), tzinfo=zone).astimezone(dt.UTC)
        for each in (day, day + dt.timedelta(days=DAYS))
    )
    return first, last


def intervals_out(found: Iterable[Interval]) -> list[IntervalOut]:
    return [IntervalOut(start=start, end=end) for start, end in found]
