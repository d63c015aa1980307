"""Random rosters around real clock changes, as hypothesis strategies."""

from __future__ import annotations

import datetime as dt
import functools
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from app.rosters.definition import (
    Layer,
    Override,
    Pause,
    Restriction,
    Roster,
    Rotation,
    Unit,
    Version,
    WeeklyRange,
    WeekTime,
    Window,
)

steady = functools.partial(settings, derandomize=True, deadline=None, database=None)


class Scene(NamedTuple):
    """A zone and the UTC day on which its clock changes."""

    zone: str
    origin: dt.datetime


class Case(NamedTuple):
    roster: Roster
    window: Window
    origin: dt.datetime


SCENES = [
    Scene(zone, dt.datetime.fromisoformat(f"{day}T00:00Z"))
    for zone, day in (
        ("America/New_York", "2027-03-14"),
        ("America/New_York", "2027-11-07"),
        ("Australia/Melbourne", "2027-04-03"),
        ("Australia/Lord_Howe", "2027-04-03"),  # half an hour back
        ("Australia/Lord_Howe", "2027-10-02"),  # half an hour forward
        ("Pacific/Apia", "2011-12-30"),  # a whole day forward
        ("Antarctica/Troll", "2027-03-28"),  # two hours forward
        ("America/St_Johns", "2027-11-07"),
        ("Asia/Kolkata", "2027-06-01"),  # no change
    )
]
PEOPLE = ["A", "B", "C", "D"]
# The hours in which the clocks change, and a few others.
HOURS = [dt.time(0), dt.time(1), dt.time(2), dt.time(3), dt.time(4), dt.time(9), dt.time(17)]
PARTS = [dt.time(0, 30), dt.time(1, 30), dt.time(1, 45), dt.time(2, 15), dt.time(2, 30), dt.time(23, 50)]
LENGTHS: list[tuple[Unit, int]] = [
    *(("hour", length) for length in (1, 5, 8, 12, 24, 36)),
    ("day", 1),
    ("day", 2),
    ("week", 1),
]

people = st.sampled_from(PEOPLE)
times = st.sampled_from(HOURS + PARTS)
weekdays = st.integers(0, 6)


def week_times_of(times: st.SearchStrategy[dt.time]) -> st.SearchStrategy[WeekTime]:
    return st.builds(WeekTime, weekdays, times)


week_times = week_times_of(times)


def instants(origin: dt.datetime, *, first: int, last: int) -> st.SearchStrategy[dt.datetime]:
    """Whole minutes from some days before the origin's day until some days after it."""
    return st.integers(first * 1440, last * 1440).map(lambda minutes: origin + dt.timedelta(minutes=minutes))


def locals_at(
    times: st.SearchStrategy[dt.time], origin: dt.datetime, *, first: int, last: int
) -> st.SearchStrategy[dt.datetime]:
    days = st.integers(first, last).map(lambda days: (origin + dt.timedelta(days=days)).date())
    return st.builds(dt.datetime.combine, days, times)


def locals_(origin: dt.datetime, *, first: int, last: int) -> st.SearchStrategy[dt.datetime]:
    return locals_at(times, origin, first=first, last=last)


@st.composite
def spans(draw: st.DrawFn, origin: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    start, length = draw(instants(origin, first=-3, last=3)), draw(st.integers(1, 3 * 1440))
    return start, start + dt.timedelta(minutes=length)


@st.composite
def pauses(draw: st.DrawFn, origin: dt.datetime) -> Pause:
    start, end = draw(spans(origin))
    return Pause(draw(people), start, draw(st.sampled_from([end, end, None])))


@st.composite
def rotations(draw: st.DrawFn, origin: dt.datetime) -> Rotation:
    unit, length = draw(st.sampled_from(LENGTHS))
    start_local = draw(locals_(origin, first=-18, last=0))
    until_local = draw(st.none() | st.none() | locals_(origin, first=-1, last=4))
    return Rotation(
        unit=unit,
        length=length,
        start_local=start_local,
        participants=tuple(draw(st.lists(people, min_size=1, max_size=5))),
        until_local=until_local if until_local is None or until_local > start_local else None,
        advance_on=draw(st.sampled_from(["calendar", "calendar", "active"])),
        paused=tuple(draw(st.lists(pauses(origin), max_size=2))),
    )


@st.composite
def histories(draw: st.DrawFn, origin: dt.datetime) -> tuple[Version, ...]:
    if draw(st.booleans()):
        return (Version(None, draw(rotations(origin))),)
    edits = sorted(draw(st.sets(instants(origin, first=-5, last=2), min_size=1, max_size=3)))
    return tuple(Version(edit, draw(rotations(origin))) for edit in edits)


@st.composite
def layers(draw: st.DrawFn, scene: Scene, rank: int) -> Layer:
    restrictions = st.builds(Restriction, st.frozensets(weekdays, min_size=1), times, times)
    restricted = draw(st.booleans())
    return Layer(
        id=f"L{rank}",
        rank=rank,
        versions=draw(histories(scene.origin)),
        time_zone=draw(st.sampled_from([None, None, "Europe/London"])),
        restrictions=tuple(draw(st.lists(restrictions, max_size=3))) if restricted else (),
        weekly_ranges=tuple(draw(st.lists(st.builds(WeeklyRange, week_times, week_times), max_size=2)))
        if restricted
        else (),
    )


@st.composite
def overrides(draw: st.DrawFn, origin: dt.datetime, seq: int) -> Override:
    start, end = draw(spans(origin))
    return Override(f"o{seq}", start, end, draw(st.none() | people), seq, draw(st.none() | people))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A roster, a window of at most three days around its zone's clock change, and the day of the change."""
    scene = draw(st.sampled_from(SCENES))
    ranks = draw(st.lists(st.integers(1, 9), unique=True, min_size=1, max_size=3))
    count = draw(st.integers(0, 4))
    roster = Roster(
        time_zone=scene.zone,
        layers=tuple(draw(layers(scene, rank)) for rank in ranks),
        combine=draw(st.sampled_from(["precedence", "union"])),
        overrides=tuple(draw(overrides(scene.origin, seq)) for seq in draw(st.permutations(range(count)))),
    )
    start = draw(instants(scene.origin, first=-2, last=2))
    return Case(roster, Window(start, start + dt.timedelta(minutes=draw(st.integers(1, 3 * 1440)))), scene.origin)
