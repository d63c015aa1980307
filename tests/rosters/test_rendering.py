"""Slots, clock changes, windows and turns (roster-semantics, rules 2 to 5), reckoned by hand from the zones' rules."""

from __future__ import annotations

import pytest
from building import answer, instant, layer, roster, rotation

from app.rosters.rendering import on_call_at

NEW_YORK, LONDON, LORD_HOWE, APIA = "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia"
OFFICE = {"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}


def test_a_layer_has_nobody_before_its_start_and_after_its_end() -> None:
    turns = rotation("2027-05-03T09:00", "A", "B", until_local="2027-05-05T09:00")
    assert answer(roster("UTC", layer(turns)), "2027-05-02T00:00Z", "2027-05-07T00:00Z") == [
        ("02T00:00", "-"),
        ("03T09:00", "A"),
        ("04T09:00", "B"),
        ("05T09:00", "-"),
    ]


def test_a_layer_has_its_own_clock() -> None:
    turns = rotation("2027-05-03T09:00", "A", "B")
    far_away = roster(LONDON, layer(turns, time_zone="Asia/Kolkata"))
    assert answer(far_away, "2027-05-03T08:00Z", "2027-05-04T08:00Z") == [("03T08:00", "A"), ("04T03:30", "B")]


# In New York the clocks skip 02:00 to 03:00 on 14 March 2027 (07:00Z) and repeat 01:00 to 02:00 on 7 November (06:00Z).
@pytest.mark.parametrize(
    ("turns", "start", "end", "expected"),
    [
        pytest.param(
            rotation("2027-11-06T00:00", "A", "B", "C", unit="hour", length=8),
            "2027-11-07T04:00Z",
            "2027-11-08T00:00Z",
            [("07T04:00", "A"), ("07T13:00", "B"), ("07T21:00", "C")],
            id="eight hours keep to the wall clock",
        ),
        pytest.param(
            rotation("2027-11-07T00:00", "A", "B", unit="hour", length=5),
            "2027-11-07T04:00Z",
            "2027-11-07T20:00Z",
            [("07T04:00", "A"), ("07T09:00", "B"), ("07T14:00", "A"), ("07T19:00", "B")],
            id="five hours are five hours that pass",
        ),
        pytest.param(
            rotation("2027-11-06T09:00", "A", "B", unit="hour", length=48),
            "2027-11-06T13:00Z",
            "2027-11-09T00:00Z",
            [("06T13:00", "A"), ("08T13:00", "B")],
            id="48 hours are not two days",
        ),
        pytest.param(
            rotation("2027-11-06T09:00", "A", "B", length=2),
            "2027-11-06T13:00Z",
            "2027-11-09T00:00Z",
            [("06T13:00", "A"), ("08T14:00", "B")],
            id="two days are not 48 hours",
        ),
        pytest.param(
            rotation("2027-11-01T09:00", "A", "B", unit="week", length=2),
            "2027-11-08T00:00Z",
            "2027-11-16T00:00Z",
            [("08T00:00", "A"), ("15T14:00", "B")],
            id="a fortnight",
        ),
        pytest.param(
            rotation("2027-03-14T00:00", "A", "B", "C", "D", unit="hour"),
            "2027-03-14T05:00Z",
            "2027-03-14T09:00Z",
            [("14T05:00", "A"), ("14T06:00", "B"), ("14T07:00", "D"), ("14T08:00", "A")],
            id="the slot of an hour that is skipped is gone",
        ),
        pytest.param(
            rotation("2027-11-07T00:00", "A", "B", "C", "D", unit="hour"),
            "2027-11-07T04:00Z",
            "2027-11-07T09:00Z",
            [("07T04:00", "A"), ("07T05:00", "B"), ("07T07:00", "C"), ("07T08:00", "D")],
            id="the slot of an hour that is repeated lasts two",
        ),
        pytest.param(
            rotation("2027-11-01T00:00", "A", until_local="2027-11-07T01:30"),
            "2027-11-07T00:00Z",
            "2027-11-07T09:00Z",
            [("07T00:00", "A"), ("07T06:30", "-")],
            id="a layer ends when its last minute comes for the last time",
        ),
        pytest.param(
            rotation("2027-03-14T02:30", "A"),
            "2027-03-14T05:00Z",
            "2027-03-14T09:00Z",
            [("14T05:00", "-"), ("14T07:00", "A")],
            id="a layer starts after the change that skips its start",
        ),
    ],
)
def test_slots_over_a_clock_change(turns: dict[str, object], start: str, end: str, expected: object) -> None:
    assert answer(roster(NEW_YORK, layer(turns)), start, end) == expected


# Lord Howe Island moves by half an hour: 02:00 becomes 01:30 on 4 April 2027 and 02:30 on 3 October, at 15:00Z and
# 15:30Z of the day before.
@pytest.mark.parametrize(
    ("handoff", "start", "end", "expected"),
    [
        ("2027-04-02T01:45", "2027-04-02T12:00Z", "2027-04-05T00:00Z", ["02T14:45", "03T14:45", "04T15:15"]),
        ("2027-10-01T02:15", "2027-10-01T12:00Z", "2027-10-04T00:00Z", ["01T15:45", "02T15:30", "03T15:15"]),
    ],
)
def test_handoffs_over_a_change_of_half_an_hour(handoff: str, start: str, end: str, expected: list[str]) -> None:
    turns = roster(LORD_HOWE, layer(rotation(handoff, "A", "B", "C")))
    assert [at for at, _ in answer(turns, start, end)[1:]] == expected


# Samoa skipped 30 December 2011: 23:59 on the 29th (UTC-10) was followed by 00:00 on the 31st (UTC+14), at 10:00Z.
def test_a_day_that_is_skipped_begins_at_the_change() -> None:
    turns = roster(APIA, layer(rotation("2011-12-28T09:00", "A", "B", "C", "D")))
    assert answer(turns, "2011-12-29T12:00Z", "2012-01-01T00:00Z") == [
        ("29T12:00", "A"),
        ("29T19:00", "B"),
        ("30T10:00", "C"),
        ("30T19:00", "D"),
        ("31T19:00", "A"),
    ]


def test_of_two_slots_on_a_skipped_day_the_later_one_is_left() -> None:
    turns = roster(APIA, layer(rotation("2011-12-29T08:00", "A", "B", "C", "D", unit="hour", length=12)))
    assert answer(turns, "2011-12-29T18:00Z", "2011-12-31T00:00Z") == [
        ("29T18:00", "A"),
        ("30T06:00", "B"),
        ("30T10:00", "D"),
        ("30T18:00", "A"),
    ]


@pytest.mark.parametrize(
    ("zone", "windows", "start", "end", "expected"),
    [
        (NEW_YORK, ("SA", "22:00", "01:30"), "2027-11-07T00:00Z", "2027-11-07T12:00Z", ["07T02:00", "07T06:30"]),
        (NEW_YORK, ("SU", "01:30", "05:00"), "2027-11-07T00:00Z", "2027-11-07T12:00Z", ["07T05:30", "07T10:00"]),
        (NEW_YORK, ("SU", "02:15", "05:00"), "2027-03-14T00:00Z", "2027-03-14T12:00Z", ["14T07:00", "14T09:00"]),
        (NEW_YORK, ("SU", "01:00", "02:15"), "2027-03-14T00:00Z", "2027-03-14T12:00Z", ["14T06:00", "14T07:00"]),
        (NEW_YORK, ("SU", "02:15", "02:45"), "2027-03-14T00:00Z", "2027-03-14T12:00Z", []),
        (LONDON, ("SA", "08:00", "08:00"), "2027-03-27T00:00Z", "2027-03-28T12:00Z", ["27T08:00", "28T07:00"]),
        (LORD_HOWE, ("SU", "00:00", "01:45"), "2027-04-03T00:00Z", "2027-04-04T00:00Z", ["03T13:00", "03T15:15"]),
        (NEW_YORK, ("SA", "22:00", "01:30"), "2027-11-07T05:50Z", "2027-11-07T12:00Z", ["07T06:30"]),
        (APIA, ("FR", "09:00", "17:00"), "2011-12-30T00:00Z", "2011-12-31T00:00Z", []),
        (APIA, ("TH", "20:00", "08:00"), "2011-12-30T00:00Z", "2011-12-31T00:00Z", ["30T06:00", "30T10:00"]),
    ],
)
def test_windows_over_a_clock_change(
    zone: str, windows: tuple[str, str, str], start: str, end: str, expected: list[str]
) -> None:
    day, opens, closes = windows
    restriction = {"days": [day], "start": opens, "end": closes}
    restricted = roster(zone, layer(rotation("2010-01-01T00:00", "A"), restrictions=[restriction]))
    found = answer(restricted, start, end)
    assert [at for at, _ in found[1:]] == expected
    assert found[-1][1] == "-"


@pytest.mark.parametrize(
    ("restrictions", "weekly_ranges", "at_first", "expected"),
    [
        ([("MO", "09:00", "13:00"), ("MO", "11:00", "15:00")], [], "-", ["03T09:00", "03T15:00"]),
        ([("MO", "09:00", "13:00")], [("MO 13:00", "TU 01:00")], "-", ["03T09:00", "04T01:00"]),
        ([], [("SU 20:00", "MO 06:00")], "A", ["03T06:00", "09T20:00"]),
        ([], [("WE 12:00", "WE 12:00")], "A", []),
        ([("TU", "22:00", "00:00")], [], "-", ["04T22:00", "05T00:00"]),
    ],
)
def test_windows_are_a_union(
    restrictions: list[tuple[str, str, str]], weekly_ranges: list[tuple[str, str]], at_first: str, expected: list[str]
) -> None:
    restricted = layer(
        rotation("2027-01-01T00:00", "A"),
        restrictions=[{"days": [day], "start": start, "end": end} for day, start, end in restrictions],
        weekly_ranges=[{"start": start, "end": end} for start, end in weekly_ranges],
    )
    found = answer(roster("UTC", restricted), "2027-05-03T00:00Z", "2027-05-10T00:00Z")
    assert (found[0][1], [at for at, _ in found[1:]]) == (at_first, expected)


# 3 May 2027 is a Monday.
@pytest.mark.parametrize(
    ("start_local", "restrictions", "expected"),
    [
        pytest.param("2027-05-03T12:00", [OFFICE], "ABCAB CA", id="a window that has begun is the first turn"),
        pytest.param("2027-05-01T12:00", [OFFICE], "ABCAB CA", id="between windows the next is the first turn"),
        pytest.param("2027-05-03T17:00", [OFFICE], "-ABCA BC", id="a window that has just ended is no turn"),
        pytest.param(
            "2027-05-01T12:00", [{**OFFICE, "start": "00:00", "end": "00:00"}], "ABCAB CA", id="windows that touch"
        ),
        pytest.param(
            "2027-05-01T12:00", [OFFICE, {**OFFICE, "start": "16:00", "end": "18:00"}], "ABCAB CA", id="overlapping"
        ),
        pytest.param(
            "2027-05-01T12:00",
            [OFFICE, {"days": ["SU"], "start": "20:00", "end": "09:30"}],
            "ABCAB CA",
            id="overlapping round the end of the week",
        ),
        pytest.param("2027-05-03T00:00", [], "ABCAB BC", id="without restrictions slots count by the clock"),
    ],
)
def test_an_active_rotation_has_one_turn_for_each_window(
    start_local: str, restrictions: list[object], expected: str
) -> None:
    turns = rotation(start_local, "A", "B", "C", advance_on="active")
    restricted = roster("UTC", layer(turns, restrictions=restrictions))
    noons = [f"2027-05-{day:02d}T12:30Z" for day in (3, 4, 5, 6, 7, 10, 11)]
    people = "".join("".join(on_call_at(restricted, instant(noon)).on_call) or "-" for noon in noons)
    assert f"{people[:5]} {people[5:]}" == expected


def test_an_active_rotation_may_have_one_turn_a_week() -> None:
    turns = rotation("2027-05-03T09:00", "A", "B", advance_on="active")
    whole_weeks = layer(turns, weekly_ranges=[{"start": "TU 09:00", "end": "TU 09:00"}])
    assert answer(roster("UTC", whole_weeks), "2027-05-03T00:00Z", "2027-05-17T00:00Z") == [
        ("03T00:00", "-"),
        ("03T09:00", "A"),
        ("04T09:00", "B"),
        ("11T09:00", "A"),
    ]


def test_a_window_that_ends_in_a_repeated_hour_is_still_the_first_turn_of_a_rotation_that_starts_in_it() -> None:
    turns = rotation("2027-11-07T01:40", "A", "B", advance_on="active")
    nights = layer(turns, restrictions=[{"days": ["SA", "SU"], "start": "22:00", "end": "01:30"}])
    assert answer(roster(NEW_YORK, nights), "2027-11-07T05:00Z", "2027-11-08T04:00Z") == [
        ("07T05:00", "-"),
        ("07T05:40", "A"),
        ("07T06:30", "-"),
        ("08T03:00", "B"),
    ]


def test_a_turn_of_an_active_rotation_is_a_window_whatever_the_unit() -> None:
    turns = rotation("2027-05-03T00:00", "A", "B", unit="week", length=3, advance_on="active")
    restricted = roster("UTC", layer(turns, restrictions=[OFFICE]))
    assert [who for _, who in answer(restricted, "2027-05-03T09:00Z", "2027-05-06T00:00Z")] == list("A-B-A-")
