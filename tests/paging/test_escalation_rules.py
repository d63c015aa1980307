"""The rules of an escalation, as pure functions."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.paging.escalation import Ask, Clocks, Exhausted, is_current, next_step

NOON = dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC)
CLOCKS = Clocks(ack={"now": 600, "today": 1800, "soon": 28_800}, undelivered=15, reply=600)
# Who can be asked at each step; the same person may be on several.
STEPS = st.lists(st.lists(st.sampled_from("ABCDE"), max_size=4), max_size=8)


def test_the_first_step_with_anybody_is_asked() -> None:
    assert next_step(after=-1, steps=3, people_at=["A", "B", "C"].__getitem__) == Ask(0, ("A",), ())


def test_empty_steps_are_passed_at_once_and_named() -> None:
    people = [[], [], ["C"]]
    assert next_step(after=-1, steps=3, people_at=people.__getitem__) == Ask(2, ("C",), (0, 1))


def test_nobody_anywhere_is_the_end_and_names_every_step() -> None:
    assert next_step(after=-1, steps=2, people_at=lambda _: ()) == Exhausted((0, 1))


def test_behind_the_last_step_there_is_nothing() -> None:
    assert next_step(after=2, steps=3, people_at=lambda _: ["A"]) == Exhausted(())


def test_someone_who_is_twice_on_a_step_is_asked_once() -> None:
    found = next_step(after=-1, steps=1, people_at=lambda _: ["B", "A", "B"])
    assert found == Ask(0, ("B", "A"), ())


@given(people=STEPS, after=st.integers(min_value=-1, max_value=8))
def test_the_next_step_is_later_has_people_and_only_empty_ones_lie_between(people: list[list[str]], after: int) -> None:
    found = next_step(after=after, steps=len(people), people_at=people.__getitem__)
    rest = range(after + 1, len(people))
    if isinstance(found, Exhausted):
        assert all(not people[step] for step in rest)
        assert found.passed == tuple(rest)
        return
    assert found.step > after
    assert found.people
    assert list(found.people) == list(dict.fromkeys(people[found.step]))
    assert found.passed == tuple(range(after + 1, found.step))
    assert all(not people[step] for step in found.passed)


@given(people=STEPS)
def test_every_escalation_ends_and_asks_each_step_with_people_once(people: list[list[str]]) -> None:
    asked, after = [], -1
    for _ in range(len(people) + 1):
        found = next_step(after=after, steps=len(people), people_at=people.__getitem__)
        if isinstance(found, Exhausted):
            break
        asked.append(found.step)
        after = found.step
    else:
        pytest.fail("an escalation without an end")
    assert asked == [step for step, those in enumerate(people) if those]


@given(declining=st.sets(st.sampled_from("ABCDE")), people=STEPS)
def test_whoever_is_out_is_asked_at_no_step(declining: set[str], people: list[list[str]]) -> None:
    after = -1
    while True:
        found = next_step(
            after=after, steps=len(people), people_at=lambda i: [p for p in people[i] if p not in declining]
        )
        if isinstance(found, Exhausted):
            return
        assert declining.isdisjoint(found.people)
        after = found.step


def test_urgent_pages_have_ten_minutes_and_todays_have_thirty() -> None:
    assert CLOCKS.ack_by("now", now=NOON) == NOON + dt.timedelta(minutes=10)
    assert CLOCKS.ack_by("today", now=NOON) == NOON + dt.timedelta(minutes=30)


def test_an_unknown_priority_gets_the_shortest_time() -> None:
    assert CLOCKS.ack_by("from_a_newer_release", now=NOON) == NOON + dt.timedelta(minutes=10)


def test_undelivered_pages_and_unanswered_acknowledgements_have_their_own_clocks() -> None:
    assert CLOCKS.delivered_by(now=NOON) == NOON + dt.timedelta(seconds=15)
    assert CLOCKS.reply_by(now=NOON) == NOON + dt.timedelta(minutes=10)


@given(fence=st.integers(0, 99), timer=st.integers(0, 99))
def test_a_timer_counts_only_in_the_step_it_was_set_in(fence: int, timer: int) -> None:
    assert is_current(fence=fence, timer_fence=timer) is (fence == timer)
