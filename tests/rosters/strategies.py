"""Random rosters around real clock changes, as hypothesis strategies."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

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
from tests.support.thorough import some_of


def steady(*, max_examples: int) -> settings:
    """The same examples in every run."""
    return settings(derandomize=True, deadline=None, database=None, max_examples=some_of(max_examples))


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


def kept(strategy: Callable[..., Any]) -> Callable[..., Any]:
    """Making a strategy costs more than drawing from it: one for each scene."""
    return functools.cache(st.composite(strategy))


people = st.sampled_from(PEOPLE)
times = st.sampled_from(HOURS + PARTS)
weekdays = st.integers(0, 6)


def week_times_of(times: st.SearchStrategy[dt.time]) -> st.SearchStrategy[WeekTime]:
    return st.builds(WeekTime, weekdays, times)


week_times = week_times_of(times)
units = st.sampled_from(LENGTHS)
participants = st.lists(people, min_size=1, max_size=5).map(tuple)
advances = st.sampled_from(["calendar", "calendar", "active"])
zones = st.sampled_from([None, None, "Europe/London"])
restrictions = st.lists(st.builds(Restriction, st.frozensets(weekdays, min_size=1), times, times), max_size=3).map(
    tuple
)
weekly_ranges = st.lists(st.builds(WeeklyRange, week_times, week_times), max_size=2).map(tuple)
somebody = st.none() | people
lengths = st.integers(1, 3 * 1440).map(lambda minutes: dt.timedelta(minutes=minutes))
ending = st.sampled_from([True, True, False])
ranks = st.lists(st.integers(1, 9), unique=True, min_size=1, max_size=3)
orders = [st.permutations(range(count)) for count in range(5)]


@functools.cache
def instants(origin: dt.datetime, *, first: int, last: int) -> st.SearchStrategy[dt.datetime]:
    """Whole minutes from some days before the origin's day until some days after it."""
    return st.integers(first * 1440, last * 1440).map(lambda minutes: origin + dt.timedelta(minutes=minutes))


def locals_at(
    times: st.SearchStrategy[dt.time], origin: dt.datetime, *, first: int, last: int
) -> st.SearchStrategy[dt.datetime]:
    days = st.integers(first, last).map(lambda days: (origin + dt.timedelta(days=days)).date())
    return st.builds(dt.datetime.combine, days, times)


starts_local = functools.cache(lambda origin: locals_at(times, origin, first=-18, last=0))
ends_local = functools.cache(lambda origin: st.none() | st.none() | locals_at(times, origin, first=-1, last=4))


@kept
def spans(draw: st.DrawFn, origin: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    start, length = draw(instants(origin, first=-3, last=3)), draw(lengths)
    return start, start + length


@kept
def pauses(draw: st.DrawFn, origin: dt.datetime) -> Pause:
    start, end = draw(spans(origin))
    return Pause(draw(people), start, end if draw(ending) else None)


pauses_at = functools.cache(lambda origin: st.lists(pauses(origin), max_size=2).map(tuple))


@kept
def rotations(draw: st.DrawFn, origin: dt.datetime) -> Rotation:
    unit, length = draw(units)
    start_local, until_local = draw(starts_local(origin)), draw(ends_local(origin))
    return Rotation(
        unit=unit,
        length=length,
        start_local=start_local,
        participants=draw(participants),
        until_local=until_local if until_local is None or until_local > start_local else None,
        advance_on=draw(advances),
        paused=draw(pauses_at(origin)),
    )


edits_at = functools.cache(lambda origin: st.sets(instants(origin, first=-5, last=2), min_size=1, max_size=3))


@kept
def histories(draw: st.DrawFn, origin: dt.datetime) -> tuple[Version, ...]:
    if draw(st.booleans()):
        return (Version(None, draw(rotations(origin))),)
    return tuple(Version(edit, draw(rotations(origin))) for edit in sorted(draw(edits_at(origin))))


@kept
def layers(draw: st.DrawFn, scene: Scene, rank: int) -> Layer:
    restricted = draw(st.booleans())
    return Layer(
        id=f"L{rank}",
        rank=rank,
        versions=draw(histories(scene.origin)),
        time_zone=draw(zones),
        restrictions=draw(restrictions) if restricted else (),
        weekly_ranges=draw(weekly_ranges) if restricted else (),
    )


@kept
def overrides(draw: st.DrawFn, origin: dt.datetime, seq: int) -> Override:
    start, end = draw(spans(origin))
    return Override(f"o{seq}", start, end, draw(somebody), seq, draw(somebody))


scenes = st.sampled_from(SCENES)
combines = st.sampled_from(["precedence", "union"])
counts = st.integers(0, 4)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A roster, a window of at most three days around its zone's clock change, and the day of the change."""
    scene = draw(scenes)
    ranked, count = draw(ranks), draw(counts)
    roster = Roster(
        time_zone=scene.zone,
        layers=tuple(draw(layers(scene, rank)) for rank in ranked),
        combine=draw(combines),
        overrides=tuple(draw(overrides(scene.origin, seq)) for seq in draw(orders[count])),
    )
    start = draw(instants(scene.origin, first=-2, last=2))
    return Case(roster, Window(start, start + draw(lengths)), scene.origin)
