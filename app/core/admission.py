"""Who is let in first when more is asked than can be done, and who is told at once to come again.

Every request that is begun makes all others slower; one that is refused costs a fraction of one that is answered too
late. So only so many are in hand, few wait, in lines that are short, and whoever cannot even wait hears it before
their body is read. Nothing of a caller is looked at: only what is asked.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.asgi import App, Receive, Scope, Send
from app.core.lanes import FIRST
from app.core.problems import Overloaded

# Seconds: whoever was refused together shall not come back together. Longer than a line takes to empty.
SOONEST, LATEST = 2, 10
# The method and path of a request: its line, by its place; None for what is never made to wait.
PlaceOf = Callable[[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One class of requests: how many are in hand at once, how many wait, for how many seconds at the most.

    `counted_as` is what refusals are counted under; several may share one, so that none of them is told by itself.
    """

    name: str
    at_once: int
    waiting: int
    seconds: float
    counted_as: str


class Gate:
    """Lines in their order. The first has all the room there is; all others share what it leaves of `others`, and at
    least one place, so that nothing stands still for as long as a flood lasts."""

    def __init__(self, lines: Sequence[Line], *, others: int) -> None:
        self._lines = tuple(lines)
        self._others = others
        self._in_hand = [0] * len(self._lines)
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = tuple(deque() for _ in self._lines)
        # Since the process began.
        self.refused = {line.counted_as: 0 for line in self._lines}

    @property
    def waiting(self) -> int:
        return sum(len(line) for line in self._waiting)

    def check(self, place: int) -> None:
        """Raises Overloaded where `enter` would have no place to wait. To be asked before anything is read."""
        if self.is_full(place):
            self.count_refused(place)
            raise _overloaded()

    def is_full(self, place: int) -> bool:
        """Neither room nor a place to wait."""
        return len(self._waiting[place]) >= self._lines[place].waiting and not self._has_room(place)

    def count_refused(self, place: int) -> None:
        self.refused[self._lines[place].counted_as] += 1

    async def enter(self, place: int) -> None:
        """Wait for one's turn, to be ended by `leave`. Raises Overloaded when there is none in time."""
        line = self._waiting[place]
        if not line and self._has_room(place):
            self._in_hand[place] += 1
            return
        self.check(place)
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        line.append(turn)
        late = loop.call_later(self._lines[place].seconds, self._give_up, place, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(place)
            elif turn in line:
                line.remove(turn)
            raise
        finally:
            late.cancel()

    def leave(self, place: int) -> None:
        """End a turn, and give it to whoever is next."""
        self._in_hand[place] -= 1
        for next_place, line in enumerate(self._waiting):
            while line and self._has_room(next_place):
                turn = line.popleft()
                if not turn.done():
                    self._in_hand[next_place] += 1
                    turn.set_result(None)

    def _has_room(self, place: int) -> bool:
        if self._in_hand[place] >= self._lines[place].at_once:
            return False
        first = self._in_hand[0]
        left = max(1, min(self._others, self._lines[0].at_once - first))
        return place == 0 or sum(self._in_hand) - first < left

    def _give_up(self, place: int, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self._waiting[place].remove(turn)
            self.count_refused(place)
            turn.set_exception(_overloaded())


class Admission:
    """Around an application; the Edge around it words what is refused. Its `check` comes before the body is read."""

    def __init__(self, app: App, *, gate: Gate, place_of: PlaceOf) -> None:
        self._app, self._gate, self._place_of = app, gate, place_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        place = self._place_of(scope["method"], scope["path"])
        if place is not None:
            await self._gate.enter(place)
        before = FIRST.set(not place)
        try:
            await self._app(scope, receive, send)
        finally:
            FIRST.reset(before)
            if place is not None:
                self._gate.leave(place)


def check(gate: Gate, place_of: PlaceOf, scope: Scope) -> None:
    """`Gate.check` for a request. Raises Overloaded."""
    place = place_of(scope["method"], scope["path"])
    if place is not None:
        gate.check(place)


def _overloaded() -> Overloaded:
    return Overloaded(retry_after=random.randint(SOONEST, LATEST))  # noqa: S311  it protects nothing
