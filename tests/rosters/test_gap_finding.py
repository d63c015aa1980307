"""Gaps with their causes, held against an oracle that asks at every quarter hour why nobody is there."""

from __future__ import annotations

import dataclasses
import functools
from itertools import pairwise
from typing import Any

import pytest
from building import Document, instant, layer, rotation
from building import roster as make_roster
from hypothesis import given
from hypothesis import strategies as st
from strategies import people, steady
from timeline import QUARTER, Story, stories
from timeline_oracle import Timeline, quarters, unpaused

from app.rosters.definition import Absence, Override, Rendering, Roster, Segment, Source, Window
from app.rosters.gap_finding import Found, expected_times, find
from app.rosters.rendering import render
from app.rosters.versions import Ruling, joined
from app.vocabulary import Expects, GapCause

expectations = st.sampled_from([Expects.ALWAYS, Expects.ALWAYS, Expects.PLANNED_HOURS, Expects.NOTHING])
teams = st.frozensets(people)
NOWHERE = Source((), ())


@st.composite
def others(draw: st.DrawFn, window: Window) -> Rendering:
    """What an earlier level might say: anybody, at any time."""
    length = (window.end - window.start) // QUARTER
    cuts = sorted(draw(st.sets(st.integers(1, length - 1), max_size=3))) if length > 1 else []
    edges = [window.start + each * QUARTER for each in [0, *cuts, length]]
    segments = tuple(Segment(start, end, tuple(sorted(draw(teams))), NOWHERE) for start, end in pairwise(edges))
    return Rendering(segments, (), {}, ())


def why(
    timeline: Timeline, busy: Timeline, at: object, *, unreachable: frozenset[str], elsewhere: list[frozenset[str]]
) -> set[str]:
    """The causes that may be named for a time; none where somebody is there who can be reached."""
    now = timeline.at(at)
    if now.on_call:
        reachable = now.on_call - unreachable
        if not reachable:
            return {"no_working_contact"}
        return {"double_booked"} if any(reachable <= team for team in elsewhere) else set()
    if now.away:
        return timeline.kinds(now.away, at)
    if now.acting is not None:
        return {"unfilled"}
    if busy.at(at).on_call:
        return {"paused"}
    if not timeline.has_ended(at):
        return {"unfilled"}
    # Of a layer's own later version there is a test below.
    return {"ended", "unfilled"} if timeline.comes_again(at) else {"ended"}


def expected(timeline: Timeline, at: object, expects: Expects) -> bool:
    if expects is Expects.PLANNED_HOURS:
        return any(each.is_open(at) for each in timeline.in_force(at))
    return expects is Expects.ALWAYS


@steady(max_examples=400)
@given(stories(), expectations, st.frozensets(people, max_size=2), st.data())
def test_gaps_are_the_expected_time_without_anybody_and_say_why(
    story: Story, expects: Expects, unreachable: frozenset[str], data: st.DataObject
) -> None:
    earlier = [data.draw(others(story.window)) for _ in range(data.draw(st.integers(0, 2)))]
    found = find(story.roster, story.window, expects=expects, unreachable=unreachable, earlier=earlier)
    assert all(gap.start < gap.end for gap in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert not any(one.end == other.start and one.cause is other.cause for one, other in pairwise(found))
    timeline, busy = Timeline(story), Timeline(unpaused(story))
    for at in quarters(story.window):
        elsewhere = [
            frozenset(segment.on_call)
            for each in earlier
            for segment in each.segments
            if segment.start <= at < segment.end
        ]
        causes = set()
        if expected(timeline, at, expects):
            causes = why(timeline, busy, at, unreachable=unreachable, elsewhere=elsewhere)
        gaps = [gap for gap in found if gap.start <= at < gap.end]
        assert len(gaps) == bool(causes), at
        assert not gaps or gaps[0].cause in causes, at
        assert all((edge - at) % QUARTER == 0 * QUARTER for gap in gaps for edge in (gap.start, gap.end))


@steady(max_examples=120)
@given(stories(), expectations)
def test_expected_times_are_those_in_which_a_layer_is_open(story: Story, expects: Expects) -> None:
    times = expected_times(story.roster, story.window, expects=expects)
    assert all(one_end < start for (_, one_end), (start, _) in pairwise(times))
    timeline = Timeline(story)
    for at in quarters(story.window):
        assert any(start <= at < end for start, end in times) == expected(timeline, at, expects), at


@steady(max_examples=60)
@given(stories(), st.data())
def test_gaps_of_a_split_window_are_the_same_time(story: Story, data: st.DataObject) -> None:
    start, end = story.window.start, story.window.end
    cut = start + data.draw(st.integers(1, max(1, (end - start) // QUARTER - 1))) * QUARTER
    if cut >= end:
        return
    look = functools.partial(find, story.roster, expects=Expects.ALWAYS)
    parts = [*look(Window(start, cut)), *look(Window(cut, end))]
    joined_up: list[Found] = []
    for gap in parts:
        if joined_up and (joined_up[-1].end, joined_up[-1].cause) == (gap.start, gap.cause):
            gap = dataclasses.replace(gap, start=joined_up.pop().start)
        joined_up.append(gap)
    assert tuple(joined_up) == look(story.window)


def week(*layers: Document, **more: Any) -> Roster:
    return make_roster("UTC", *layers, **more)


DAY = Window(instant("2027-04-05T00:00Z"), instant("2027-04-06T00:00Z"))
ALONE = rotation("2027-04-01T00:00", "A")


def causes(roster: Roster, *, window: Window = DAY, expects: Expects = Expects.ALWAYS) -> list[tuple[str, str]]:
    return [(f"{gap.start:%d %H:%M}", gap.cause) for gap in find(roster, window, expects=expects)]


def test_a_layer_with_a_later_version_has_not_ended() -> None:
    """It will have somebody again: nobody needs to plan it anew."""
    ending = {**ALONE, "until_local": "2027-04-05T06:00"}
    again = rotation("2027-04-05T12:00", "B")
    versions = [
        {"effective_from": "2027-04-01T00:00Z", "rotation": ending},
        {"effective_from": "2027-04-05T12:00Z", "rotation": again},
    ]
    roster = week({"id": "L1", "rank": 1, "versions": versions})
    assert causes(roster) == [("05 06:00", "unfilled")]


def test_a_rotation_that_ended_and_one_that_goes_on() -> None:
    ended = layer({**ALONE, "until_local": "2027-04-05T06:00"})
    hours = [{"days": ["MO"], "start": "00:00", "end": "12:00"}]
    assert causes(week(ended)) == [("05 06:00", "ended")]
    other = layer(rotation("2027-04-01T00:00", "B"), rank=2, restrictions=hours)
    assert causes(week(ended, other)) == [("05 12:00", "unfilled")]
    assert causes(week()) == [("05 00:00", "ended")]


def test_a_version_of_a_roster_without_layers_has_ended() -> None:
    noon = instant("2027-04-05T12:00Z")
    roster = joined([Ruling(instant("2027-04-01T00:00Z"), noon, week(layer(ALONE))), Ruling(noon, None, week())])
    assert causes(roster) == [("05 12:00", "ended")]
    assert causes(roster, expects=Expects.PLANNED_HOURS) == []


@pytest.mark.parametrize("kind", ["leave", "exam_window", "placement", "training_lapsed", "ended"])
def test_an_absence_gives_its_kind_and_an_override_covers_it(kind: str) -> None:
    roster = dataclasses.replace(week(layer(ALONE)), absences=(Absence("A", DAY.start, None, kind),))
    assert causes(roster) == [("05 00:00", kind)]
    noon = instant("2027-04-05T12:00Z")
    covered = dataclasses.replace(roster, overrides=(Override("o", DAY.start, noon, "B", 1, "A"),))
    assert causes(covered) == [("05 12:00", kind)]


def test_a_pause_is_named_only_where_it_makes_the_difference() -> None:
    paused = [{"person": "A", "start": "2027-04-05T06:00Z", "end": None}]
    roster = week(layer({**ALONE, "paused": paused}))
    assert causes(roster) == [("05 06:00", "paused")]
    taken = dataclasses.replace(roster, overrides=(Override("o", DAY.start, DAY.end, None, 1),))
    assert causes(taken) == [("05 00:00", "unfilled")]


def test_whoever_was_asked_already_is_nobody_here() -> None:
    roster = week(layer(rotation("2027-04-01T00:00", "A"), rank=1), layer(rotation("2027-04-01T00:00", "B"), rank=2))
    both = dataclasses.replace(roster, combine="union")
    earlier = [render(week(layer(ALONE)), DAY), render(week(layer(rotation("2027-04-01T00:00", "B"))), DAY)]
    assert find(both, DAY, expects=Expects.ALWAYS, earlier=earlier) == ()
    assert find(both, DAY, expects=Expects.ALWAYS, earlier=earlier, unreachable={"B"}) == (
        Found(DAY.start, DAY.end, GapCause.DOUBLE_BOOKED),
    )
    assert find(both, DAY, expects=Expects.ALWAYS, unreachable={"A", "B"}) == (
        Found(DAY.start, DAY.end, GapCause.NO_WORKING_CONTACT),
    )
