"""Random rosters that change over time, as hypothesis strategies: versions, overrides, absences, all on quarter hours.

Every edge of a rendering then lies on a quarter hour too, in every zone there is, so an oracle need not look between.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from typing import NamedTuple

from hypothesis import strategies as st
from strategies import LENGTHS, Scene, kept, locals_at, people, week_times_of, weekdays

from app.rosters.definition import (
    Absence,
    Layer,
    Override,
    Pause,
    Restriction,
    Roster,
    Rotation,
    Version,
    WeeklyRange,
    Window,
)
from app.rosters.versions import Ruling, joined

QUARTER = dt.timedelta(minutes=15)
DAY = 96  # quarters

SCENES = [
    Scene(zone, dt.datetime.fromisoformat(f"{day}T00:00Z"))
    for zone, day in (
        ("Australia/Melbourne", "2027-04-03"),
        ("Australia/Melbourne", "2027-10-02"),
        ("Australia/Lord_Howe", "2027-04-03"),  # half an hour back
        ("Australia/Lord_Howe", "2027-10-02"),  # half an hour forward
        ("Pacific/Apia", "2011-12-30"),  # a whole day forward
        ("Asia/Kathmandu", "1985-12-31"),  # a quarter of an hour forward
        ("Asia/Kathmandu", "2027-06-01"),
        ("America/Santiago", "2027-04-04"),  # back at midnight
        ("America/Santiago", "2027-09-05"),  # forward at midnight: the day begins at one
        ("UTC", "2027-06-01"),
    )
]
_CLOCK = ["00:00", "00:15", "00:30", "01:00", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00", "09:00", "17:00"]
times = st.sampled_from([*map(dt.time.fromisoformat, _CLOCK), dt.time(23), dt.time(23, 45)])
week_times = week_times_of(times)
KINDS = ("leave", "exam_window", "placement", "training_lapsed", "paused", "ended")

units = st.sampled_from(LENGTHS)
participants = st.lists(people, min_size=1, max_size=3).map(tuple)
advances = st.sampled_from(["calendar", "calendar", "active"])
zones = st.sampled_from([None, None, None, "Europe/London"])
combines = st.sampled_from(["precedence", "union"])
ranks = st.lists(st.integers(1, 4), unique=True, max_size=3)
restrictions = st.lists(st.builds(Restriction, st.frozensets(weekdays, min_size=3), times, times), max_size=1).map(
    tuple
)
weekly_ranges = st.lists(st.builds(WeeklyRange, week_times, week_times), max_size=1).map(tuple)
somebody = st.none() | people | people
ending = st.sampled_from([True, True, False])


class Story(NamedTuple):
    """A roster's versions and what was arranged besides, and a window of a few days in which the clock changes."""

    rulings: tuple[Ruling, ...]
    overrides: tuple[Override, ...]
    absences: tuple[Absence, ...]
    window: Window
    origin: dt.datetime

    @property
    def roster(self) -> Roster:
        return dataclasses.replace(joined(self.rulings), overrides=self.overrides, absences=self.absences)


@functools.cache
def moments(origin: dt.datetime, *, first: int, last: int) -> st.SearchStrategy[dt.datetime]:
    """Quarter hours from some days before the origin's day until some days after it."""
    return st.integers(first * DAY, last * DAY).map(lambda quarters: origin + quarters * QUARTER)


lengths = st.integers(1, 3 * DAY).map(lambda quarters: quarters * QUARTER)


@functools.cache
def spans(origin: dt.datetime) -> st.SearchStrategy[tuple[dt.datetime, dt.datetime]]:
    starts = moments(origin, first=-3, last=3)
    return st.builds(lambda start, length: (start, start + length), starts, lengths)


@kept
def pauses(draw: st.DrawFn, origin: dt.datetime) -> tuple[Pause, ...]:
    """One, or none."""
    if not draw(st.booleans()):
        return ()
    start, end = draw(spans(origin))
    return (Pause(draw(people), start, end if draw(ending) else None),)


starts_local = functools.cache(lambda origin: locals_at(times, origin, first=-12, last=0))
ends_local = functools.cache(lambda origin: st.one_of(st.none(), st.none(), locals_at(times, origin, first=-1, last=2)))


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
        paused=draw(pauses(origin)),
    )


edits = functools.cache(lambda origin: st.sets(moments(origin, first=-3, last=2), max_size=1))


@kept
def layers(draw: st.DrawFn, scene: Scene, rank: int) -> Layer:
    return Layer(
        id=f"L{rank}",
        rank=rank,
        versions=tuple(Version(edit, draw(rotations(scene.origin))) for edit in [None, *draw(edits(scene.origin))]),
        time_zone=draw(zones),
        restrictions=draw(restrictions),
        weekly_ranges=draw(weekly_ranges),
    )


@kept
def definitions(draw: st.DrawFn, scene: Scene) -> Roster:
    return Roster(
        time_zone=draw(zones) or scene.zone,
        layers=tuple(draw(layers(scene, rank)) for rank in draw(ranks)),
        combine=draw(combines),
    )


versions_from = functools.cache(lambda origin: st.lists(moments(origin, first=-2, last=2), max_size=2))


@kept
def rulings(draw: st.DrawFn, scene: Scene) -> tuple[Ruling, ...]:
    """One to three versions, of which some never came to rule; the last has an end at times."""
    began = scene.origin - 4 * DAY * QUARTER if draw(ending) else scene.origin
    edges = sorted([began, *draw(versions_from(scene.origin))])
    ends: list[dt.datetime | None] = [*edges[1:], None if draw(ending) else edges[-1] + DAY * QUARTER]
    return tuple(Ruling(since, until, draw(definitions(scene))) for since, until in zip(edges, ends, strict=True))


@kept
def overrides(draw: st.DrawFn, origin: dt.datetime, seq: int) -> Override:
    start, end = draw(spans(origin))
    return Override(f"o{seq}", start, end, draw(somebody), seq, draw(st.none() | people))


@kept
def absences(draw: st.DrawFn, origin: dt.datetime) -> Absence:
    start, end = draw(spans(origin))
    return Absence(draw(people), start, end if draw(ending) else None, draw(st.sampled_from(KINDS)))


orders = [st.permutations(range(count)) for count in range(4)]
absences_at = functools.cache(lambda origin: st.lists(absences(origin), max_size=3).map(tuple))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    scene = draw(st.sampled_from(SCENES))
    start = draw(moments(scene.origin, first=-2, last=2))
    return Story(
        rulings=draw(rulings(scene)),
        overrides=tuple(draw(overrides(scene.origin, seq)) for seq in draw(draw(st.sampled_from(orders)))),
        absences=draw(absences_at(scene.origin)),
        window=Window(start, start + draw(st.integers(1, 2 * DAY)) * QUARTER),
        origin=scene.origin,
    )
