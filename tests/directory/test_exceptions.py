"""Dates on which other hours count, and what cannot be a date."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from keeping import keeper

from app.directory.hours_notation import OpeningHoursError, parse
from app.directory.opening_hours import OpenState, open_now, spans, spans_around, state
from tests.support.world import World

SYDNEY = ZoneInfo("Australia/Sydney")
HOLIDAYS = frozenset({dt.date(2026, 12, 25), dt.date(2026, 12, 28), dt.date(2027, 1, 1)})
YEAR_END = "Mo-Fr 09:00-17:00; PH 10:00-12:00; Dec 24-Jan 03 off; 2026 Dec 28 13:00-14:00; Dec 29 08:00-09:00"


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("Mo-Fr 09:00-17:00; Dec 24 off", "2026-12-24T12:00", "closed"),
        ("Dec 24 off; Mo-Fr 09:00-17:00", "2026-12-24T12:00", "closed"),
        ("Mo-Fr 09:00-17:00; Dec 24 off", "2026-12-23T12:00", "open"),
        ("Mo-Fr 09:00-17:00; 2026 Dec 24 09:00-12:00", "2026-12-24T13:00", "closed"),
        ("Mo-Fr 09:00-17:00; 2026 Dec 24 09:00-12:00", "2025-12-24T13:00", "open"),
        ("24/7; Dec 25 off", "2026-12-25T12:00", "closed"),
        ("24/7; Dec 25 off", "2026-12-28T12:00", "open"),
        ("PH off; Dec 25 10:00-11:00", "2026-12-25T10:30", "open"),
        (YEAR_END, "2026-12-25T10:30", "closed"),
        (YEAR_END, "2026-12-28T13:30", "open"),
        (YEAR_END, "2027-01-01T10:30", "closed"),
        (YEAR_END, "2027-01-04T10:30", "open"),
        # Of two that are as precise, the last counts.
        (YEAR_END, "2026-12-29T08:30", "open"),
        ("2026 Dec 28 13:00-14:00; Dec 28 08:00-09:00", "2026-12-28T08:30", "closed"),
        ("Mo-Su 09:00-17:00; 2026 Dec 24-2027 Jan 03 off", "2027-01-03T12:00", "closed"),
        ("Mo-Su 09:00-17:00; 2026 Dec 24-2027 Jan 03 off", "2027-12-30T12:00", "open"),
        ("Mo-Su 09:00-17:00; Feb 29 off", "2028-02-29T12:00", "closed"),
        ("Mo-Su 09:00-17:00; Feb 29 off", "2027-03-01T12:00", "open"),
        # Into a public holiday that nothing is said of.
        ("Dec 24 22:00-02:00", "2026-12-25T01:00", "unknown"),
        ("Mo-Su 20:00-02:00; Dec 25 off", "2026-12-25T01:00", "open"),
        ("Mo-Su 20:00-02:00; Dec 25 off", "2026-12-26T01:00", "closed"),
        ("Mo-Su 09:00-17:00; Mar 1 - Mar 5 off", "2027-03-03T12:00", "closed"),
    ],
)
def test_what_counts_on_a_date(hours: str, at: str, expected: str) -> None:
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=SYDNEY)
    assert state(hours, at=moment, zone=SYDNEY, public_holidays=HOLIDAYS) == expected
    known = spans_around(hours, moment.date() - dt.timedelta(days=1), SYDNEY, HOLIDAYS)
    assert open_now(known, at=moment, zone_used=SYDNEY.key).state in (expected, OpenState.UNKNOWN)


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ("Feb 30 off", "no such date"),
        ("2027 Feb 29 off", "no such date"),
        ("Apr 31 off", "no such date"),
        ("Dec 0 off", "no such date"),
        ("0000 Dec 25 off", "no such date"),
        ("Dez 25 off", "months are"),
        ("Dec 25", "followed by times or off"),
        ("Dec 25 sometimes", "followed by times or off"),
        ("2026 Dec 24-Jan 03 off", "both have a year"),
        ("Dec 24-2027 Jan 03 off", "both have a year"),
        ("2027 Jan 03-2026 Dec 24 off", "before the first"),
        ("Dec 25 Mo-Fr 09:00-12:00", "dates are such as"),
        ("Dec 25 09:00-12", "times are ranges"),
        ("Mo-Fr 09:00-17:00; Feb 30 off", "rule 2"),
    ],
)
def test_impossible_dates_are_refused_with_what_is_wrong(hours: str, why: str) -> None:
    with pytest.raises(OpeningHoursError, match=why):
        parse(hours)


def test_on_a_holiday_that_the_hours_do_not_name_nothing_is_promised() -> None:
    """Neither open nor closed: a span of its own, also of what runs into that day or out of it."""
    day = dt.datetime(2026, 12, 24, tzinfo=SYDNEY)
    days = {"start": day, "end": day + dt.timedelta(days=3), "zone": SYDNEY, "public_holidays": HOLIDAYS}

    def found(hours: str) -> tuple[list[str], list[str]]:
        known = spans(hours, **days)
        open_, unknown = (
            [f"{start.astimezone(SYDNEY):%d %H}-{end.astimezone(SYDNEY):%d %H}" for start, end in each]
            for each in (known.open, known.unknown)
        )
        return open_, unknown

    assert found("Mo-Su 20:00-02:00") == (["24 00-24 02", "24 20-25 00", "26 20-27 00"], ["25 00-25 02", "25 20-26 02"])
    assert found("Mo-Su 20:00-02:00; PH off") == (["24 00-24 02", "24 20-25 02", "26 20-27 00"], [])
    assert found("Mo-Su 20:00-02:00; Dec 25 21:00-22:00") == (
        ["24 00-24 02", "24 20-25 02", "25 21-25 22", "26 20-27 00"],
        [],
    )
    assert found("24/7") == (["24 00-27 00"], [])


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("Mo-Fr 09:00-17:00", "2026-12-23T12:00", ("open", None, "2026-12-23T17:00")),
        ("Mo-Fr 09:00-17:00", "2026-12-23T18:30", ("closed", "2026-12-24T09:00", None)),
        # Nobody knows of the holiday: the first opening that can be promised.
        ("Mo-Fr 09:00-17:00", "2026-12-24T18:30", ("closed", "2026-12-29T09:00", None)),
        ("Mo-Fr 09:00-17:00", "2026-12-25T12:00", ("unknown", None, None)),
        ("Mo-Fr 09:00-17:00", "2026-12-25T18:00", ("closed", "2026-12-29T09:00", None)),
        # Nobody knows whether it closes when the holiday begins.
        ("Mo-Su 20:00-02:00", "2026-12-24T21:00", ("open", None, None)),
        ("Mo-Su 00:00-24:00", "2027-02-01T12:00", ("open", None, None)),
        ("2027 Jun 01 09:00-10:00", "2027-04-01T12:00", ("closed", None, None)),
        ("2027 Jun 01 09:00-10:00", "2027-05-20T12:00", ("closed", "2027-06-01T09:00", None)),
    ],
)
def test_what_is_said_at_a_minute(hours: str, at: str, expected: tuple[str, str | None, str | None]) -> None:
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=SYDNEY)
    known = spans_around(hours, moment.date() - dt.timedelta(days=1), SYDNEY, HOLIDAYS)
    said = open_now(known, at=moment + dt.timedelta(seconds=42), zone_used="Australia/Sydney")
    assert said.as_of == moment
    shown = [each and f"{each.astimezone(SYDNEY):%Y-%m-%dT%H:%M}" for each in (said.opens_at, said.closes_at)]
    assert (said.state, *shown) == expected


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_exceptions_of_a_year_fit_in(world: World) -> None:
    """As many as a service has that closes between terms: written, changed, and brought in."""
    it = await keeper(world)
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    hours = "Mo-Fr 09:00-17:00; PH off" + "".join(f"; 2027 {month} 05-2027 {month} 09 off" for month in months)
    assert 300 < len(hours) <= 500
    assert (await it.make(id="between-terms", hours=hours)).status_code == 201
    shorter = await it.do("PATCH", "between-terms", {"hours": "Mo-Fr 09:00-17:00"})
    assert shorter.status_code == 200
    longer = await it.do("PATCH", "between-terms", {"hours": hours})
    assert (longer.status_code, longer.json()["entry"]["hours"]) == (200, hours), longer.text
    assert (await it.make(id="too-many", hours=hours + hours)).status_code == 422
