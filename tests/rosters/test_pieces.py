"""Shifts with names: whoever is on call at a time is so by exactly one of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import pairwise

from building import instant, layer, rotation
from building import roster as make_roster
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady
from timeline import QUARTER, Story, stories
from timeline_oracle import Timeline, quarters

from app.rosters.definition import Absence, Override, Roster, Window
from app.rosters.pieces import Piece, clipped, pieces
from app.rosters.rendering import render


def pieces_of(story: Story) -> list[Piece]:
    return pieces(render(story.roster, story.window).stretches, overrides={each.id: each for each in story.overrides})


def named_by(timeline: Timeline, at: dt.datetime, person: str) -> set[str]:
    """The layers, or the override, by which somebody may be on call at a time."""
    now = timeline.at(at)
    if now.acting is not None and now.acting.person == person:
        return {now.acting.id}
    return {each.layer.id for each in timeline.in_force(at) if each.person(at) == person}


@steady(max_examples=200)
@given(stories())
def test_each_time_on_call_belongs_to_one_shift_with_its_name(story: Story) -> None:
    found = pieces_of(story)
    timeline = Timeline(story)
    for at in quarters(story.window):
        now = [piece for piece in found if piece.start <= at < piece.end]
        held = [piece.person for piece in now if piece.held]
        assert set(held) == timeline.at(at).on_call, at
        for person in held:  # once, but for the case that has a test of its own below
            assert held.count(person) <= len(named_by(timeline, at, person)), at
        for piece in now:
            layer_or_override = piece.name.override_id or piece.name.layer_id
            assert layer_or_override in named_by(timeline, at, piece.person), at
            assert (piece.name.override_id is None) == (piece.name.slot_start is not None)
            if piece.name.slot_start is not None:
                assert piece.name.slot_start <= piece.start


@steady(max_examples=150)
@given(stories())
def test_whoever_has_a_turn_that_is_not_in_effect_is_away_or_replaced(story: Story) -> None:
    timeline = Timeline(story)
    idle = [piece for piece in pieces_of(story) if not piece.held]
    for at in quarters(story.window):
        now = timeline.at(at)
        people = {piece.person for piece in idle if piece.start <= at < piece.end}
        given_away = set()
        if now.acting is not None and now.acting.person not in (None, now.acting.replaces):
            given_away = {now.acting.replaces} - {None}
        assert people == now.away | given_away, at


@steady(max_examples=150)
@given(stories(), st.data())
def test_pieces_are_as_long_as_can_be_and_clip_to_a_window(story: Story, data: st.DataObject) -> None:
    found = pieces_of(story)
    for key in {(piece.person, piece.name, piece.held) for piece in found}:
        same = [piece for piece in found if (piece.person, piece.name, piece.held) == key]
        assert all(one.end < other.start for one, other in pairwise(same))
    assert [piece.start for piece in found] == sorted(piece.start for piece in found)
    start = story.window.start + data.draw(st.integers(-10, 50)) * QUARTER
    end = start + data.draw(st.integers(1, 50)) * QUARTER
    for piece in found:
        inside = {at for at in quarters(Window(start, end)) if piece.start <= at < piece.end}
        part = clipped(piece, start, end)
        assert inside == (set() if part is None else set(quarters(Window(part.start, part.end))))
        assert part is None or (part.person, part.name, part.held) == (piece.person, piece.name, piece.held)


@steady(max_examples=80)
@given(stories())
def test_a_turn_is_named_by_when_it_began_however_late_one_looks(story: Story) -> None:
    """The name of a shift does not depend on the window in which it is seen."""
    start, end = story.window.start, story.window.end
    if end - start < 2 * QUARTER:
        return
    later = story._replace(window=Window(start + (end - start) // QUARTER // 2 * QUARTER, end))
    assert {(each.person, each.name) for each in pieces_of(later)} <= {
        (each.person, each.name) for each in pieces_of(story)
    }


DAY = Window(instant("2027-04-05T00:00Z"), instant("2027-04-06T00:00Z"))


def found_in(roster: Roster) -> list[tuple[str, str | None, bool]]:
    overrides = {each.id: each for each in roster.overrides}
    found = pieces(render(roster, DAY).stretches, overrides=overrides)
    return [(each.person, each.name.override_id or each.name.layer_id, each.held) for each in found]


def union(*people: str) -> Roster:
    layers = [layer(rotation("2027-04-05T00:00", person), rank=rank) for rank, person in enumerate(people, start=1)]
    return make_roster("UTC", *layers, combine="union")


def test_somebody_in_two_layers_at_once_is_on_call_once() -> None:
    """Their hours count once, towards rest and caps too."""
    held = [(person, held) for person, _, held in found_in(union("A", "A")) if held]
    assert held == [("A", True)]


def test_a_shift_that_was_given_away_stays_its_owners_and_is_not_in_effect() -> None:
    roster = dataclasses.replace(union("A", "B"), overrides=(Override("o1", DAY.start, DAY.end, "C", 1, "A"),))
    assert found_in(roster) == [("A", "L1", False), ("B", "L2", True), ("C", "o1", True)]
    absent = dataclasses.replace(roster, absences=(Absence("C", DAY.start, None, "leave"),))
    assert found_in(absent) == [("A", "L1", False), ("B", "L2", True), ("C", "o1", False)]


def test_an_override_for_somebody_who_is_there_anyway_is_their_shift() -> None:
    roster = dataclasses.replace(union("A", "B"), overrides=(Override("o1", DAY.start, DAY.end, "B", 1, "A"),))
    assert found_in(roster) == [("A", "L1", False), ("B", "o1", True)]
