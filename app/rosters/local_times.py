"""Wall-clock times that somebody typed in: refused where the clock change makes them mean nothing, or two things."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.core.problems import InvalidRequest


def instant_of(local: dt.datetime, zone: ZoneInfo, *, pointer: str) -> dt.datetime:
    """The instant, in UTC, of a naive local time on a whole minute.

    Raises InvalidRequest for a time that the clock skips or shows twice, naming both readings: a rotation has a rule
    for that (roster-semantics, rule 3), but somebody who types such a time means one of the two.
    """
    earlier, later = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(dt.UTC)
    instants = sorted(reading.astimezone(dt.UTC) for reading in (earlier, later))
    readings = [instant.astimezone(zone).isoformat(timespec="minutes") for instant in instants]
    skipped = earlier.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != local
    code, what = ("local_time_missing", "skips") if skipped else ("local_time_doubled", "shows twice")
    detail = f"The clock {what} this time that day. Say which you mean: {readings[0]} or {readings[1]}."
    raise InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
