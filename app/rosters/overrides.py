"""Which override acts, minute by minute, and what it makes of the layers' answer (roster-semantics, rule 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from app.rosters.definition import Override, Turn
from app.rosters.layers import Standing
from app.rosters.wall_clock import minute_of


class Answer(NamedTuple):
    """Time, in minutes, with who is on call, the turns that stand behind it and the override that acts."""

    start: int
    end: int
    on_call: tuple[str, ...]
    turns: tuple[Turn, ...]
    override: Override | None


class _Active:
    """The overrides in force at an advancing minute: for nobody in particular, and for each person they replace.

    Heaps with the newest on top; one that has ended is dropped when it comes up.
    """

    def __init__(self) -> None:
        self._newest_first: dict[str | None, list[tuple[int, str, int, Override]]] = {}

    def begin(self, override: Override) -> None:
        heap = self._newest_first.setdefault(override.replaces, [])
        heappush(heap, (-override.created_seq, override.id, minute_of(override.end), override))

    def acting(self, minute: int, *, turns: tuple[Turn, ...]) -> Override | None:
        newest: Override | None = None
        for replaced in (None, *(turn.person for turn in turns)):
            heap = self._newest_first.get(replaced, [])
            while heap and heap[0][2] <= minute:
                heappop(heap)
            if heap and (newest is None or heap[0][3].created_seq > newest.created_seq):
                newest = heap[0][3]
        return newest


def answers(standings: Iterable[Standing], *, overrides: Iterable[Override]) -> Iterator[Answer]:
    """The layers' answer with the overrides applied; tiles the same time, neighbours may be equal.

    `standings` ascend without a hole and `created_seq` is distinct. At each minute one override acts: the newest that
    is in force and applies. With `replaces` it applies where the layers, not another override, put that person on call.
    """
    waiting = sorted(overrides, key=lambda override: override.start, reverse=True)
    edges = sorted({minute_of(edge) for override in waiting for edge in (override.start, override.end)}, reverse=True)
    active = _Active()
    for start, end, turns in standings:
        since = start
        while since < end:
            while edges and edges[-1] <= since:
                edges.pop()
            while waiting and minute_of(waiting[-1].start) <= since:
                active.begin(waiting.pop())
            until = min(end, edges[-1]) if edges else end
            acting = active.acting(since, turns=turns)
            yield Answer(since, until, *_applied(acting, turns=turns), acting)
            since = until


def _applied(override: Override | None, *, turns: tuple[Turn, ...]) -> tuple[tuple[str, ...], tuple[Turn, ...]]:
    """Who is on call, in alphabetical order, and which turns stand behind that."""
    if override is None:
        return _people(turns), turns
    person = override.person
    if override.replaces is None:
        return (() if person is None else (person,)), ()
    others = tuple(turn for turn in turns if turn.person != override.replaces)
    if person is None:
        return _people(others), others
    return tuple(sorted({person, *_people(others)})), turns


def _people(turns: tuple[Turn, ...]) -> tuple[str, ...]:
    return tuple(sorted({turn.person for turn in turns}))
