"""Which override acts, minute by minute, and what it makes of the layers' answer (roster-semantics, rule 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from app.rosters.definition import Absence, Override, Turn
from app.rosters.layers import Standing
from app.rosters.wall_clock import minute_of


class Answer(NamedTuple):
    """Time, in minutes, with who is on call, the turns that stand behind it and the override that acts.

    `away`: who would be on call, were they not absent.
    """

    start: int
    end: int
    on_call: tuple[str, ...]
    turns: tuple[Turn, ...]
    away: tuple[str, ...]
    override: Override | None


class _Absent:
    """Who is absent at an advancing minute."""

    def __init__(self, absences: Iterable[Absence]) -> None:
        begins = [(minute_of(each.start), each.person, 1) for each in absences]
        ends = [(minute_of(each.end), each.person, -1) for each in absences if each.end is not None]
        self._changes = sorted(begins + ends, reverse=True)
        self._count: Counter[str] = Counter()
        self.edges = {minute for minute, _, _ in self._changes}
        self.people: frozenset[str] = frozenset()

    def at(self, minute: int) -> frozenset[str]:
        if self._changes and self._changes[-1][0] <= minute:
            while self._changes and self._changes[-1][0] <= minute:
                _, person, change = self._changes.pop()
                self._count[person] += change
            self.people = frozenset(+self._count)
        return self.people


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


def answers(
    standings: Iterable[Standing], *, overrides: Iterable[Override], absences: Collection[Absence] = ()
) -> Iterator[Answer]:
    """The layers' answer with overrides and absences applied; tiles the same time, neighbours may be equal.

    `standings` ascend without a hole and `created_seq` is distinct. At each minute one override acts: the newest that
    is in force and applies. With `replaces` it applies where the layers, not another override, put that person on call,
    absent or not: whoever gave a shift away and is then absent leaves it covered.
    """
    waiting = sorted(overrides, key=lambda override: override.start, reverse=True)
    absent = _Absent(absences)
    edges = {minute_of(edge) for override in waiting for edge in (override.start, override.end)} | absent.edges
    ahead = sorted(edges, reverse=True)
    active = _Active()
    for start, end, turns, below in standings:
        since = start
        while since < end:
            while ahead and ahead[-1] <= since:
                ahead.pop()
            while waiting and minute_of(waiting[-1].start) <= since:
                active.begin(waiting.pop())
            until = min(end, ahead[-1]) if ahead else end
            acting = active.acting(since, turns=turns)
            away = absent.at(since)
            if acting is None:
                yield Answer(since, until, *_present(turns, below, absent=away), None)
            else:
                yield Answer(since, until, *_applied(acting, turns=turns, absent=away), acting)
            since = until


def _present(
    turns: tuple[Turn, ...], below: tuple[Turn, ...], *, absent: frozenset[str]
) -> tuple[tuple[str, ...], tuple[Turn, ...], tuple[str, ...]]:
    """Without an override: the layers' people who are there, else those of the next layer that has one who is."""
    people = _people(turns)
    here = tuple(person for person in people if person not in absent)
    if here or not absent:
        return here, turns, tuple(person for person in people if person in absent)
    away = list(people)
    for turn in below:
        turns = (*turns, turn)
        if turn.person not in absent:
            return (turn.person,), turns, tuple(sorted(set(away)))
        away.append(turn.person)
    return (), turns, tuple(sorted(set(away)))


def _applied(
    override: Override, *, turns: tuple[Turn, ...], absent: frozenset[str]
) -> tuple[tuple[str, ...], tuple[Turn, ...], tuple[str, ...]]:
    """Who is on call, in alphabetical order, which turns stand behind that, and who is away."""
    named = () if override.person is None else (override.person,)
    people: tuple[str, ...] = named
    behind: tuple[Turn, ...] = ()
    if override.replaces is not None:
        others = tuple(turn for turn in turns if turn.person != override.replaces)
        people = tuple(sorted({*named, *_people(others)}))
        behind = turns if named else others
    here = tuple(person for person in people if person not in absent)
    return here, behind, tuple(person for person in people if person in absent)


def _people(turns: tuple[Turn, ...]) -> tuple[str, ...]:
    return tuple(sorted({turn.person for turn in turns}))
