"""The rules of an escalation, pure: from its clocks, where it stands, who can be asked now and the time, what is next.

No clock, no database. `decide` may be asked at any time and any number of times: what comes early waits, what comes
late is one step late, what comes twice changes nothing the second time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from app.vocabulary import EscalationState, GapCause, PageState

Person = TypeVar("Person")

# Whoever is in these may still answer, and has been sent something: they are waited for.
ASKED = (PageState.SENT, PageState.DELIVERED)
# In these alone, nobody of a step has been reached.
UNREACHED = (PageState.QUEUED, PageState.SENT, PageState.ESCALATED)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The clocks of the policy that an escalation started with, in seconds: for each step to acknowledge, for all to be
    delivered."""

    ack: tuple[int, ...]
    undelivered: int


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an escalation stands. `pages` are those of its present step; step -1 is before the first.

    `due_at` ends the step, the acknowledgement, or the rest until somebody comes on duty; by `deliver_by` something
    must have reached somebody. `over`: answered or closed, and nobody is needed. `cut_short`: somebody of the step had
    time left when they were told that they need do nothing.
    """

    state: EscalationState
    step: int
    due_at: dt.datetime | None
    deliver_by: dt.datetime | None
    pages: tuple[PageState, ...]
    over: bool
    cut_short: bool = False


@dataclass(frozen=True, slots=True)
class There(Generic[Person]):
    """Who can be asked at a step now; to `addressed` something can be sent. `kept_out`: others are there, and are not
    to be asked."""

    people: Sequence[Person]
    addressed: Collection[Person]
    kept_out: bool = False


@dataclass(frozen=True, slots=True)
class Passed(Generic[Person]):
    """A step that nobody is waited for at, and why. `people` are there and have no address: they may look by
    themselves. Without a cause it is no gap: those who are there have said no, or must not know."""

    step: int
    people: tuple[Person, ...]
    cause: GapCause | None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is due. It is over, or everybody was asked in vain and a person must look."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at `until`."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Ask(Generic[Person]):
    """Page `people` as step `step`; `passed` are the steps that are left behind. `anew`: from the present step on."""

    step: int
    people: tuple[Person, ...]
    passed: tuple[Passed[Person], ...]
    ack_by: dt.datetime
    deliver_by: dt.datetime
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Exhaust(Generic[Person]):
    """No step is left: say so to everybody who must know. `anew`: the present step was looked at once more."""

    passed: tuple[Passed[Person], ...]
    anew: bool = False


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Somebody has come on duty since everybody was asked in vain: another round begins."""


Decision: TypeAlias = Rest | Wait | Ask[Person] | Exhaust[Person] | AskAgain


def decide(
    snapshot: Snapshot, stand: Stand, there: Callable[[int], There[Person]], *, now: dt.datetime
) -> Decision[Person]:
    """The one next thing. An empty step costs no time (GoAlert #4548); each gets its time from when it is asked."""
    if stand.over or stand.state is EscalationState.CLOSED:
        return Rest()
    until = _until(stand)
    if stand.state is EscalationState.EXHAUSTED:
        if until is None:
            return Rest()
        return Wait(until) if now < until else AskAgain()
    if until is not None and now < until:
        return Wait(until)
    return _next(snapshot, stand, there, now=now)


def _until(stand: Stand) -> dt.datetime | None:
    """When the present wait ends. None: there is nothing to wait for."""
    if stand.state is not EscalationState.OPEN:
        return stand.due_at
    if not any(state in ASKED for state in stand.pages):
        return None
    times = [stand.due_at]
    if all(state in UNREACHED for state in stand.pages):
        times.append(stand.deliver_by)
    return min((time for time in times if time is not None), default=None)


def _next(
    snapshot: Snapshot, stand: Stand, there: Callable[[int], There[Person]], *, now: dt.datetime
) -> Ask[Person] | Exhaust[Person]:
    passed: list[Passed[Person]] = []
    if stand.pages and all(state in UNREACHED for state in stand.pages):
        passed.append(Passed(stand.step, (), GapCause.NO_WORKING_CONTACT))
    # Whoever took it from them was silent: the step has not had its time, and is not behind.
    begins = stand.step if stand.cut_short else stand.step + 1
    for step in range(begins, len(snapshot.ack)):
        found = there(step)
        people = tuple(dict.fromkeys(found.people))
        if any(person in found.addressed for person in people):
            ack_by = now + dt.timedelta(seconds=snapshot.ack[step])
            deliver_by = min(now + dt.timedelta(seconds=snapshot.undelivered), ack_by)
            return Ask(step, people, tuple(passed), ack_by, deliver_by, anew=stand.cut_short)
        passed.append(Passed(step, people, _cause(found)))
    return Exhaust(tuple(passed), anew=stand.cut_short)


def _cause(found: There[Person]) -> GapCause | None:
    if found.people:
        return GapCause.NO_WORKING_CONTACT
    return None if found.kept_out else GapCause.UNFILLED


def is_current(*, fence: int, timer_fence: int) -> bool:
    """Whether a timer belongs to the present step. One from an earlier step must change nothing."""
    return fence == timer_fence
