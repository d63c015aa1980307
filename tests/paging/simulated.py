"""A world around the rules of paging, in memory: people who come and go, clocks that jump, workers that die.

It writes down what was decided in its own way and knows nothing of how the product does it. Each decision is judged by
what has happened so far, which the rules are never shown.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from app.paging.escalation import (
    Ask,
    AskAgain,
    Decision,
    Exhaust,
    Rest,
    Snapshot,
    Stand,
    There,
    Wait,
    decide,
    is_current,
)
from app.vocabulary import EscalationState, GapCause, PageState

START = dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
PEOPLE = "ABCDEF"
REPLY = 10 * MINUTE
OPEN, ACKNOWLEDGED = EscalationState.OPEN, EscalationState.ACKNOWLEDGED
EXHAUSTED, CLOSED = EscalationState.EXHAUSTED, EscalationState.CLOSED
# They were sent something and may still answer. One that is queued is there for whoever looks by themselves.
SENT = (PageState.SENT, PageState.DELIVERED)
WAITING = (PageState.QUEUED, *SENT)
# Of a step that ended before, by its clock or because somebody had it.
LEFT = (PageState.TIMED_OUT, PageState.CANCELLED)


@dataclass
class Asked:
    """One person asked. `reached` is a fact that stays: it arrived, or they did something with it. `cut_short`: they
    were told that they need do nothing, and had time left."""

    place: tuple[int, int]
    person: str
    state: PageState
    ack_by: dt.datetime
    reached: bool = False
    cut_short: bool = False


@dataclass(frozen=True)
class Timer:
    due: dt.datetime
    fence: int


@dataclass
class Matter:
    """What would be rows: all that a crash leaves, and all that a transaction changes."""

    state: EscalationState = OPEN
    place: tuple[int, int] = (0, -1)
    fence: int = 0
    due: dt.datetime | None = None
    deliver_by: dt.datetime | None = None
    holder: str | None = None
    promised_round: bool = False
    over: bool = False
    # The step that the present round began with, and the round that the last one from the first step came after.
    began: int = 0
    before: int = -1
    pages: list[Asked] = field(default_factory=list)
    timers: set[Timer] = field(default_factory=set)
    named: set[tuple[int, int]] = field(default_factory=set)
    announced: int = 0

    def kept(self) -> Matter:
        """A copy, as a database keeps it."""
        pages = [dataclasses.replace(page) for page in self.pages]
        return dataclasses.replace(self, pages=pages, timers=set(self.timers), named=set(self.named))


class Simulated:
    """A matter and everybody around it. `on_call` says who is at each step, `seen` what has happened, for whoever
    wants to know whether anything did."""

    def __init__(self, *, clocks: Snapshot, on_call: list[str], unaddressed: str, excluded: str) -> None:
        self.clocks, self.on_call = clocks, list(on_call)
        self.addressed, self.excluded = set(PEOPLE) - set(unaddressed), set(excluded)
        self.now, self.cover = START, dt.timedelta(0)
        self.matter, self.seen = Matter(), Counter[str]()
        self.move()

    # What the rules are told.

    def decision(self) -> Decision[str]:
        here = self.matter
        pages = tuple(page.state for page in self.present())
        cut_short = self.cut_short()
        stand = Stand(here.state, here.place[1], here.due, here.deliver_by, pages, here.over, cut_short)
        return decide(self.clocks, stand, self.there, now=self.now)

    def cut_short(self) -> bool:
        return bool(self.stood_down())

    def stood_down(self) -> set[str]:
        """Those of the present step who had time left when they were told that they need do nothing."""
        return {page.person for page in self.present() if page.cut_short and page.person != self.matter.holder}

    def there(self, step: int) -> There[str]:
        out = self.kept_out() | self.silent(step)
        return There([person for person in self.on_call[step] if person not in out], self.addressed)

    def silent(self, step: int) -> set[str]:
        """Whoever has had it and let it lapse: not asked at the present step once more, unless they stood down."""
        if step != self.matter.place[1]:
            return set()
        had = {page.person for page in self.matter.pages if page.state is PageState.ACKNOWLEDGED}
        return had - self.stood_down()

    def kept_out(self) -> set[str]:
        """The excluded, whoever said no, and whoever has handed it on in the round before."""
        before = self.matter.before
        return self.excluded | {
            page.person
            for page in self.matter.pages
            if page.state is PageState.DECLINED or (page.state is PageState.HANDED_OVER and page.place[0] == before)
        }

    def present(self) -> list[Asked]:
        return [page for page in self.matter.pages if page.place == self.matter.place]

    # A worker: one transaction each.

    def fire(self, timer: Timer) -> None:
        """Take a timer. It is used up, and one of an earlier step changes nothing."""
        self.matter.timers.discard(timer)
        if is_current(fence=self.matter.fence, timer_fence=timer.fence):
            self.move()
        else:
            self.seen["old timer"] += 1

    def crash(self, timer: Timer) -> None:
        """All of it was done, and nothing of it was committed: the row of the timer is there as before."""
        seen, before = self.seen.copy(), self.matter.kept()
        self.fire(timer)
        self.matter, self.seen = before, seen
        self.seen["crash"] += 1

    def audit(self) -> None:
        """Whoever waits and has no timer gets one, under a new fence."""
        here = self.matter
        if not here.over and here.due is not None and not self.live():
            here.fence += 1
            here.timers |= {Timer(time, here.fence) for time in (here.due, here.deliver_by) if time is not None}
            self.seen["mended"] += 1

    def live(self) -> list[Timer]:
        return [timer for timer in self.matter.timers if timer.fence == self.matter.fence]

    def move(self) -> None:
        here = self.matter
        decision = self.decision()
        self.judge(decision)
        if isinstance(decision, Wait):
            here.timers.add(Timer(decision.until, here.fence))
        elif isinstance(decision, Ask):
            self._leave(decision)
            self._ask(decision)
        elif isinstance(decision, Exhaust):
            self._leave(decision)
            self._exhaust()
        elif isinstance(decision, AskAgain):
            self.seen["asked again"] += 1
            self.begin_round(promised=True)
        settled = self.decision()
        assert isinstance(settled, Rest) or (isinstance(settled, Wait) and settled.until > self.now), settled

    def begin_round(self, *, promised: bool) -> None:
        here = self.matter
        here.began, here.before = 0, here.place[0]
        here.place, here.promised_round = (here.place[0] + 1, -1), promised
        here.state, here.due, here.deliver_by, here.holder, here.over = OPEN, None, None, None, False
        self.move()

    def _ask(self, ask: Ask[str]) -> None:
        here = self.matter
        here.place, here.state, here.holder = (here.place[0], ask.step), OPEN, None
        here.due, here.deliver_by = ask.ack_by, ask.deliver_by
        here.fence += 1
        here.timers |= {Timer(ask.ack_by, here.fence), Timer(ask.deliver_by, here.fence)}
        for person in ask.people:
            self._page(person, PageState.SENT if person in self.addressed else PageState.QUEUED, ask.ack_by)

    def _exhaust(self) -> None:
        here = self.matter
        here.state, here.holder, here.due, here.deliver_by = EXHAUSTED, None, None, None
        here.fence += 1
        here.announced += 1
        self.seen["exhausted"] += 1
        if not here.promised_round and self.cover:
            here.due = self.now + self.cover
            here.timers.add(Timer(here.due, here.fence))

    def _leave(self, decision: Ask[str] | Exhaust[str]) -> None:
        here = self.matter
        for page in self.present():
            if page.state in WAITING:
                page.state = PageState.TIMED_OUT
        if decision.anew:
            self.seen["cut short"] += 1
            here.place, here.began = (here.place[0] + 1, here.place[1]), here.place[1]
        for each in decision.passed:
            here.place = (here.place[0], each.step)
            here.named.add(here.place)
            self.seen[f"passed {each.cause}"] += 1
            for person in each.people:
                self._page(person, PageState.ESCALATED, self.now)

    def _page(self, person: str, state: PageState, ack_by: dt.datetime) -> None:
        here = self.matter
        assert person not in self.kept_out(), f"{person} must not be asked"
        assert not here.over, "it is over, and somebody is asked"
        twice = any(page.place == here.place and page.person == person for page in here.pages)
        assert not twice, f"{person} is asked twice at {here.place}"
        here.pages.append(Asked(here.place, person, state, ack_by))

    # What a decision must be, by what has happened.

    def judge(self, decision: Decision[str]) -> None:
        here = self.matter
        until = self._held_until()
        if here.over or here.state is CLOSED or (here.state is EXHAUSTED and here.due is None):
            assert decision == Rest()
        elif until is not None and self.now < until:
            assert decision == Wait(until)
        elif here.state is EXHAUSTED:
            assert decision == AskAgain()
            assert not here.promised_round, "asked through a third time"
        else:
            assert isinstance(decision, Ask | Exhaust)
            self._judge_going_on(decision)

    def _held_until(self) -> dt.datetime | None:
        """Until when somebody has it, or is waited for; None when nobody is."""
        here = self.matter
        if here.state is not OPEN:
            return here.due
        asked = self.present()
        if not any(page.state in SENT for page in asked):
            return None
        return here.due if any(page.reached for page in asked) else here.deliver_by

    def _judge_going_on(self, decision: Ask[str] | Exhaust[str]) -> None:
        step, last, anew = self.matter.place[1], len(self.clocks.ack), self.cut_short()
        begins = step if anew else step + 1
        if self.matter.state is ACKNOWLEDGED:
            self.seen["lapsed"] += 1
        end = decision.step if isinstance(decision, Ask) else last
        assert begins <= end <= last
        assert decision.anew is anew, "whoever was told that they need do nothing is not asked"
        named = list(decision.passed)
        if named and named[0].step < begins:
            unreached = named.pop(0)
            assert (unreached.people, unreached.cause) == ((), GapCause.NO_WORKING_CONTACT)
            assert not any(page.reached for page in self.present())
        elif self.matter.state is OPEN and self.present() and not anew:
            known = any(page.reached or page.state in LEFT for page in self.present())
            assert known, f"step {step} reached nobody and is left in silence"
        assert [each.step for each in named] == list(range(begins, end)), "a step is skipped in silence"
        for each in named:
            people = self._able(each.step)
            assert each.people == people
            assert not self.addressed.intersection(people), f"step {each.step} could be asked"
            assert each.cause is (GapCause.NO_WORKING_CONTACT if people else GapCause.UNFILLED)
        if isinstance(decision, Ask):
            assert decision.people == self._able(end)
            assert self.addressed.intersection(decision.people)
            assert decision.ack_by == self.now + dt.timedelta(seconds=self.clocks.ack[end])
            undelivered = self.now + dt.timedelta(seconds=self.clocks.undelivered)
            assert decision.deliver_by == min(undelivered, decision.ack_by)
            self.seen["asked"] += 1

    def _able(self, step: int) -> tuple[str, ...]:
        out = self.kept_out() | self.silent(step)
        return tuple(dict.fromkeys(person for person in self.on_call[step] if person not in out))
