"""How figures are made coarse, so that one report more or less moves none of them (decision 50). Pure.

Figures are kept for years by whoever scrapes them, long after a report was closed and its times were cut to the hour.
"""

from __future__ import annotations

import datetime as dt

# Requests are shown by the score: the next step may have been any of twenty.
REQUESTS = 20
ITEMS = 10
IN_FLIGHT = 10
# Ages of work, and the times at which work is looked at.
SLOT = dt.timedelta(minutes=5)
HOUR = dt.timedelta(hours=1)
MINUTE = 60
CPU_SECONDS = 10
MEMORY_BYTES = 16 * 1024 * 1024
FILES = 16


def down(value: float, step: int) -> int:
    """The greatest multiple of `step` that is no more than `value`; nought below nought."""
    return max(0, int(value // step) * step)


def share(used: int, size: int) -> float:
    """How full something is, in quarters; nought below a half, for one use alone would be seen."""
    quarters = 4 * used // size if size else 0
    return quarters / 4 if quarters >= 2 and used > 1 else 0.0


def halves(seconds: float) -> float:
    """To the next half: what is smaller is how long the question was on its way."""
    return round(seconds * 2) / 2 or 0.0


def slot_of(instant: dt.datetime, length: dt.timedelta) -> int:
    """Which of the equal pieces of all time this is: a figure that is read once in each says when, to that piece."""
    return int(instant.timestamp() // length.total_seconds())
