"""What is reckoned of times on call, by hand: weeks, nights, runs and rest by the school's clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.rosters.rules import Breach, Held, Limits, Rule, breaches, standing
from app.supporters.reckoning import Time, longest_run, minutes_in, nights, rests_broken, united, weeks_from

MELBOURNE = ZoneInfo("Australia/Melbourne")


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MELBOURNE).astimezone(dt.UTC)


def time(start: str, end: str) -> Time:
    return Time(local(start), local(end))


# The clock goes back on Sunday 4 April 2027 at 3 in the morning.
NOW = local("2027-03-31T12:00")


def test_a_week_in_which_the_clock_goes_back_is_an_hour_longer() -> None:
    weeks = weeks_from(NOW, zone=MELBOURNE, number=4)
    assert [week.start for week in weeks] == [
        local("2027-03-29T00:00"),
        local("2027-04-05T00:00"),
        local("2027-04-12T00:00"),
        local("2027-04-19T00:00"),
    ]
    all_week = [Time(weeks[0].start, weeks[1].end)]
    assert [minutes_in(all_week, week) for week in weeks] == [169 * 60, 168 * 60, 0, 0]


def test_time_that_overlaps_counts_once_and_a_night_is_of_the_day_on_which_it_begins() -> None:
    [week, *_] = weeks_from(NOW, zone=MELBOURNE, number=1)
    times = united(
        [
            time("2027-03-30T18:00", "2027-03-30T23:00"),
            time("2027-03-30T22:00", "2027-03-31T07:00"),
            time("2027-04-01T09:00", "2027-04-01T22:00"),
            time("2027-04-03T06:00", "2027-04-03T07:00"),
        ]
    )
    assert [minutes_in([each], week) for each in times] == [13 * 60, 13 * 60, 60]
    # Of Tuesday, and of Friday, whose end on Saturday morning is one hour of it; Thursday ends as its night begins.
    assert nights(times, week, zone=MELBOURNE) == 2
    assert longest_run(times, zone=MELBOURNE) == 3
    assert rests_broken(times, hours=10) == 0
    assert rests_broken(times, hours=27) == 1
    assert rests_broken(times, hours=33) == 2


def test_hours_of_ones_own_count_on_all_lines_and_nobody_sets_that_limit_aside() -> None:
    wanted = [Held(local("2027-03-31T18:00"), local("2027-03-31T22:00"), "peer_support")]
    elsewhere = [Held(local("2027-03-29T18:00"), local("2027-03-30T02:30"), "triage")]

    def broken(own: int | None, *, line: int | None = None) -> list[Breach]:
        limits = Limits(rest_hours=0, weekly_hours=line, own_weekly_hours=own)
        return list(breaches(wanted, held=elsewhere, absences=(), limits=limits, zone=MELBOURNE))

    assert broken(None, line=4) == []
    assert broken(13) == []
    [breach] = broken(12, line=4)
    assert breach == Breach(Rule.OWN_LIMIT, "12.5 hours in the week of 2027-03-29; 12 are allowed.")
    assert [each.rule for each in broken(12, line=3)] == [Rule.WEEKLY_CAP, Rule.OWN_LIMIT]
    assert [each.rule for each in standing(broken(12, line=3), despite=set(Rule))] == [Rule.OWN_LIMIT]
