"""What raises the clock, and what never lowers it (journey J2)."""

from __future__ import annotations

import itertools

import pytest

from app.guidance.signs import RED_FLAG_SIGNS, Priority, Sign, clock_priority, is_urgent, priority_rank


def test_there_are_five_red_flags_among_the_signs() -> None:
    assert len(RED_FLAG_SIGNS) == 5
    assert set(Sign) > RED_FLAG_SIGNS


@pytest.mark.parametrize(("sign", "priority"), list(itertools.product(Sign, Priority)))
def test_a_red_flag_or_now_is_urgent_and_nothing_else(sign: Sign, priority: Priority) -> None:
    flagged = sign in RED_FLAG_SIGNS
    assert is_urgent([Sign.OTHER, sign], priority) == (flagged or priority is Priority.NOW)
    assert clock_priority([Sign.OTHER, sign], priority) == (Priority.NOW if flagged else priority)


def test_codes_from_outside_count_as_well() -> None:
    assert is_urgent(["said_thoughts_of_suicide"], Priority.SOON)
    assert is_urgent([], "now")


def test_priorities_rank_by_how_soon() -> None:
    codes = ["when_you_can", "today", "now", "soon"]
    assert sorted(map(Priority, codes), key=priority_rank) == ["now", "today", "soon", "when_you_can"]
