"""Who is let in first (core/admission.py), and what threads take first (core/lanes.py). Nothing here goes by time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.admission import LATEST, SOONEST, Gate, Line
from app.core.lanes import FIRST, IN_A_ROW, Lanes, Pool, PoolEnded
from app.core.problems import Overloaded

LINES = (
    Line("first", at_once=3, waiting=4, seconds=60, counted_as="people"),
    Line("second", at_once=2, waiting=3, seconds=60, counted_as="people"),
    Line("third", at_once=1, waiting=2, seconds=60, counted_as="third"),
)
SOON = 5.0


def gate() -> Gate:
    return Gate(LINES, others=2)


async def asked(gate: Gate, *places: int) -> list[asyncio.Task[None]]:
    """Requests in this order, each having got in, waiting, or refused."""
    tasks = [asyncio.create_task(gate.enter(place)) for place in places]
    await turn()
    return tasks


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def let_in(tasks: list[asyncio.Task[None]]) -> list[bool]:
    return [task.done() and not task.cancelled() and task.exception() is None for task in tasks]


async def over(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_first_line_goes_before_the_second_and_that_before_the_third_whoever_came_earlier() -> None:
    here = gate()
    full = await asked(here, 0, 0, 0, 1)
    assert all(let_in(full)), "the others have a place also while the first line is full"
    waiting = await asked(here, 2, 1, 0, 0)
    assert let_in(waiting) == [False] * 4
    order = []
    for left in (0, 0, 1, 1):
        here.leave(left)
        await turn()
        order.append(let_in(waiting))
    assert order == [
        [False, False, True, False],
        [False, False, True, True],
        # The first line has all its places: one is left for the others, and the second line is before the third.
        [False, True, True, True],
        [True, True, True, True],
    ]


async def test_others_share_what_the_first_line_leaves_of_their_places() -> None:
    here = gate()
    others = await asked(here, 1, 1, 2)
    assert let_in(others) == [True, True, False]
    await asked(here, 0, 0)
    here.leave(1)
    await turn()
    assert let_in(others) == [True, True, False], "of three places the first line has two, another the third"
    here.leave(0)
    await turn()
    assert let_in(others) == [True, True, True]


async def test_who_cannot_even_wait_is_told_at_once_and_nobody_who_waits_loses_their_place() -> None:
    here = gate()
    tasks = await asked(here, *[0] * 7)
    assert let_in(tasks) == [True] * 3 + [False] * 4
    with pytest.raises(Overloaded) as told:
        here.check(0)
    with pytest.raises(Overloaded):
        await here.enter(0)
    assert SOONEST <= int(told.value.headers["Retry-After"]) <= LATEST
    assert (here.waiting, here.refused) == (4, {"people": 2, "third": 0})
    for _ in range(4):
        here.leave(0)
    await turn()
    assert let_in(tasks) == [True] * 7


async def test_retry_after_differs_so_that_those_who_were_refused_do_not_come_back_together() -> None:
    here = Gate([Line("only", 0, 0, 1, "only")], others=1)
    told = set()
    for _ in range(200):
        with pytest.raises(Overloaded) as refused:
            here.check(0)
        told.add(int(refused.value.headers["Retry-After"]))
    assert min(told) >= SOONEST
    assert max(told) <= LATEST
    assert len(told) > 3


async def test_who_waited_too_long_is_refused_and_counted_and_the_next_goes_on() -> None:
    here = Gate([Line("first", 1, 5, 60, "first"), Line("hasty", 1, 5, 0, "hasty")], others=1)
    await here.enter(1)
    late = asyncio.create_task(here.enter(1))
    with pytest.raises(Overloaded):
        await asyncio.wait_for(late, SOON)
    assert (here.waiting, here.refused) == (0, {"first": 0, "hasty": 1})
    here.leave(1)
    await asyncio.wait_for(here.enter(1), SOON)


async def test_who_is_cancelled_while_waiting_or_at_the_moment_of_their_turn_keeps_no_place() -> None:
    here = Gate([Line("only", 1, 5, 60, "only")], others=1)
    await here.enter(0)
    gone, turned, last = await asked(here, 0, 0, 0)
    gone.cancel()
    await turn()
    here.leave(0)
    # Its turn has come, and it has not run since.
    turned.cancel()
    await turn()
    assert (gone.cancelled(), turned.cancelled(), last.done()) == (True, True, True)
    here.leave(0)
    await asyncio.wait_for(here.enter(0), SOON)


@given(st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel"]), st.integers(0, 2), st.integers(0, 50))))
async def test_no_more_are_in_hand_or_wait_than_the_lines_say_whatever_comes(steps: list[tuple[str, int, int]]) -> None:
    here = gate()
    tasks: list[list[asyncio.Task[None]]] = [[], [], []]
    for what, place, which in steps:
        mine = tasks[place]
        inside = [task for task in mine if all(let_in([task]))]
        waiting = [task for task in mine if not task.done()]
        if what == "enter":
            mine.append(asyncio.create_task(here.enter(place)))
        elif what == "leave" and inside:
            here.leave(place)
            mine.remove(inside[which % len(inside)])
        elif what == "cancel" and waiting:
            waiting[which % len(waiting)].cancel()
        await turn()
        in_hand = [sum(let_in(each)) for each in tasks]
        assert in_hand == here._in_hand
        for line, hand, queue in zip(LINES, in_hand, here._waiting, strict=True):
            assert hand <= line.at_once
            assert len(queue) <= line.waiting
        assert sum(in_hand[1:]) <= 2
        # Nobody of the first line waits while it has a place, nor anybody while nothing else is in hand.
        assert not here._waiting[0] or in_hand[0] == 3
        assert sum(in_hand) or not here.waiting
    await over([task for mine in tasks for task in mine if not task.done()])


def test_a_lane_goes_first_and_the_other_is_not_forgotten() -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(3):
        lanes.put(f"other {number}", first=False)
    for number in range(2 * IN_A_ROW):
        lanes.put(f"first {number}", first=True)
    lanes.end()
    taken = []
    while (item := lanes.take()) is not None:
        taken.append(item)
    firsts = [f"first {number}" for number in range(2 * IN_A_ROW)]
    assert taken == [*firsts[:IN_A_ROW], "other 0", *firsts[IN_A_ROW:], "other 1", "other 2"]


async def test_a_thread_is_kept_free_for_what_goes_first_and_the_end_finishes_all() -> None:
    pool, held = Pool(3, reserved=1, name="test"), threading.Event()

    def first(what: str) -> Awaitable[str]:
        before = FIRST.set(True)
        try:
            return asyncio.wrap_future(pool.submit(lambda: what))
        finally:
            FIRST.reset(before)

    others = [pool.submit(lambda: held.wait(SOON)) for _ in range(5)]
    assert await asyncio.wait_for(first("first"), SOON) == "first"
    assert not any(other.done() for other in others)
    failed = pool.submit(lambda: 1 // 0)
    held.set()
    pool.shutdown()
    assert all(other.result() for other in others)
    assert isinstance(failed.exception(), ZeroDivisionError)
    with pytest.raises(PoolEnded):
        pool.submit(lambda: None)


def test_what_comes_in_the_moment_of_the_end_is_refused_and_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(1, reserved=0, name="test")
    put = pool._lanes.put

    def put_too_late(*args: Any, **kwargs: Any) -> None:
        pool.shutdown()
        put(*args, **kwargs)

    assert pool.submit(lambda: 7).result(SOON) == 7
    monkeypatch.setattr(pool._lanes, "put", put_too_late)
    with pytest.raises(PoolEnded):
        pool.submit(lambda: 8)
