"""A whole year of every state and territory, against hours worked out another way (hours_oracle.py)."""

from __future__ import annotations

import bisect
import datetime as dt
import functools
import random
from zoneinfo import ZoneInfo

import pytest
from fictitious import entry
from hours_oracle import CLOSED, OPEN, STEP, UNKNOWN, Hours, Range, Year

from app.directory.entries import CALLER_LOCAL
from app.directory.matching import open_now
from app.directory.opening_hours import spans
from app.schools.service import LocalDays, holidays_around

YEAR = 2027
DAY: list[Range] = [((9, 0), (17, 0))]
WORKDAYS = dict.fromkeys(range(5), DAY)
NIGHT: list[Range] = [((20, 0), (26, 30))]
NIGHTS = dict.fromkeys(range(7), NIGHT)
THRICE: list[Range] = [((8, 30), (12, 0)), ((13, 30), (17, 0)), ((23, 0), (27, 0))]
SMALL_HOURS: list[Range] = [((0, 30), (2, 30))]
ALL_DAY: list[Range] = [((0, 0), (24, 0))]
HOURS = (
    Hours("Mo-Fr 09:00-17:00", WORKDAYS),
    Hours("PH off; Mo-Fr 09:00-17:00", WORKDAYS, holidays=[]),
    Hours("Mo-Su 20:00-02:30", NIGHTS),
    Hours("Mo-Su 20:00-26:30; PH 22:00-24:00", NIGHTS, holidays=[((22, 0), (24, 0))]),
    Hours(
        "Mo-Th 08:30-12:00,13:30-17:00,23:00-03:00; Sa-Su 00:30-02:30; Dec 25 off; 2027 Apr 04 02:00-05:00; PH off",
        dict.fromkeys(range(4), THRICE) | dict.fromkeys((5, 6), SMALL_HOURS),
        holidays=[],
        dates={(12, 25): []},
        once={dt.date(2027, 4, 4): [((2, 0), (5, 0))]},
    ),
    Hours(
        "Mo-Su; Dec 24-Jan 03 off; 2027 Oct 03 02:00-02:30",
        dict.fromkeys(range(7), ALL_DAY),
        dates={(12, day): [] for day in range(24, 32)} | {(1, day): [] for day in (1, 2, 3)},
        once={dt.date(2027, 10, 3): [((2, 0), (2, 30))]},
    ),
)
# A place of each, its zone, and days on which a school of a part of it differs from the state.
PLACES: dict[str, tuple[str, str, LocalDays]] = {
    "VIC": ("VIC", "Australia/Melbourne", ()),
    # Has a day of its own instead of that of the Melbourne Cup.
    "Geelong": ("VIC", "Australia/Melbourne", (("2027-11-02", False), ("2027-10-22", True))),
    "NSW": ("NSW", "Australia/Sydney", ()),
    "Lord Howe": ("NSW", "Australia/Lord_Howe", ()),
    "Brisbane": ("QLD", "Australia/Brisbane", (("2027-08-11", True),)),
    "SA": ("SA", "Australia/Adelaide", ()),
    "WA": ("WA", "Australia/Perth", ()),
    "Hobart": ("TAS", "Australia/Hobart", (("2027-02-08", True),)),
    "Launceston": ("TAS", "Australia/Hobart", (("2027-11-01", True),)),
    "Alice Springs": ("NT", "Australia/Darwin", (("2027-07-02", True),)),
    "ACT": ("ACT", "Australia/Sydney", ()),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_year_is_as_it_is_worked_out_another_way(place: str) -> None:
    region, name, own = PLACES[place]
    zone = ZoneInfo(name)
    start, end = (dt.datetime(year, 1, 1, tzinfo=zone).astimezone(dt.UTC) for year in (YEAR, YEAR + 1))
    public = holidays_around("AU", region, YEAR, own)
    year = _year(start, end, zone)
    chance = random.Random(place)
    seen = set()
    # Each place has two of them, one that says nothing of holidays and one that does; all together have every one.
    turn = list(PLACES).index(place) % 3
    for number, hours in enumerate(HOURS):
        if number // 2 != turn and not (number == 4 and place in ("VIC", "Lord Howe")):
            continue
        states = year.states(hours, public)
        known = spans(hours.text, start=start, end=end, zone=zone, public_holidays=public)
        assert list(known.open) == year.intervals(states, OPEN), hours.text
        assert list(known.unknown) == year.intervals(states, UNKNOWN), hours.text
        _hold(hours, year, states, zone, public, chance)
        seen.update(states)
    assert seen == {OPEN, UNKNOWN, CLOSED}


_year = functools.cache(Year)


def _hold(
    hours: Hours, year: Year, states: list[str], zone: ZoneInfo, public: frozenset[dt.date], chance: random.Random
) -> None:
    """What is said at an instant, at the edges above all."""
    line = entry("line", hours=hours.text, time_zone=CALLER_LOCAL)
    edges = [place for place in range(1, len(states)) if states[place] != states[place - 1]]
    opens = [start for start, _ in year.intervals(states, OPEN)]
    month = dt.timedelta(days=30)
    last = len(states) - month // STEP - 1
    for place in (*chance.sample(edges, min(40, len(edges))), *(chance.randrange(last) for _ in range(40))):
        for index, late in ((place, 0), (place - 1, 29)):
            if index >= last:
                continue
            at = year.start + index * STEP + dt.timedelta(minutes=late)
            said = open_now(line, at=at, zone=zone, public_holidays=public)
            assert (said.state, said.as_of, said.zone_used) == (states[index], at, zone.key), (hours.text, at)
            opens_at = closes_at = None
            if states[index] == CLOSED:
                following = bisect.bisect_left(opens, at)
                opens_at = opens[following] if following < len(opens) else None
            elif states[index] == OPEN:
                after = next((other for other in range(index, len(states)) if states[other] != OPEN), None)
                if after is not None and states[after] == CLOSED:
                    closes_at = year.start + after * STEP
            expected = [each if each is not None and each - at <= month else None for each in (opens_at, closes_at)]
            assert [said.opens_at, said.closes_at] == expected, (hours.text, at)


@pytest.mark.parametrize(
    ("region", "days"),
    [
        ("VIC", {"2028-04-25": True, "2027-06-14": True, "2027-11-02": True, "2027-09-27": False}),
        ("NSW", {"2028-04-25": True, "2027-06-14": True, "2027-11-02": False}),
        ("QLD", {"2028-04-25": True, "2027-04-26": True, "2027-06-14": False, "2027-10-04": True}),
        ("WA", {"2028-04-25": True, "2027-06-14": False, "2027-09-27": True}),
        ("SA", {"2028-04-25": True, "2027-06-14": True}),
        ("TAS", {"2028-04-25": True, "2027-06-14": True}),
        ("NT", {"2028-04-25": True, "2027-06-14": True}),
        ("ACT", {"2028-04-25": True, "2027-06-14": True}),
    ],
)
def test_the_holidays_are_those_of_the_state(region: str, days: dict[str, bool]) -> None:
    """ANZAC Day everywhere, the King's Birthday on different days, Melbourne Cup Day in Victoria alone."""
    public = holidays_around("AU", region, YEAR)
    assert {day: dt.date.fromisoformat(day) in public for day in days} == days


def test_a_school_keeps_the_days_of_its_town() -> None:
    public = holidays_around("AU", "VIC", YEAR, PLACES["Geelong"][2])
    assert [dt.date(2027, 11, 2) in public, dt.date(2027, 10, 22) in public] == [False, True]
    assert dt.date(2027, 11, 2) in holidays_around("AU", "VIC", YEAR)


def test_hours_of_the_callers_own_are_read_where_the_caller_is() -> None:
    line = entry("line", hours="Mo-Fr 09:00-17:00", time_zone=CALLER_LOCAL)
    noon = dt.datetime(2027, 3, 10, 22, 30, tzinfo=dt.UTC)
    for zone, state in (("Australia/Melbourne", OPEN), ("Australia/Perth", CLOSED), ("Europe/London", CLOSED)):
        said = open_now(line, at=noon, zone=ZoneInfo(zone))
        assert (said.state, said.zone_used) == (state, zone)
    fixed = entry("fixed", hours="Mo-Fr 09:00-17:00", time_zone="Australia/Perth")
    assert open_now(fixed, at=noon, zone=ZoneInfo("Australia/Melbourne")).zone_used == "Australia/Perth"
