"""Layers, pauses, versions, overrides, and what a rendering says of their origin (roster-semantics, rules 6 to 9)."""

from __future__ import annotations

from typing import Any

import pytest
from building import answer, instant, layer, override, rendering, roster, rotation

START, END = "2027-05-03T09:00Z", "2027-05-06T09:00Z"
DAILY = rotation("2027-05-03T09:00", "A", "B", "C")
ALWAYS_S = layer(rotation("2027-05-01T00:00", "S"), rank=2)
MORNINGS = {"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "12:00"}


def overridden(*overrides: dict[str, Any], layers: tuple[dict[str, Any], ...] = (layer(DAILY),), **more: Any) -> str:
    """Who is on call at 09:00, 15:00, 21:00 and 03:00 of the first day, for overrides that begin and end then."""
    parts = answer(roster("UTC", *layers, overrides=list(overrides), **more), START, "2027-05-04T09:00Z")
    hours = ("03T09:00", "03T15:00", "03T21:00", "04T03:00")
    return " ".join(next(who for start, who in reversed(parts) if start <= hour) for hour in hours)


def at(*hours: int) -> list[str]:
    return [f"2027-05-{3 + hour // 24:02d}T{hour % 24:02d}:00Z" for hour in hours]


def test_the_highest_rank_that_has_somebody_answers() -> None:
    layers = (
        layer(DAILY, rank=1),
        layer(rotation("2027-05-03T09:00", "M", until_local="2027-05-05T00:00"), rank=2, restrictions=[MORNINGS]),
        layer(rotation("2027-05-04T10:00", "H", until_local="2027-05-04T11:00"), rank=3),
    )
    assert answer(roster("UTC", *layers), START, END) == [
        ("03T09:00", "M"),
        ("03T12:00", "A"),
        ("04T09:00", "M"),
        ("04T10:00", "H"),
        ("04T11:00", "M"),
        ("04T12:00", "B"),
        ("05T09:00", "C"),
    ]


def test_in_a_union_a_person_of_two_layers_counts_once() -> None:
    layers = (layer(DAILY, rank=1), layer(rotation("2027-05-03T09:00", "B", "A"), rank=2))
    both = roster("UTC", *layers, combine="union")
    assert answer(both, START, END) == [("03T09:00", "A+B"), ("05T09:00", "B+C")]
    assert rendering(both, START, END).minutes_per_person == {"A": 2880, "B": 4320, "C": 1440}


@pytest.mark.parametrize(
    ("paused", "expected"),
    [
        ([("B", 33, 57)], [("03T09:00", "A"), ("04T09:00", "C")]),
        ([("A", 9, 15), ("B", 9, 12)], [("03T09:00", "C"), ("03T12:00", "B"), ("03T15:00", "A"), ("04T09:00", "B")]),
        ([("A", 15, 21), ("A", 18, 24)], [("03T09:00", "A"), ("03T15:00", "B"), ("04T00:00", "A"), ("04T09:00", "B")]),
        ([("A", 9, 12), ("B", 9, 12), ("C", 9, 12)], [("03T09:00", "-"), ("03T12:00", "A"), ("04T09:00", "B")]),
        ([("B", 0, None)], [("03T09:00", "A"), ("04T09:00", "C")]),
    ],
)
def test_a_paused_slot_falls_to_the_next_who_is_not(
    paused: list[tuple[str, int, int | None]], expected: list[tuple[str, str]]
) -> None:
    """Pauses are in hours of the first day; the third day stays C's throughout."""
    pauses = [
        {"person": person, "start": at(start)[0], "end": None if end is None else at(end)[0]}
        for person, start, end in paused
    ]
    turns = roster("UTC", layer({**DAILY, "paused": pauses}))
    third_day = [] if expected[-1][1] == "C" else [("05T09:00", "C")]
    assert answer(turns, START, END) == expected + third_day


def test_each_version_rules_from_its_instant_with_its_own_turns() -> None:
    versions = [
        {"effective_from": "2027-05-03T12:00Z", "rotation": DAILY},
        {"effective_from": "2027-05-04T15:00Z", "rotation": rotation("2027-05-04T18:00", "X", "Y")},
        {"effective_from": "2027-05-05T20:00Z", "rotation": rotation("2027-04-01T20:00", "P", "Q", unit="week")},
    ]
    edited = {"id": "L1", "rank": 1, "versions": versions}
    assert answer(roster("UTC", edited), START, END) == [
        ("03T09:00", "-"),
        ("03T12:00", "A"),
        ("04T09:00", "B"),
        ("04T15:00", "-"),  # the second version's rotation has not started
        ("04T18:00", "X"),
        ("05T18:00", "Y"),
        ("05T20:00", "P"),  # its fifth week: an even turn
    ]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([override(1, "X", *at(15, 27))], "A X X A"),
        ([override(1, "X", *at(9, 27)), override(2, "Y", *at(15, 21))], "X Y X A"),
        ([override(2, "X", *at(9, 27)), override(1, "Y", *at(15, 33))], "X X X Y"),
        ([override(1, None, *at(15, 21))], "A - A A"),
        ([override(1, None, *at(9, 33)), override(2, "X", *at(15, 21))], "- X - -"),
        ([override(1, "X", *at(9, 33), replaces="A")], "X X X X"),
        ([override(1, "X", *at(9, 33), replaces="B")], "A A A A"),
        ([override(1, None, *at(15, 21), replaces="A")], "A - A A"),
        # No chain: X is on call by an override, not from the layers.
        ([override(1, "X", *at(9, 33)), override(2, "Y", *at(15, 21), replaces="X")], "X X X X"),
        ([override(1, "X", *at(9, 33), replaces="A"), override(2, "Y", *at(15, 21), replaces="X")], "X X X X"),
        # A newer replacement outdoes an older override where the layers have that person.
        ([override(1, "X", *at(9, 33)), override(2, "Y", *at(15, 21), replaces="A")], "X Y X X"),
        # The newer does not apply, so the older acts.
        ([override(1, "X", *at(9, 33)), override(2, "Y", *at(15, 21), replaces="B")], "X X X X"),
        # A swap undone by a newer one.
        ([override(1, "X", *at(9, 33), replaces="A"), override(2, "A", *at(15, 21), replaces="A")], "X A X X"),
    ],
)
def test_the_newest_override_that_applies_acts(overrides: list[dict[str, Any]], expected: str) -> None:
    assert overridden(*overrides) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([override(1, "X", *at(15, 21))], "A+S X A+S A+S"),
        ([override(1, "X", *at(15, 21), replaces="A")], "A+S S+X A+S A+S"),
        ([override(1, "A", *at(15, 21), replaces="S")], "A+S A A+S A+S"),
        ([override(1, None, *at(15, 21), replaces="S")], "A+S A A+S A+S"),
        # One override acts at a time, also where two would not meet.
        ([override(1, "X", *at(9, 33), replaces="A"), override(2, "Y", *at(15, 21), replaces="S")], "S+X A+Y S+X S+X"),
    ],
)
def test_in_a_union_a_replacement_leaves_the_others(overrides: list[dict[str, Any]], expected: str) -> None:
    assert overridden(*overrides, layers=(layer(DAILY), ALWAYS_S), combine="union") == expected


def test_a_replacement_keeps_the_edges_of_shifts_and_fills_no_gap() -> None:
    restricted = layer(DAILY, restrictions=[MORNINGS])
    cover = override(1, "X", "2027-05-03T10:00Z", "2027-05-06T11:00Z", replaces="A")
    assert answer(roster("UTC", restricted, overrides=[cover]), START, "2027-05-04T12:00Z") == [
        ("03T09:00", "A"),
        ("03T10:00", "X"),
        ("03T12:00", "-"),
        ("04T09:00", "B"),
    ]


def test_a_merged_segment_names_all_its_sources_and_stretches_keep_them_apart() -> None:
    turns = layer(rotation("2027-05-03T09:00", "A", "B"), restrictions=[MORNINGS], rank=7)
    takes_over = override(1, "A", "2027-05-03T12:00Z", "2027-05-03T18:00Z")
    nobody = override(2, None, "2027-05-03T18:00Z", "2027-05-03T20:00Z")
    found = rendering(roster("UTC", turns, overrides=[takes_over, nobody]), "2027-05-03T10:00Z", "2027-05-04T10:00Z")
    segments = [(f"{s.start:%H}", s.on_call, s.source.layers, s.source.overrides) for s in found.segments]
    assert segments == [
        ("10", ("A",), ("L7",), ("o1",)),
        ("18", (), (), ("o2",)),
        ("09", ("B",), ("L7",), ()),
    ]
    stretches = [(f"{s.start:%H}", [turn.slot_start for turn in s.turns], s.override_id) for s in found.stretches]
    assert stretches == [
        ("10", [instant("2027-05-03T09:00Z")], None),  # the slot's own start, before the window's
        ("12", [], "o1"),
        ("18", [], "o2"),
        ("20", [], None),
        ("09", [instant("2027-05-04T09:00Z")], None),
    ]


def test_a_turn_that_a_rotation_starts_in_begins_with_the_rotation() -> None:
    turns = rotation("2027-05-03T10:00", "A", "B", advance_on="active")
    found = rendering(roster("UTC", layer(turns, restrictions=[MORNINGS])), "2027-05-03T11:00Z", "2027-05-03T12:00Z")
    assert [turn.slot_start for stretch in found.stretches for turn in stretch.turns] == [instant("2027-05-03T10:00Z")]


def test_a_replaced_turn_still_stands_behind_the_answer() -> None:
    cover = override(1, "X", "2027-05-03T10:00Z", "2027-05-03T11:00Z", replaces="A")
    found = rendering(roster("UTC", layer(DAILY), overrides=[cover]), "2027-05-03T10:00Z", "2027-05-03T11:00Z")
    (stretch,) = found.stretches
    assert (stretch.on_call, [turn.person for turn in stretch.turns], stretch.override_id) == (("X",), ["A"], "o1")
    assert (found.segments[0].source.layers, found.segments[0].source.overrides) == (("L1",), ("o1",))
