"""What holds for every roster: the invariants of roster-semantics, and agreement with the minute-by-minute oracle."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from itertools import pairwise
from unittest import mock

import pytest
from building import instant, layer, rotation
from building import roster as make_roster
from hypothesis import given
from hypothesis import strategies as st
from oracle import MINUTE, on_call_by_minute
from strategies import Case, cases, overrides, steady

from app.rosters import rotation as rotation_module
from app.rosters.definition import Rendering, Window
from app.rosters.rendering import on_call_at, render

WEEKDAYS = [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]


def by_minute(rendering: Rendering) -> list[tuple[str, ...]]:
    return [segment.on_call for segment in rendering.segments for _ in range((segment.end - segment.start) // MINUTE)]


@steady(max_examples=120)
@given(cases())
def test_rendering_is_what_the_semantics_say_of_every_minute(case: Case) -> None:
    expected = on_call_by_minute(case.roster, case.window, origin=case.origin)
    assert by_minute(render(case.roster, case.window)) == expected


@steady(max_examples=60)
@given(cases())
def test_segments_tile_the_window_and_gaps_are_the_rest(case: Case) -> None:
    rendering = render(case.roster, case.window)
    for parts in (rendering.segments, rendering.stretches):
        assert (parts[0].start, parts[-1].end) == (case.window.start, case.window.end)
        assert all(part.start < part.end for part in parts)
        assert all(before.end == after.start for before, after in pairwise(parts))
    assert all(before.on_call != after.on_call for before, after in pairwise(rendering.segments))
    empty = [(segment.start, segment.end) for segment in rendering.segments if segment.on_call == ()]
    assert [(gap.start, gap.end) for gap in rendering.gaps] == empty
    counted = Counter(person for people in by_minute(rendering) for person in people)
    assert rendering.minutes_per_person == counted


@steady(max_examples=60)
@given(cases())
def test_stretches_are_the_same_answer_with_one_origin_each(case: Case) -> None:
    rendering = render(case.roster, case.window)
    layers = {each.id for each in case.roster.layers}
    for segment in rendering.segments:
        inside = [s for s in rendering.stretches if segment.start <= s.start < segment.end]
        assert {stretch.on_call for stretch in inside} == {segment.on_call}
        assert {turn.layer_id for stretch in inside for turn in stretch.turns} == set(segment.source.layers) <= layers
        assert {stretch.override_id for stretch in inside} - {None} == set(segment.source.overrides)
        if segment.on_call:
            assert segment.source.layers or segment.source.overrides


@steady(max_examples=60)
@given(cases(), st.data())
def test_a_split_window_gives_the_split_rendering(case: Case, data: st.DataObject) -> None:
    start, end = case.window.start, case.window.end
    cut = start + data.draw(st.integers(0, (end - start) // MINUTE)) * MINUTE
    halves = [Window(start, cut), Window(cut, end)]
    parts = [render(case.roster, half) for half in halves if half.start < half.end]
    whole = render(case.roster, case.window)
    assert by_minute(whole) == [people for part in parts for people in by_minute(part)]
    turns = {turn for stretch in whole.stretches for turn in stretch.turns}
    assert turns == {turn for part in parts for stretch in part.stretches for turn in stretch.turns}


@steady(max_examples=60)
@given(cases(), st.data())
def test_an_override_changes_nothing_outside_it(case: Case, data: st.DataObject) -> None:
    added = data.draw(overrides(case.origin, len(case.roster.overrides)))
    roster = dataclasses.replace(case.roster, overrides=(*case.roster.overrides, added))
    before, after = by_minute(render(case.roster, case.window)), by_minute(render(roster, case.window))
    for n, (old, new) in enumerate(zip(before, after, strict=True)):
        inside = added.start <= case.window.start + n * MINUTE < added.end
        if not inside:
            assert new == old
        elif added.replaces is None:
            assert new == (() if added.person is None else (added.person,))


@steady(max_examples=60)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(case: Case, random: st.random.Random) -> None:
    layers, added = list(case.roster.layers), list(case.roster.overrides)
    random.shuffle(layers)
    random.shuffle(added)
    shuffled = dataclasses.replace(case.roster, layers=tuple(layers), overrides=tuple(added))
    assert render(shuffled, case.window) == render(case.roster, case.window)


@steady(max_examples=60)
@given(cases(), st.data())
def test_a_point_query_is_the_rendering_at_that_instant(case: Case, data: st.DataObject) -> None:
    minutes = (case.window.end - case.window.start) // MINUTE
    at = case.window.start + data.draw(st.integers(0, minutes - 1)) * MINUTE
    rendering = render(case.roster, case.window)
    segment = next(segment for segment in rendering.segments if segment.start <= at < segment.end)
    answer = on_call_at(case.roster, at + dt.timedelta(seconds=59))
    assert answer.on_call == segment.on_call
    if segment.start > case.window.start:
        assert answer.since == segment.start
    if segment.end < case.window.end:
        assert answer.until == segment.end


@pytest.mark.parametrize("years", [10, 50])
@pytest.mark.parametrize(
    ("unit", "length", "advance_on", "restrictions"),
    [("week", 1, "calendar", []), ("hour", 8, "calendar", WEEKDAYS), ("day", 1, "active", WEEKDAYS)],
)
def test_history_changes_neither_the_answer_nor_the_work(
    years: int, unit: str, length: int, advance_on: str, restrictions: list[dict[str, object]]
) -> None:
    people = [f"P{n}" for n in range(10)]
    # Ten weeks are whole rounds of every rotation here, so the turns fall to the same people.
    recent = instant("2027-02-01T09:00")
    old = recent - years * 5 * dt.timedelta(weeks=10)
    answers, work = [], []
    for start in (recent, old):
        turns = rotation(f"{start:%Y-%m-%dT%H:%M}", *people, unit=unit, length=length, advance_on=advance_on)
        roster = make_roster("Australia/Melbourne", layer(turns, restrictions=restrictions))
        with mock.patch.object(rotation_module, "first_minute", wraps=rotation_module.first_minute) as conversions:
            answers.append(render(roster, Window(instant("2027-03-01T00:00Z"), instant("2027-05-30T00:00Z"))))
        work.append(conversions.call_count)
    assert answers[0] == answers[1]
    assert work[0] == work[1]
