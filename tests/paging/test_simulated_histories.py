"""Thousands of histories of a matter, made up: whatever happens, in whatever order, somebody is asked next (design, 4).

What breaks is made small by Hypothesis, and printed as what happened.
"""

from __future__ import annotations

from collections import Counter

from histories import EVENTS, check, nobody_answers, nothing
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import Simulated

from app.paging.escalation import Snapshot
from tests.support.thorough import some_of

HISTORIES, LENGTH = some_of(3000), 25
CLOCKS, UNDELIVERED = (5, 60, 600, 86_400), (1, 15, 600)
ON_CALL, SOME = ("", "A", "B", "AB", "CD", "ABC", "EE"), ("", "A", "BC", "D")
# What no set of histories is worth anything without.
SITUATIONS = {
    *("asked", "exhausted", "asked again", "passed unfilled", "passed no_working_contact", "lapsed", "ack", "late ack"),
    *("taken already", "given back", "handed over", "written again", "over", "mended", "early", "old timer", "crash"),
    "cut short",
}


def begin(dice: bytes) -> Simulated:
    """A school of one to four steps, with whoever is on call when it begins."""
    steps = 1 + dice[0] % 4
    return Simulated(
        clocks=Snapshot(
            ack=tuple(CLOCKS[each % 4] for each in dice[1 : 1 + steps]), undelivered=UNDELIVERED[dice[5] % 3]
        ),
        on_call=[ON_CALL[each // 4 % 7] for each in dice[1 : 1 + steps]],
        unaddressed=SOME[dice[6] % 4],
        excluded=SOME[dice[7] % 4],
    )


def test_whatever_happens_somebody_is_asked_next_or_everybody_was_and_that_is_said() -> None:
    seen = Counter[str]()

    # Two bytes for each event: drawn one by one, they would take ten times as long as what they are for.
    @settings(max_examples=HISTORIES)
    @given(st.binary(min_size=8 + 2 * LENGTH, max_size=8 + 2 * LENGTH))
    def a_history(dice: bytes) -> None:
        world = begin(dice)
        story = [f"{world.clocks}, on call {world.on_call}, {sorted(world.addressed)} less {sorted(world.excluded)}"]
        try:
            check(world)
            for which, number in zip(dice[8::2], dice[9::2], strict=True):
                happens = EVENTS[which % len(EVENTS)]
                if happens is not nothing:
                    story.append(f"{happens.__name__} {number}")
                happens(world, number)
                check(world)
            story.append("nobody answers")
            nobody_answers(world)
        except AssertionError as exc:
            exc.add_note("\n".join(story))
            raise
        seen.update(world.seen)

    a_history()
    assert set(seen) >= SITUATIONS, f"never seen: {SITUATIONS - set(seen)}"
