"""Who a roster's layers put on call, before any override: versions, pauses, restrictions and ranks (rules 2 to 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from app.rosters.definition import Combine, Layer, Roster, Rotation, Turn
from app.rosters.restrictions import open_times, weekly_windows
from app.rosters.rotation import slots
from app.rosters.wall_clock import instant_of, minute_of

A = TypeVar("A")
B = TypeVar("B")


class Shift(NamedTuple):
    """A turn of one layer, in minutes, as far as the layer gives it cover."""

    start: int
    end: int
    turn: Turn


class Standing(NamedTuple):
    """Time, in minutes, with the turns that the layers put on call in it, lowest rank first; none is a gap.

    `below` are the turns of the layers that are outranked, highest rank first.
    """

    start: int
    end: int
    turns: tuple[Turn, ...]
    below: tuple[Turn, ...] = ()


def standing(roster: Roster, *, start: int, end: int) -> Iterator[Standing]:
    """What the layers say from one minute to another, tiling it; neighbours may be equal (roster-semantics, rule 6)."""
    layers = sorted(roster.layers, key=lambda layer: (layer.rank, layer.id))
    changes: list[tuple[int, int, Turn | None]] = []
    for place, layer in enumerate(layers):
        shifts = _layer_shifts(layer, roster_zone=roster.time_zone, start=start, end=end)
        changes += _changes(shifts, place=place)
    changes.sort(key=lambda change: change[0])
    now_on: dict[int, Turn] = {}
    since = start
    for minute, place, turn in changes:
        if minute > since:
            yield Standing(since, minute, *_combined(now_on, layers=layers, combine=roster.combine))
            since = minute
        if turn is None:
            del now_on[place]
        else:
            now_on[place] = turn
    if since < end:
        yield Standing(since, end, *_combined(now_on, layers=layers, combine=roster.combine))


def _combined(
    now_on: dict[int, Turn], *, layers: list[Layer], combine: Combine
) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    if not now_on:
        return (), ()
    places = sorted(now_on)
    if (layers[places[-1]].combine or combine) == "precedence":
        return (now_on[places[-1]],), tuple(now_on[place] for place in reversed(places[:-1]))
    return tuple(now_on[place] for place in places), ()


def _changes(shifts: Iterable[Shift], *, place: int) -> Iterator[tuple[int, int, Turn | None]]:
    """When a layer's turn begins, and when it ends without another: a handoff is one change."""
    end: int | None = None
    for shift in shifts:
        if end is not None and end < shift.start:
            yield end, place, None
        yield shift.start, place, shift.turn
        end = shift.end
    if end is not None:
        yield end, place, None


def _layer_shifts(layer: Layer, *, roster_zone: str, start: int, end: int) -> Iterator[Shift]:
    """Each version's slots, as far as they lie in open times, with whoever takes them while some are away."""
    zone = ZoneInfo(layer.time_zone or roster_zone)
    start = start if layer.since is None else max(start, minute_of(layer.since))
    end = end if layer.until is None else min(end, minute_of(layer.until))
    if start >= end:
        return
    windows = weekly_windows(layer)
    ruling = list(_ruling(layer, start=start, end=end))
    turns = (
        (slot.start, slot.end, (slot, rotation.participants))
        for since, until, rotation in ruling
        for slot in slots(rotation, zone=zone, windows=windows, start=since, end=until)
    )
    opened = ((opens, closes, None) for opens, closes in open_times(windows, zone=zone, start=start, end=end))
    away = chain.from_iterable(_away(rotation, start=since, end=until) for since, until, rotation in ruling)
    allowed = ((since, until, turn) for since, until, turn, _ in _overlaps(turns, opened))
    for since, until, (slot, participants), gone in _overlaps(allowed, away):
        person = _stand_in(participants, number=slot.number, away=gone)
        if person is not None:
            yield Shift(since, until, Turn(person, layer.id, instant_of(slot.begins)))


def _ruling(layer: Layer, *, start: int, end: int) -> Iterator[tuple[int, int, Rotation]]:
    """Each version's part of the time (roster-semantics, rule 8)."""
    begins = [start if each.effective_from is None else minute_of(each.effective_from) for each in layer.versions]
    for version, effective, replaced in zip(layer.versions, begins, [*begins[1:], end], strict=True):
        since, until = max(effective, start), min(replaced, end)
        if since < until:
            yield since, until, version.rotation


def _away(rotation: Rotation, *, start: int, end: int) -> list[tuple[int, int, frozenset[str]]]:
    """Who is paused, from change to change; tiles the time from `start` to `end`."""
    changes: list[tuple[int, str, int]] = []
    for pause in rotation.paused:
        since = max(start, minute_of(pause.start))
        until = end if pause.end is None else min(end, minute_of(pause.end))
        if since < until:
            changes += [(since, pause.person, 1), (until, pause.person, -1)]
    changes.sort()
    paused: Counter[str] = Counter()
    times = []
    since = start
    for minute, person, change in changes:
        if since < minute:
            times.append((since, minute, frozenset(+paused)))
            since = minute
        paused[person] += change
    return [*times, (since, end, frozenset())] if since < end else times


def _stand_in(participants: tuple[str, ...], *, number: int, away: frozenset[str]) -> str | None:
    """Whose turn it is: the first from the turn's own participant onwards who is not away (rule 7)."""
    for step in range(len(participants)):
        person = participants[(number + step) % len(participants)]
        if person not in away:
            return person
    return None


def _overlaps(
    ones: Iterable[tuple[int, int, A]], others: Iterable[tuple[int, int, B]]
) -> Iterator[tuple[int, int, A, B]]:
    """Where two ascending series of times overlap, with what belongs to each."""
    left, right = iter(ones), iter(others)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        start, end = max(one[0], other[0]), min(one[1], other[1])
        if start < end:
            yield start, end, one[2], other[2]
        if one[1] < other[1]:
            one = next(left, None)
        else:
            other = next(right, None)
