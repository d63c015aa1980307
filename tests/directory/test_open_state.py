"""Whether a service is open, on whose clock, and when nobody can say."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from fictitious import entry

from app.directory.entries import CALLER_LOCAL, Entry
from app.directory.matching import open_now
from app.directory.opening_hours import OpenState

SYDNEY = ZoneInfo("Australia/Sydney")
NIGHT = dt.datetime(2026, 3, 11, 2, tzinfo=SYDNEY)
NOON = dt.datetime(2026, 3, 11, 12, tzinfo=SYDNEY)
DAYTIME = {"hours": "Mo-Fr 09:00-17:00", "time_zone": CALLER_LOCAL}


def open_state(line: Entry, *, at: dt.datetime, zone: ZoneInfo, **more: frozenset[dt.date]) -> OpenState:
    return open_now(line, at=at, zone=zone, **more).state


def test_callers_hours_are_read_on_the_schools_clock() -> None:
    line = entry("line", **DAYTIME)
    at = dt.datetime(2026, 3, 11, 9, 30, tzinfo=SYDNEY)
    assert open_state(line, at=at, zone=SYDNEY) == "open"
    assert open_state(line, at=at, zone=ZoneInfo("Australia/Perth")) == "closed"


def test_hours_with_a_zone_stay_on_their_own_clock() -> None:
    line = entry("line", hours="Mo-Fr 09:00-17:00", time_zone="Australia/Perth")
    assert open_state(line, at=dt.datetime(2026, 3, 11, 9, 30, tzinfo=SYDNEY), zone=SYDNEY) == "closed"


def test_unknown_hours_are_unknown() -> None:
    assert open_state(entry("line", hours=None), at=NOON, zone=SYDNEY) == "unknown"


def test_on_a_holiday_that_the_hours_do_not_name_nobody_knows() -> None:
    holidays = frozenset({NOON.date()})
    line = entry("line", **DAYTIME)
    assert open_state(line, at=NOON, zone=SYDNEY, public_holidays=holidays) == "unknown"
    assert open_state(line, at=NIGHT, zone=SYDNEY, public_holidays=holidays) == "closed"
    assert open_state(entry("line"), at=NOON, zone=SYDNEY, public_holidays=holidays) == "open"
