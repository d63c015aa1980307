"""Open or closed, and when that changes: the notation, midnight, public holidays, clock changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.hours_notation import OpeningHoursError, parse
from app.directory.opening_hours import OpenState, next_change, next_opening, state

SYDNEY = ZoneInfo("Australia/Sydney")
CHRISTMAS = frozenset({dt.date(2026, 12, 25)})
READING = "Mo-Fr 09:00-17:00; PH off"


def sydney(text: str, *, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SYDNEY, fold=fold)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# 2026-03-11 is a Wednesday.
@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("24/7", "2026-03-11T03:00", "open"),
        ("Mo-Fr 08:30-17:00", "2026-03-11T08:29", "closed"),
        ("Mo-Fr 08:30-17:00", "2026-03-11T08:30", "open"),
        ("Mo-Fr 08:30-17:00", "2026-03-11T17:00", "closed"),
        ("Mo-Fr 08:30-17:00", "2026-03-14T12:00", "closed"),
        ("Mo-Su 08:00-24:00", "2026-03-11T23:59", "open"),
        ("Mo-Su 08:00-24:00", "2026-03-12T00:00", "closed"),
        ("Mo-Fr 09:00-12:00,13:00-17:00", "2026-03-11T12:30", "closed"),
        ("Mo-Fr 09:00-12:00, 13:00-17:00", "2026-03-11T13:00", "open"),
        ("Mo-Fr 09:00-17:00; Sa 10:00-12:00", "2026-03-14T11:00", "open"),
        ("Mo-Fr 09:00-17:00; We 10:00-12:00", "2026-03-11T14:00", "closed"),
        ("Mo-Su 09:00-17:00; We off", "2026-03-11T14:00", "closed"),
        ("Mo-Su 09:00-17:00; We closed", "2026-03-12T14:00", "open"),
        ("Fr-Mo 09:00-17:00", "2026-03-15T12:00", "open"),
        ("Fr-Mo 09:00-17:00", "2026-03-11T12:00", "closed"),
        ("Mo,We-Th 09:00-17:00", "2026-03-12T12:00", "open"),
        ("Sa,Su", "2026-03-14T00:00", "open"),
        ("09:00-17:00", "2026-03-15T12:00", "open"),
        ("We 22:00-02:00", "2026-03-12T01:59", "open"),
        ("We 22:00-02:00", "2026-03-12T02:00", "closed"),
        ("We 22:00-26:00", "2026-03-12T01:59", "open"),
        ("We 22:00-02:00; Th off", "2026-03-12T01:00", "open"),
        ("We 09:00-09:00", "2026-03-12T08:59", "open"),
    ],
)
def test_the_notation(hours: str, at: str, expected: str) -> None:
    assert state(hours, at=sydney(at), zone=SYDNEY) == expected


@pytest.mark.parametrize(
    "hours",
    [
        "",
        ";",
        "Mo-Fr 09:00-17:00;",
        "Mo-Fr 9:00-17:00",
        "Mo-Fr 09:00",
        "Mo-Fr 09:00+",
        "Mo-Fr 09:60-17:00",
        "Mo-Fr 24:00-26:00",
        "Mo-Fr 22:00-49:00",
        "Mo-Fr 01:00-26:00",
        "Mo-Fr09:00-17:00",
        "Mooff",
        "Xx 09:00-17:00",
        "Mo-Tu-We 09:00-17:00",
        "Mo, 09:00-17:00",
        "PH-Mo off",
        "Jan-Mar Mo 09:00-17:00",
        "Mo-Fr 09:00-17:00 || unknown",
        "sunrise-sunset",
        "Mo-Fr ٠٩:٠٠-١٧:٠٠",
        "Mo " * 100,
    ],
)
def test_what_the_notation_does_not_have_is_refused(hours: str) -> None:
    with pytest.raises(OpeningHoursError):
        parse(hours)


def test_a_fault_names_its_rule_and_repeats_nothing() -> None:
    with pytest.raises(OpeningHoursError, match="rule 2") as caught:
        parse("Mo-Fr 09:00-17:00; my neighbour says evenings")
    assert "neighbour" not in str(caught.value)


def test_hours_that_nobody_wrote_down_are_unknown() -> None:
    at = sydney("2026-03-11T12:00")
    assert state(None, at=at, zone=SYDNEY) is OpenState.UNKNOWN
    assert next_change(None, after=at, zone=SYDNEY) is None
    assert next_opening(None, after=at, zone=SYDNEY) is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda moment: state(READING, at=moment, zone=SYDNEY),
        lambda moment: next_change(READING, after=moment, zone=SYDNEY),
        lambda moment: next_opening(READING, after=moment, zone=SYDNEY),
    ],
)
def test_a_moment_needs_a_zone(ask: Callable[[dt.datetime], object]) -> None:
    with pytest.raises(OpeningHoursError):
        ask(dt.datetime(2026, 3, 11, 12))  # noqa: DTZ001


@pytest.mark.parametrize("hours", [READING, "PH off; Mo-Fr 09:00-17:00"])
def test_a_public_holiday_is_off_wherever_its_rule_stands(hours: str) -> None:
    christmas, day_before = sydney("2026-12-25T12:00"), sydney("2026-12-24T12:00")
    assert state(hours, at=christmas, zone=SYDNEY, public_holidays=CHRISTMAS) == "closed"
    assert state(hours, at=day_before, zone=SYDNEY, public_holidays=CHRISTMAS) == "open"
    assert state(hours, at=christmas, zone=SYDNEY) == "open"


def test_a_public_holiday_may_have_hours_of_its_own() -> None:
    hours = "Mo-Fr 09:00-17:00; PH 10:00-12:00"
    assert state(hours, at=sydney("2026-12-25T11:00"), zone=SYDNEY, public_holidays=CHRISTMAS) == "open"
    assert state(hours, at=sydney("2026-12-25T15:00"), zone=SYDNEY, public_holidays=CHRISTMAS) == "closed"


def test_the_night_before_a_holiday_runs_out() -> None:
    hours = "Mo-Su 20:00-02:00; PH off"
    assert state(hours, at=sydney("2026-12-25T01:00"), zone=SYDNEY, public_holidays=CHRISTMAS) == "open"
    assert state(hours, at=sydney("2026-12-25T21:00"), zone=SYDNEY, public_holidays=CHRISTMAS) == "closed"


# Sydney: on 2026-04-05 the clock goes from 03:00 back to 02:00, on 2026-10-04 from 02:00 on to 03:00.
@pytest.mark.parametrize(
    ("hours", "after", "expected"),
    [
        pytest.param("Su 02:30-05:00", "2026-04-04T12:00", "2026-04-04T15:30", id="opens the first time it is 02:30"),
        pytest.param("Su 00:30-02:30", "2026-04-04T14:00", "2026-04-04T16:30", id="closes the last time it is 02:30"),
        pytest.param("Su 02:30-05:00", "2026-10-03T12:00", "2026-10-03T16:00", id="opens when 02:30 is skipped"),
        pytest.param("Su 00:30-02:30", "2026-10-03T15:00", "2026-10-03T16:00", id="closes when 02:30 is skipped"),
        pytest.param("Mo-Su 09:00-17:00", "2026-04-04T12:00", "2026-04-04T23:00", id="09:00 is 09:00 after the change"),
    ],
)
def test_a_clock_change(hours: str, after: str, expected: str) -> None:
    assert next_change(hours, after=utc(after), zone=SYDNEY) == utc(expected)


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    at_first, again = (sydney("2026-04-05T02:15", fold=fold) for fold in (0, 1))
    assert state("Su 00:00-06:00", at=at_first, zone=SYDNEY) == state("Su 00:00-06:00", at=again, zone=SYDNEY) == "open"


def test_a_half_hour_change() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert next_change("Su 02:15-04:00", after=utc("2026-10-03T12:00"), zone=lord_howe) == utc("2026-10-03T15:30")


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")  # no 30 December 2011, which would have been a Friday
    assert next_opening("Fr 09:00-17:00", after=utc("2011-12-28T12:00"), zone=apia) == utc("2012-01-05T19:00")


def test_the_next_opening_is_now_when_it_is_open() -> None:
    at = utc("2026-03-11T01:00")
    assert next_opening("24/7", after=at, zone=SYDNEY) == at
    assert next_change("24/7", after=at, zone=SYDNEY) is None


def test_reading_hours_over_a_holiday_weekend() -> None:
    holidays = CHRISTMAS | {dt.date(2026, 12, 28)}
    after = sydney("2026-12-24T17:00")
    assert next_opening(READING, after=after, zone=SYDNEY, public_holidays=holidays) == sydney("2026-12-29T09:00")


def test_the_search_ends_after_thirty_days() -> None:
    after = sydney("2026-11-20T00:00")
    assert next_opening("PH 10:00-12:00", after=after, zone=SYDNEY, public_holidays=CHRISTMAS) is None
    soon_enough = sydney("2026-11-26T00:00")
    found = next_opening("PH 10:00-12:00", after=soon_enough, zone=SYDNEY, public_holidays=CHRISTMAS)
    assert found == sydney("2026-12-25T10:00")


ZONES = st.sampled_from(["Australia/Sydney", "Australia/Lord_Howe", "America/St_Johns", "UTC", "Asia/Kathmandu"])
HOURS = st.sampled_from([READING, "Mo-Su 22:00-02:30", "Su 00:00-02:30", "Sa 03:30-26:00; Su off", "Mo,Th", "24/7"])
MOMENTS = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001


@given(hours=HOURS, name=ZONES, after=MOMENTS)
def test_a_change_is_the_first_moment_with_the_other_state(hours: str, name: str, after: dt.datetime) -> None:
    zone = ZoneInfo(name)
    change = next_change(hours, after=after, zone=zone)
    now = state(hours, at=after, zone=zone)
    if change is None:
        assert (hours, now) == ("24/7", "open")
        return
    assert change > after
    assert state(hours, at=change, zone=zone) != now
    assert state(hours, at=change - dt.timedelta(microseconds=1), zone=zone) == now
    assert next_opening(hours, after=after, zone=zone) == (after if now == "open" else change)
