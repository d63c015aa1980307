"""Rendering of versions, overrides and absences together, held against an oracle that looks at every quarter hour."""

from __future__ import annotations

import dataclasses

import pytest
from building import instant, layer, rotation
from building import roster as make_roster
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady
from timeline import QUARTER, Story, absences, stories
from timeline_oracle import Moment, Timeline, quarters

from app.rosters.definition import Absence, Override, Rendering, Roster, Stretch, Window
from app.rosters.rendering import on_call_at, render
from app.rosters.versions import Ruling, joined


def by_quarter(rendering: Rendering) -> list[Stretch]:
    """The stretch that holds each quarter hour; every edge lies on one."""
    found = []
    for stretch in rendering.stretches:
        length, rest = divmod(stretch.end - stretch.start, QUARTER)
        assert not rest
        found += [stretch] * length
    return found


@steady(max_examples=400)
@given(stories())
def test_each_quarter_hour_is_as_the_semantics_say(story: Story) -> None:
    timeline = Timeline(story)
    rendered = by_quarter(render(story.roster, story.window))
    for at, stretch in zip(quarters(story.window), rendered, strict=True):
        acting = next((each for each in story.overrides if each.id == stretch.override_id), None)
        assert list(stretch.on_call) == sorted(stretch.on_call)
        assert list(stretch.away) == sorted(stretch.away)
        assert Moment(frozenset(stretch.on_call), frozenset(stretch.away), acting) == timeline.at(at), at


@steady(max_examples=150)
@given(stories())
def test_turns_are_those_of_who_is_on_call_away_or_replaced(story: Story) -> None:
    timeline = Timeline(story)
    for stretch in render(story.roster, story.window).stretches:
        acting = timeline.at(stretch.start).acting
        behind = {turn.person for turn in stretch.turns}
        everybody = {*stretch.on_call, *stretch.away}
        if acting is None:
            assert behind == everybody
        elif acting.replaces is None:
            assert behind == set()
        elif acting.person is None:
            assert behind == everybody
        else:
            assert behind - {acting.person} == (everybody | {acting.replaces}) - {acting.person}
        assert all(turn.slot_start <= stretch.start for turn in stretch.turns)


@steady(max_examples=100)
@given(stories(), st.data())
def test_an_absence_takes_one_person_away_and_nobody_else(story: Story, data: st.DataObject) -> None:
    added = data.draw(absences(story.origin))
    absent = dataclasses.replace(story.roster, absences=(*story.absences, added))
    before, after = by_quarter(render(story.roster, story.window)), by_quarter(render(absent, story.window))
    for at, old, new in zip(quarters(story.window), before, after, strict=True):
        if not (added.start <= at and (added.end is None or at < added.end)):
            assert new == dataclasses.replace(old, start=new.start, end=new.end)
        else:
            assert added.person not in new.on_call
            assert set(new.on_call) >= set(old.on_call) - {added.person}
            assert new.override_id == old.override_id


@steady(max_examples=100)
@given(stories(), st.data())
def test_a_split_window_and_a_point_query_say_the_same(story: Story, data: st.DataObject) -> None:
    start, end = story.window.start, story.window.end
    cut = start + data.draw(st.integers(0, (end - start) // QUARTER - 1)) * QUARTER
    whole = [each.on_call for each in by_quarter(render(story.roster, story.window))]
    halves = [Window(start, cut), Window(cut, end)]
    parts = [render(story.roster, half) for half in halves if half.start < half.end]
    assert [each.on_call for part in parts for each in by_quarter(part)] == whole
    assert on_call_at(story.roster, cut).on_call == whole[(cut - start) // QUARTER]


@steady(max_examples=60)
@given(stories())
def test_a_version_that_never_ruled_and_the_order_of_input_change_nothing(story: Story) -> None:
    first = story.rulings[0]
    never = Ruling(first.since, first.since, story.rulings[-1].definition)
    story_again = story._replace(
        rulings=(never, *story.rulings), overrides=story.overrides[::-1], absences=story.absences[::-1]
    )
    assert render(story_again.roster, story.window) == render(story.roster, story.window)


def two_layers(combine: str) -> Roster:
    layers = [layer(rotation("2027-03-01T09:00", person), rank=rank) for rank, person in ((1, "B"), (2, "A"))]
    return make_roster("UTC", *layers, combine=combine)


def away(person: str, kind: str = "leave") -> Absence:
    return Absence(person, instant("2027-04-01T00:00Z"), None, kind)


DAY = Window(instant("2027-04-02T00:00Z"), instant("2027-04-03T00:00Z"))


@pytest.mark.parametrize(
    ("combine", "absent", "acting", "on_call", "named_away"),
    [
        ("precedence", "A", None, ("B",), ("A",)),
        ("precedence", "AB", None, (), ("A", "B")),
        ("precedence", "B", None, ("A",), ()),
        ("union", "A", None, ("B",), ("A",)),
        ("union", "AB", None, (), ("A", "B")),
        ("precedence", "A", ("C", "A"), ("C",), ()),
        ("precedence", "C", ("C", "A"), (), ("C",)),
        ("precedence", "AC", ("C", "A"), (), ("C",)),
        ("union", "C", ("C", "A"), ("B",), ("C",)),
        ("union", "A", ("C", "A"), ("B", "C"), ()),
        ("precedence", "A", ("C", "B"), ("B",), ("A",)),
        ("precedence", "C", ("C", None), (), ("C",)),
        ("precedence", "A", (None, "A"), (), ()),
    ],
)
def test_who_is_on_call_while_somebody_is_absent(
    combine: str,
    absent: str,
    acting: tuple[str | None, str | None] | None,
    on_call: tuple[str, ...],
    named_away: tuple[str, ...],
) -> None:
    overrides = () if acting is None else (Override("o", DAY.start, DAY.end, acting[0], 1, acting[1]),)
    roster = dataclasses.replace(
        two_layers(combine), absences=tuple(away(person) for person in absent), overrides=overrides
    )
    (stretch,) = {(each.on_call, each.away) for each in render(roster, DAY).stretches}
    assert stretch == (on_call, named_away)


def test_a_rotation_counts_from_its_own_start_in_every_version() -> None:
    def plan(zone: str) -> Roster:
        return make_roster(zone, layer(rotation("2027-03-29T09:00", "A", "B", "C")))

    changed = instant("2027-04-01T12:00Z")
    roster = joined(
        [Ruling(instant("2027-03-30T00:00Z"), changed, plan("UTC")), Ruling(changed, None, plan("Asia/Tokyo"))]
    )
    found = [
        (f"{each.start:%d %H:%M}", "".join(each.on_call))
        for each in render(roster, Window(instant("2027-03-29T12:00Z"), instant("2027-04-03T12:00Z"))).segments
    ]
    assert found == [
        ("29 12:00", ""),
        ("30 00:00", "A"),
        ("30 09:00", "B"),
        ("31 09:00", "C"),
        ("01 09:00", "A"),
        ("02 00:00", "B"),
        ("03 00:00", "C"),
    ]
