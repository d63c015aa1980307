"""What people carry: tables reckoned by hand, and a count of every minute that knows nothing of the code under test."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

import pytest
from building import instant, layer, override, roster, rotation
from hypothesis import given
from strategies import Case, cases, steady

from app.rosters.definition import Roster, Window
from app.rosters.load import Carried, Minutes, Spread, Stint, carried, kinds, shared
from app.rosters.pieces import pieces
from app.rosters.rendering import render

MELBOURNE, LORD_HOWE = "Australia/Melbourne", "Australia/Lord_Howe"
MINUTE = dt.timedelta(minutes=1)


def stints(rosters: dict[str, Roster], window: Window) -> list[Stint]:
    return [
        Stint(piece.person, line, (line, piece.name), piece.start, piece.end, piece.held)
        for line, each in rosters.items()
        for piece in pieces(render(each, window).stretches, overrides={one.id: one for one in each.overrides})
    ]


def of_one(zone: str, start: str, end: str, *holidays: str) -> tuple[int, int, int, int]:
    """Minutes of somebody who is on from one local time to another: in all, night, weekend, public holiday."""
    edges = [instant(each).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) for each in (start, end)]
    window = Window(edges[0], edges[1])
    of = kinds(window, zone=ZoneInfo(zone), holidays=[dt.date.fromisoformat(day) for day in holidays])
    minutes = carried([Stint("A", "triage", 1, *edges, held=True)], window=window, kinds=of)["A"].minutes
    return minutes.total, minutes.night, minutes.weekend, minutes.public_holiday


HOUR = 60


@pytest.mark.parametrize(
    ("zone", "start", "end", "holidays", "hours"),
    [
        pytest.param("UTC", "2027-05-03T09:00", "2027-05-03T17:00", [], (8, 0, 0, 0), id="a Monday in the office"),
        pytest.param("UTC", "2027-05-03T21:00", "2027-05-04T08:00", [], (11, 9, 0, 0), id="a night"),
        pytest.param("UTC", "2027-05-07T22:00", "2027-05-10T07:00", [], (57, 27, 48, 0), id="a weekend"),
        pytest.param("UTC", "2027-05-03T00:00", "2027-05-04T00:00", ["2027-05-03"], (24, 9, 0, 24), id="a holiday"),
        pytest.param(
            "UTC", "2027-05-08T00:00", "2027-05-09T00:00", ["2027-05-08"], (24, 9, 24, 24), id="a holiday on a Saturday"
        ),
        pytest.param(
            MELBOURNE, "2026-10-03T22:00", "2026-10-04T07:00", [], (8, 8, 8, 0), id="a night that the clock shortens"
        ),
        pytest.param(
            MELBOURNE, "2027-04-03T22:00", "2027-04-04T07:00", [], (10, 10, 10, 0), id="a night that it lengthens"
        ),
        pytest.param(LORD_HOWE, "2026-10-03T22:00", "2026-10-04T07:00", [], (8.5, 8.5, 8.5, 0), id="half an hour less"),
        pytest.param(LORD_HOWE, "2027-04-03T22:00", "2027-04-04T07:00", [], (9.5, 9.5, 9.5, 0), id="half an hour more"),
        pytest.param(
            MELBOURNE, "2027-04-04T00:00", "2027-04-05T00:00", ["2027-04-04"], (25, 10, 25, 25), id="a day of 25 hours"
        ),
        # Samoa went from the 29th to the 31st of December 2011, a Thursday and a Saturday.
        pytest.param("Pacific/Apia", "2011-12-29T12:00", "2012-01-01T00:00", [], (36, 11, 24, 0), id="a day left out"),
    ],
)
def test_kinds_of_time(zone: str, start: str, end: str, holidays: list[str], hours: tuple[float, ...]) -> None:
    assert of_one(zone, start, end, *holidays) == tuple(HOUR * each for each in hours)


def test_a_person_on_two_rosters_at_once_carries_the_time_once_and_two_shifts() -> None:
    window = Window(instant("2027-05-03T00:00Z"), instant("2027-05-04T00:00Z"))
    always = roster("UTC", layer(rotation("2027-05-03T00:00", "A", unit="week")))
    found = carried(
        stints({"clinical_advice": always, "triage": always}, window),
        window=window,
        kinds=kinds(window, zone=ZoneInfo("UTC"), holidays=()),
    )
    assert found == {"A": Carried(Minutes(total=1440, night=540, weekend=0, public_holiday=0), shifts=2)}


def test_a_shift_in_several_pieces_is_one_shift() -> None:
    window = Window(instant("2027-05-03T00:00Z"), instant("2027-05-10T00:00Z"))
    office = [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]
    weekly = roster("UTC", layer(rotation("2027-05-03T00:00", "A", unit="week"), restrictions=office))
    found = carried(
        stints({"triage": weekly}, window), window=window, kinds=kinds(window, zone=ZoneInfo("UTC"), holidays=())
    )
    assert (found["A"].minutes.total, found["A"].shifts) == (5 * 8 * HOUR, 1)


def test_only_what_lies_in_the_window_counts() -> None:
    window = Window(instant("2027-05-03T12:00Z"), instant("2027-05-03T13:00Z"))
    around = Stint("A", "triage", 1, instant("2027-05-03T00:00Z"), instant("2027-05-04T00:00Z"), held=True)
    after = Stint("B", "triage", 2, instant("2027-05-03T13:00Z"), instant("2027-05-04T00:00Z"), held=True)
    of = kinds(window, zone=ZoneInfo("UTC"), holidays=())
    assert carried([around, after], window=window, kinds=of)["A"].minutes.total == HOUR
    assert shared([around, after], window=window, kinds=of)["triage"].people == 1


def test_who_gave_everything_away_belongs_to_the_line_all_the_same() -> None:
    window = Window(instant("2027-05-03T00:00Z"), instant("2027-05-06T00:00Z"))
    daily = roster(
        "UTC",
        layer(rotation("2027-05-03T00:00", "A", "B", "C")),
        overrides=[override(1, "A", "2027-05-04T00:00Z", "2027-05-05T00:00Z", replaces="B")],
    )
    given = stints({"triage": daily}, window)
    of = kinds(window, zone=ZoneInfo("UTC"), holidays=())
    line = shared(given, window=window, kinds=of)["triage"]
    assert (line.people, line.total) == (3, Spread(mean=1440, least=0, most=2880))
    assert line.night == Spread(mean=540, least=0, most=1080)
    assert carried(given, window=window, kinds=of)["B"] == Carried(Minutes(0, 0, 0, 0), shifts=0)


def test_a_mean_is_rounded_to_a_whole_minute() -> None:
    window = Window(instant("2027-05-03T12:00Z"), instant("2027-05-03T13:00Z"))
    parts = [
        Stint(person, "triage", person, window.start, window.start + minutes * MINUTE, held=True)
        for person, minutes in (("A", 1), ("B", 2))
    ]
    line = shared(parts, window=window, kinds=kinds(window, zone=ZoneInfo("UTC"), holidays=()))["triage"]
    assert line.total == Spread(mean=2, least=1, most=2)


def test_lines_are_apart() -> None:
    window = Window(instant("2027-05-03T00:00Z"), instant("2027-05-04T00:00Z"))
    one, other = (roster("UTC", layer(rotation("2027-05-03T00:00", person))) for person in "AB")
    found = shared(
        stints({"triage": one, "academic_advice": other}, window),
        window=window,
        kinds=kinds(window, zone=ZoneInfo("UTC"), holidays=()),
    )
    assert {line: (each.people, each.total.mean) for line, each in found.items()} == {
        "academic_advice": (1, 1440),
        "triage": (1, 1440),
    }


@steady(max_examples=60)
@given(cases(), cases())
def test_figures_are_what_a_count_of_every_minute_gives(case: Case, other: Case) -> None:
    """Independently: each minute of each person is asked of the rendering and of the clock, one by one."""
    window, zone = case.window, ZoneInfo(case.roster.time_zone)
    holidays = {case.origin.date(), case.origin.date() + dt.timedelta(days=2)}
    rosters = {"triage": case.roster, "peer_support": other.roster}
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    on_call: dict[dt.datetime, set[str]] = defaultdict(set)
    for each in rosters.values():
        for segment in render(each, window).segments:
            at = segment.start
            while at < segment.end:
                on_call[at] |= set(segment.on_call)
                at += MINUTE
    for at, people in on_call.items():
        local = at.astimezone(zone)
        for person in people:
            expected[person]["total"] += 1
            expected[person]["night"] += local.hour >= 22 or local.hour < 7
            expected[person]["weekend"] += local.strftime("%w") in "06"
            expected[person]["public_holiday"] += local.date() in holidays
    found = carried(stints(rosters, window), window=window, kinds=kinds(window, zone=zone, holidays=holidays))
    counted = {
        person: Minutes(count["total"], count["night"], count["weekend"], count["public_holiday"])
        for person, count in expected.items()
    }
    assert {person: each.minutes for person, each in found.items() if each.minutes.total} == counted
