"""The one clock. Rules take `now` as an argument; only services and the worker's engine read it here."""

from __future__ import annotations

import datetime as dt
import time


def now() -> dt.datetime:
    """The current instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def monotonic() -> float:
    """Seconds that never run backwards, for durations inside one process."""
    return time.monotonic()


def hour_of(instant: dt.datetime) -> dt.datetime:
    """The instant cut to its hour: what is kept and shown once exact times are no longer needed (design, 3)."""
    return instant.replace(minute=0, second=0, microsecond=0)
