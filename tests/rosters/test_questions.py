"""How far an answer reaches, and questions that have none (roster-semantics, rule 1)."""

from __future__ import annotations

import pytest
from building import instant, layer, rendering, roster, rotation

from app.rosters.definition import Window
from app.rosters.rendering import on_call_at, render


@pytest.mark.parametrize("at", ["2027-05-10T09:00Z", "2027-05-12T10:00:59Z", "2027-05-17T08:59Z"])
def test_an_answer_says_since_when_and_until_when(at: str) -> None:
    weekly = roster("UTC", layer(rotation("2027-05-03T09:00", "A", "B", unit="week")))
    found = on_call_at(weekly, instant(at))
    assert (found.on_call, found.source.layers) == (("B",), ("L1",))
    assert (found.since, found.until) == (instant("2027-05-10T09:00Z"), instant("2027-05-17T09:00Z"))


@pytest.mark.parametrize(
    ("at", "since", "until"),
    [
        ("2027-05-04T09:00Z", "2027-05-03T09:00Z", None),
        ("2027-05-20T09:00Z", "2027-05-03T09:00Z", "2027-06-14T09:00Z"),
        ("2027-06-13T09:00Z", None, "2027-06-14T09:00Z"),
    ],
)
def test_a_handoff_is_searched_for_at_most_five_weeks_away(at: str, since: str | None, until: str | None) -> None:
    six_weeks = roster("UTC", layer(rotation("2027-05-03T09:00", "A", "B", unit="week", length=6)))
    found = on_call_at(six_weeks, instant(at))
    assert found.on_call == ("A",)
    assert (found.since, found.until) == (since and instant(since), until and instant(until))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2027-05-03T09:00Z", "2027-05-03T09:00Z"),
        ("2027-05-03T09:00", "2027-05-04T09:00"),
        ("2027-05-03T09:00:30Z", "2027-05-04T09:00Z"),
    ],
)
def test_an_impossible_window_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="window"):
        render(roster("UTC"), Window(instant(start), instant(end)))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        on_call_at(roster("UTC"), instant("2027-05-03T09:00"))


def test_a_roster_without_layers_is_one_gap() -> None:
    nobody = rendering(roster("UTC"), "2027-05-03T09:00Z", "2027-05-04T09:00Z")
    assert [(gap.start, gap.end) for gap in nobody.gaps] == [
        (instant("2027-05-03T09:00Z"), instant("2027-05-04T09:00Z"))
    ]
