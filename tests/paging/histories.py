"""What can happen to a matter in a simulated world, event by event, and what must be true whatever happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from simulated import (
    ACKNOWLEDGED,
    CLOSED,
    EXHAUSTED,
    MINUTE,
    OPEN,
    PEOPLE,
    REPLY,
    WAITING,
    Asked,
    Simulated,
    Timer,
)

from app.paging.escalation import Rest, Wait
from app.vocabulary import PageState

# By how much clocks go wrong and workers are late: seconds, minutes, hours, days.
SPANS = tuple(dt.timedelta(seconds=seconds) for seconds in (1, 16, 61, 601, 3600, 90_000, 400_000))


def nothing(world: Simulated, number: int) -> None:
    """The first of the events: what a history that breaks is made shorter with."""


def passes(world: Simulated, number: int) -> None:
    """Time passes, and a worker does what is due in its order."""
    end = world.now + _span(number)
    while (timer := _first(world)) is not None and timer.due <= end:
        world.now = max(world.now, timer.due)
        world.fire(timer)
    world.now = end


def on_time(world: Simulated, number: int) -> None:
    _at(world, dt.timedelta())


def late(world: Simulated, number: int) -> None:
    _at(world, _span(number))


def early(world: Simulated, number: int) -> None:
    """A worker whose clock is ahead took it, or the clock was put back since."""
    if (timer := _first(world)) is not None and timer.fence == world.matter.fence:
        world.now = min(world.now, timer.due - _span(number))
        world.fire(timer)
        world.seen["early"] += 1


def twice(world: Simulated, number: int) -> None:
    """As if the row of the timer had outlived the transaction that took it."""
    if (timer := _at(world, dt.timedelta())) is not None:
        asked = len(world.matter.pages)
        world.fire(timer)
        assert len(world.matter.pages) == asked


def old_timer(world: Simulated, number: int) -> None:
    timer = Timer(world.now, world.matter.fence - 1 - number % 3)
    world.matter.timers.add(timer)
    before = world.matter.kept()
    world.fire(timer)
    world.matter.timers.add(timer)
    assert world.matter == before


def crash(world: Simulated, number: int) -> None:
    if (timer := _first(world)) is not None:
        world.now = max(world.now, timer.due)
        world.crash(timer)


def timers_lost(world: Simulated, number: int) -> None:
    """The auditor comes within a minute."""
    world.matter.timers.clear()
    world.now += dt.timedelta(seconds=number % 60)
    world.audit()


def clock_jumps(world: Simulated, number: int) -> None:
    """With nobody at work: forward, or back."""
    world.now += _span(number) * (1 if number % 2 else -1)


def delivered(world: Simulated, number: int) -> None:
    if (page := _one(world, number, PageState.SENT)) is not None:
        page.state, page.reached = PageState.DELIVERED, True


def failed(world: Simulated, number: int) -> None:
    """All endpoints of somebody failed."""
    if (page := _one(world, number, PageState.SENT)) is not None:
        page.state = PageState.ESCALATED
        if world.matter.state is OPEN and page.place == world.matter.place:
            world.move()


def ack(world: Simulated, number: int) -> None:
    """By whoever was asked at any time. Late is better than never, unless somebody has it or it is over."""
    here, page = world.matter, _one(world, number)
    if page is None or here.over or here.holder is not None:
        world.seen["taken already"] += 1
        return
    world.seen["late ack" if page.place != here.place else "ack"] += 1
    _stand_down(world)
    page.state, page.reached = PageState.ACKNOWLEDGED, True
    here.state, here.holder, here.due, here.deliver_by = ACKNOWLEDGED, page.person, world.now + REPLY, None
    here.fence += 1
    here.timers.add(Timer(here.due, here.fence))


def double_ack(world: Simulated, number: int) -> None:
    ack(world, number)
    held = world.matter.kept()
    ack(world, number)
    assert world.matter == held


def ack_lost(world: Simulated, number: int) -> None:
    """They pressed the button, and the answer that they believe in was never stored."""
    kept = world.matter.kept()
    ack(world, number)
    world.matter = kept


def decline(world: Simulated, number: int) -> None:
    here, page = world.matter, _one(world, number)
    if page is None or here.over:
        return
    gives_back = here.holder == page.person
    if page.state not in WAITING and not gives_back:
        return
    page.state, page.reached = PageState.DECLINED, True
    if gives_back:
        here.state, here.holder = OPEN, None
        world.seen["given back"] += 1
    if here.state is OPEN:
        world.move()


def roster_changes(world: Simulated, number: int) -> None:
    """Others are at a step from now on: one, two, nobody, or somebody twice."""
    step, people = number % len(world.on_call), PEOPLE[number % 7 : number % 7 + number % 3]
    world.on_call[step] = people * (2 if number % 5 == 0 else 1)


def everybody_goes(world: Simulated, number: int) -> None:
    world.on_call = [""] * len(world.on_call)


def address_changes(world: Simulated, number: int) -> None:
    world.addressed ^= {PEOPLE[number % len(PEOPLE)]}


def cover_changes(world: Simulated, number: int) -> None:
    """In how long somebody comes on duty, for whoever asks; 0 is never."""
    world.cover = number % 5 * 47 * MINUTE


def hand_over(world: Simulated, number: int) -> None:
    if world.matter.holder is not None:
        for page in world.matter.pages:
            if page.person == world.matter.holder and page.state is PageState.ACKNOWLEDGED:
                page.state = PageState.HANDED_OVER
        world.seen["handed over"] += 1
        world.begin_round(promised=False)


def answer(world: Simulated, number: int) -> None:
    _end(world, closed=world.matter.state is not EXHAUSTED)


def close(world: Simulated, number: int) -> None:
    _end(world, closed=True)


def written_again(world: Simulated, number: int) -> None:
    """After an answer, by somebody whom nobody can read any more: another round."""
    if world.matter.over:
        world.seen["written again"] += 1
        world.begin_round(promised=False)


EVENTS: tuple[Callable[[Simulated, int], None], ...] = (
    nothing,
    *(passes, on_time, on_time, on_time, late, early, twice, old_timer, crash, timers_lost, clock_jumps) * 2,
    *(delivered, delivered, failed, ack, ack, double_ack, ack_lost, decline, decline) * 2,
    *(roster_changes, roster_changes, address_changes, cover_changes, hand_over) * 2,
    *(everybody_goes, answer, close, written_again, written_again),
)


def check(world: Simulated) -> None:
    """After every event."""
    here, live, next_thing = world.matter, world.live(), world.decision()
    if isinstance(next_thing, Wait):
        assert next_thing.until > world.now
        assert any(timer.due <= next_thing.until for timer in live), "nobody will look again in time"
    elif isinstance(next_thing, Rest):
        assert here.over or here.state is EXHAUSTED
    else:
        assert any(timer.due <= world.now for timer in live), "something is due and nobody will do it"
    places = [page.place for page in here.pages]
    assert places == sorted(places), "a step behind the present one was asked"
    number, step = here.place
    silent = {(number, each) for each in range(here.began, step + 1)} - set(places) - here.named
    assert not silent, f"skipped without a word: {silent}"


def nobody_answers(world: Simulated) -> None:
    """From here on only time passes. It comes to its end, in time, and stays there."""
    here, asked = world.matter, len(world.matter.pages)
    whole = dt.timedelta(seconds=sum(world.clocks.ack))
    if here.over:
        _run_out(world)
        assert len(here.pages) == asked
        return
    if here.state is not EXHAUSTED:
        assert here.due is not None
        _run_out(world, until=max(here.due, world.now) + whole)
        assert here.state is EXHAUSTED, "it never comes to its end"
    if here.due is not None:
        _run_out(world, until=max(here.due, world.now) + whole)
        assert here.promised_round, "whoever was promised is not asked"
    assert (here.state, here.due) == (EXHAUSTED, None)
    asked, announced = len(here.pages), here.announced
    _run_out(world)
    assert (here.state, len(here.pages), here.announced) == (EXHAUSTED, asked, announced)


def _run_out(world: Simulated, *, until: dt.datetime | None = None) -> None:
    """Every timer on time, in order, until none is left, or everybody was asked in vain, or it is `until`."""
    here, announced = world.matter, world.matter.announced
    for _ in range(1000):
        timer = _first(world)
        if timer is None or (until is not None and timer.due > until):
            return
        world.now = max(world.now, timer.due)
        world.fire(timer)
        check(world)
        if until is not None and here.announced > announced:
            return
    raise AssertionError("timers without end")


def _at(world: Simulated, delay: dt.timedelta) -> Timer | None:
    if (timer := _first(world)) is not None:
        world.now = max(world.now, timer.due + delay)
        world.fire(timer)
    return timer


def _first(world: Simulated) -> Timer | None:
    return min(world.matter.timers, key=lambda timer: (timer.due, timer.fence), default=None)


def _one(world: Simulated, number: int, *states: PageState) -> Asked | None:
    """One of the pages, the newest first."""
    found = [page for page in reversed(world.matter.pages) if not states or page.state in states]
    return found[number % len(found)] if found else None


def _stand_down(world: Simulated) -> None:
    for page in world.matter.pages:
        if page.state in WAITING:
            page.state, page.cut_short = PageState.CANCELLED, world.now < page.ack_by


def _end(world: Simulated, *, closed: bool) -> None:
    """That it is over must be enough: the times that it had are left as they are."""
    here = world.matter
    here.over, here.state = True, CLOSED if closed else here.state
    here.fence += 1
    _stand_down(world)
    world.seen["over"] += 1


def _span(number: int) -> dt.timedelta:
    return SPANS[number % len(SPANS)]
