"""The rules of an escalation as pure functions: which step comes next, and when.

No clock, no database. `people_at(i)` says who can be asked at step i now; the service finds that out from the rosters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Person = TypeVar("Person")


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long people get, in seconds. `ack` is by priority."""

    ack: Mapping[str, int]
    undelivered: int
    reply: int

    def ack_by(self, priority: str, *, now: dt.datetime) -> dt.datetime:
        """When the present step ends. An unknown priority gets the shortest time there is."""
        return now + dt.timedelta(seconds=self.ack.get(priority, min(self.ack.values())))

    def delivered_by(self, *, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(seconds=self.undelivered)

    def reply_by(self, *, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(seconds=self.reply)


@dataclass(frozen=True, slots=True)
class Ask(Generic[Person]):
    """Page these people as step `step`. `passed` are the steps before it that had nobody."""

    step: int
    people: tuple[Person, ...]
    passed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exhausted:
    """No step is left. `passed` are the last ones, which had nobody."""

    passed: tuple[int, ...]


def next_step(*, after: int, steps: int, people_at: Callable[[int], Sequence[Person]]) -> Ask[Person] | Exhausted:
    """The first step behind `after` that has anybody. An empty step costs no time (GoAlert #4548)."""
    passed: list[int] = []
    for step in range(after + 1, steps):
        people = tuple(dict.fromkeys(people_at(step)))
        if people:
            return Ask(step=step, people=people, passed=tuple(passed))
        passed.append(step)
    return Exhausted(passed=tuple(passed))


def is_current(*, fence: int, timer_fence: int) -> bool:
    """Whether a timer belongs to the present step. One from an earlier step must change nothing."""
    return fence == timer_fence
