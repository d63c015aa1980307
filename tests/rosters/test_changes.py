"""What an edit changes, counted minute by minute."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from strategies import steady
from timeline import QUARTER, Story, absences, overrides, stories

from app.rosters.changes import changed, minutes_gained, newly
from app.rosters.definition import Rendering
from app.rosters.gap_finding import Found
from app.rosters.rendering import render
from app.vocabulary import GapCause

MINUTE = dt.timedelta(minutes=1)
START = dt.datetime(2027, 4, 3, tzinfo=dt.UTC)


def who(rendering: Rendering) -> list[tuple[str, ...]]:
    return [each.on_call for each in rendering.segments for _ in range((each.end - each.start) // QUARTER)]


@steady(max_examples=200)
@given(stories(), st.data())
def test_changed_shifts_and_minutes_are_the_difference(story: Story, data: st.DataObject) -> None:
    roster = story.roster
    edited = dataclasses.replace(
        roster,
        overrides=(*roster.overrides, data.draw(overrides(story.origin, 9))),
        absences=(*roster.absences[1:], data.draw(absences(story.origin))),
    )
    before, after = render(roster, story.window), render(edited, story.window)
    found = changed(before, after)
    assert all(
        one.end < other.start or (one.end == other.start and (one.before, one.after) != (other.before, other.after))
        for one, other in pairwise(found)
    )
    gained: Counter[str] = Counter()
    for number, (old, new) in enumerate(zip(who(before), who(after), strict=True)):
        at = story.window.start + number * QUARTER
        named = [(each.before, each.after) for each in found if each.start <= at < each.end]
        assert named == ([] if old == new else [(old, new)]), at
        for person in new:
            gained[person] += 15
        for person in old:
            gained[person] -= 15
    assert minutes_gained(before, after) == {person: minutes for person, minutes in gained.items() if minutes}


@st.composite
def gaps(draw: st.DrawFn) -> tuple[Found, ...]:
    """Ascending and apart, or touching with another cause."""
    edges = sorted(draw(st.sets(st.integers(0, 40), max_size=10)))
    found = []
    for start, end in pairwise(edges):
        if draw(st.booleans()):
            cause = draw(st.sampled_from([GapCause.LEAVE, GapCause.UNFILLED]))
            found.append(Found(START + start * MINUTE, START + end * MINUTE, cause))
    return tuple(found)


def minutes_of(found: Sequence[Found]) -> dict[dt.datetime, GapCause]:
    minutes: dict[dt.datetime, GapCause] = {}
    for gap in found:
        for number in range((gap.end - gap.start) // MINUTE):
            assert minutes.setdefault(gap.start + number * MINUTE, gap.cause) is gap.cause
    return minutes


@steady(max_examples=400)
@given(gaps(), gaps())
def test_new_gaps_are_the_minutes_that_were_none(now: tuple[Found, ...], known: tuple[Found, ...]) -> None:
    found = newly(now, known=known)
    assert all(gap.start < gap.end for gap in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    old = minutes_of(known)
    assert minutes_of(found) == {minute: cause for minute, cause in minutes_of(now).items() if minute not in old}
    assert newly(now, known=now) == ()
    assert newly(now, known=()) == now
