"""What stands in the way of a shift, counted minute by minute on the school's clock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from building import instant
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from app.rosters.definition import Absence
from app.rosters.rules import Held, Limits, Rule, breaches

HALF_HOUR = dt.timedelta(minutes=30)
HOUR = dt.timedelta(hours=1)
# A Sunday on which the clock changes, and one on which nothing does.
WEEKENDS = [
    ("Australia/Melbourne", "2027-04-04"),
    ("Australia/Melbourne", "2027-10-03"),
    ("Australia/Lord_Howe", "2027-04-04"),
    ("Australia/Lord_Howe", "2027-10-03"),
    ("America/Santiago", "2027-04-04"),
    ("America/Santiago", "2027-09-05"),
    ("Pacific/Apia", "2012-01-01"),
    ("Asia/Kathmandu", "2027-06-06"),
    ("UTC", "2027-06-06"),
]
KINDS = ("leave", "exam_window", "placement", "training_lapsed", "paused", "ended")
LINES = ("clinical_advice", "peer_support")


class Question(NamedTuple):
    zone: str
    wanted: list[Held]
    held: list[Held]
    absences: list[Absence]
    limits: Limits


@st.composite
def times(draw: st.DrawFn, sunday: dt.datetime, *, most: int) -> list[tuple[dt.datetime, dt.datetime]]:
    """Half hours around a Sunday, ascending and apart."""
    at, found = sunday + draw(st.integers(-300, 100)) * HALF_HOUR, []
    for _ in range(draw(st.integers(0, most))):
        start = at + draw(st.integers(0, 60)) * HALF_HOUR
        at = start + draw(st.integers(1, 60)) * HALF_HOUR
        found.append((start, at))
    return found


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone, day = draw(st.sampled_from(WEEKENDS))
    sunday = dt.datetime.fromisoformat(f"{day}T00:00Z")
    absences = [
        Absence("A", start, draw(st.sampled_from([end, None])), draw(st.sampled_from(KINDS)))
        for start, end in draw(times(sunday, most=2))
    ]
    return Question(
        zone,
        [Held(start, end, LINES[0]) for start, end in draw(times(sunday, most=3))],
        [Held(start, end, draw(st.sampled_from(LINES))) for start, end in draw(times(sunday, most=4))],
        absences,
        Limits(rest_hours=draw(st.integers(0, 12)), weekly_hours=draw(st.none() | st.integers(1, 90))),
    )


def minutes(held: Sequence[Held]) -> set[dt.datetime]:
    return {each.start + number * HALF_HOUR for each in held for number in range((each.end - each.start) // HALF_HOUR)}


def broken(asked: Question) -> set[str]:
    """The rules that a shift breaks, half hour by half hour: no clock changes within one."""
    wanted, busy = minutes(asked.wanted), minutes(asked.held)
    found = set()
    if wanted & busy:
        found.add("double_booked")
    for piece in asked.wanted:
        for each in asked.held:
            ends_before = HOUR * 0 <= piece.start - each.end < asked.limits.rest_hours * HOUR
            begins_after = HOUR * 0 <= each.start - piece.end < asked.limits.rest_hours * HOUR
            if ends_before or begins_after:
                found.add("rest_hours")
    for at in wanted:
        found |= {each.kind for each in asked.absences if each.start <= at and (each.end is None or at < each.end)}
    if asked.limits.weekly_hours is not None:

        def week(at: dt.datetime) -> dt.date:
            day = at.astimezone(ZoneInfo(asked.zone)).date()
            return day - dt.timedelta(days=day.weekday())

        of_line = wanted | minutes([each for each in asked.held if each.line == LINES[0]])
        hours = Counter(week(at) for at in of_line)
        found |= {"weekly_cap" for at in wanted if hours[week(at)] > 2 * asked.limits.weekly_hours}
    return found


@steady(max_examples=500)
@given(questions())
def test_a_shift_breaks_the_rules_that_a_count_finds(asked: Question) -> None:
    found = breaches(
        asked.wanted, held=asked.held, absences=asked.absences, limits=asked.limits, zone=ZoneInfo(asked.zone)
    )
    expected = broken(asked)
    rules = [breach.rule for breach in found]
    assert rules == [rule for rule in Rule if rule in rules]
    if "double_booked" in expected:  # whether hours of two bookings at once count twice is of no matter then
        assert set(rules) - {"weekly_cap"} == expected - {"weekly_cap"}
        assert "weekly_cap" not in expected or "weekly_cap" in rules
    else:
        assert set(rules) == expected


def asked(start: str, end: str, *held: tuple[str, str], zone: str = "Australia/Melbourne", **limits: int) -> set[str]:
    found = breaches(
        [Held(instant(start), instant(end), LINES[0])],
        held=[Held(instant(since), instant(until), LINES[0]) for since, until in held],
        absences=[],
        limits=Limits(rest_hours=limits.get("rest", 0), weekly_hours=limits.get("weekly")),
        zone=ZoneInfo(zone),
    )
    return {str(breach.rule) for breach in found}


@pytest.mark.parametrize(
    ("monday", "sunday", "hours"),
    [("2027-03-28T13:00Z", "2027-04-04T14:00Z", 169), ("2027-09-26T14:00Z", "2027-10-03T13:00Z", 167)],
)
def test_a_week_in_which_the_clock_changes_is_as_long_as_it_is(monday: str, sunday: str, hours: int) -> None:
    assert asked(monday, sunday, weekly=hours) == set()
    assert asked(monday, sunday, weekly=hours - 1) == {"weekly_cap"}


def test_hours_on_both_sides_of_sunday_midnight_are_of_two_weeks() -> None:
    sunday, monday = ("2027-06-06T04:00Z", "2027-06-06T14:00Z"), ("2027-06-06T14:00Z", "2027-06-07T00:00Z")
    assert asked(*sunday, monday, weekly=10) == set()
    assert asked("2027-06-06T03:00Z", "2027-06-06T14:00Z", monday, weekly=10) == {"weekly_cap"}


def test_time_that_two_rosters_of_a_line_both_have_counts_once() -> None:
    """Somebody who is on call on two at once works no longer for it."""
    night = ("2027-06-01T10:00Z", "2027-06-01T20:00Z")
    assert asked("2027-06-03T10:00Z", "2027-06-03T20:00Z", night, night, weekly=20) == set()


def test_rest_is_to_the_minute_and_to_both_sides() -> None:
    before, after = ("2027-06-01T00:00Z", "2027-06-01T08:00Z"), ("2027-06-02T06:00Z", "2027-06-02T08:00Z")
    assert asked("2027-06-01T18:00Z", "2027-06-01T20:00Z", before, after, rest=10) == set()
    assert asked("2027-06-01T17:59Z", "2027-06-01T20:00Z", before, after, rest=10) == {"rest_hours"}
    assert asked("2027-06-01T18:00Z", "2027-06-01T20:01Z", before, after, rest=10) == {"rest_hours"}
