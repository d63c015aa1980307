"""How much work is asked for: rises with load, falls with it, and has a ceiling (J13)."""

from __future__ import annotations

import itertools

import pytest

from app.reports import surge
from app.reports.surge import Load

FREE = 250


def after(reports: int, *, seconds: float, rest: float = 0.0) -> float:
    """The load of so many reports, evenly over so many seconds, and then of nothing for a while."""
    load = Load()
    for number in range(reports):
        load.add(at=number * seconds / reports)
    return load.of(at=seconds + rest)


def test_what_is_usual_asks_for_nothing() -> None:
    """Nine hundred students who all write within one exam week; and one bad hour in which sixty do."""
    assert surge.level(after(900, seconds=7 * 86_400), free=FREE) == 0
    assert surge.level(after(60, seconds=3600), free=FREE) == 0
    assert surge.level(FREE, free=FREE) == 0


@pytest.mark.parametrize(
    ("minutes", "level"), [(0.4, 0), (1, 1), (2, 2), (5, 3), (10, 4), (60, 5)], ids=lambda value: f"{value}"
)
def test_five_hundred_a_minute_are_asked_for_more_and_more(minutes: float, level: int) -> None:
    load = after(int(500 * minutes), seconds=60 * minutes)
    assert surge.level(load, free=FREE) == level


def test_it_falls_when_the_load_does_and_ends() -> None:
    levels = [surge.level(after(2500, seconds=300, rest=60 * minutes), free=FREE) for minutes in range(0, 40, 5)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[-1]) == (3, 0)


def test_each_level_doubles_the_work_up_to_what_a_phone_can_do() -> None:
    tries = [surge.most_tries(level) for level in range(1, surge.HIGHEST + 1)]
    assert all(more == 2 * less for less, more in itertools.pairwise(tries))
    # Two million rounds at the most: about four seconds at half a million a second (docs/abuse.md).
    assert tries[-1] * surge.ROUNDS <= 2_100_000
    assert surge.level(1e12, free=1) == surge.HIGHEST
