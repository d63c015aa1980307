"""What an edit changes: whose shifts, which gaps; two renderings in, differences out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.rosters.definition import Rendering
from app.rosters.gap_finding import Found


@dataclass(frozen=True, slots=True)
class Changed:
    """Time in which somebody else is on call after an edit."""

    start: dt.datetime
    end: dt.datetime
    before: tuple[str, ...]
    after: tuple[str, ...]


def changed(before: Rendering, after: Rendering) -> tuple[Changed, ...]:
    """Where two renderings of one window differ, ascending; neighbours with the same two answers are one."""
    edges = sorted({edge for each in (before, after) for s in each.segments for edge in (s.start, s.end)})
    one, other = iter(before.segments), iter(after.segments)
    old, new = next(one), next(other)
    found: list[Changed] = []
    for start, end in pairwise(edges):
        while old.end <= start:
            old = next(one)
        while new.end <= start:
            new = next(other)
        if old.on_call == new.on_call:
            continue
        if found and (found[-1].end, found[-1].before, found[-1].after) == (start, old.on_call, new.on_call):
            start = found.pop().start
        found.append(Changed(start, end, old.on_call, new.on_call))
    return tuple(found)


def minutes_gained(before: Rendering, after: Rendering) -> dict[str, int]:
    """Minutes that each person has more, or less, than before; those with no difference are left out."""
    people = sorted({*before.minutes_per_person, *after.minutes_per_person})
    gained = {
        person: after.minutes_per_person.get(person, 0) - before.minutes_per_person.get(person, 0) for person in people
    }
    return {person: minutes for person, minutes in gained.items() if minutes}


def newly(gaps: Sequence[Found], *, known: Sequence[Found]) -> tuple[Found, ...]:
    """The time of `gaps` that was no gap in `known`, with its cause."""
    return tuple(part for gap in gaps for part in _without(gap, known))


def _without(gap: Found, known: Iterable[Found]) -> list[Found]:
    left, at = [], gap.start
    for each in known:
        if each.end <= at or each.start >= gap.end:
            continue
        if at < each.start:
            left.append(Found(at, each.start, gap.cause))
        at = max(at, each.end)
    if at < gap.end:
        left.append(Found(at, gap.end, gap.cause))
    return left
