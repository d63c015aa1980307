"""Who is on call: the one pure function that the calendar, paging, gaps, load and iCal all use (roster-semantics).

It reads no clock and no database. The cost is linear in the window and does not grow with the age of a rotation.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from app.rosters.definition import Gap, OnCall, Rendering, Roster, Segment, Source, Stretch, Window
from app.rosters.layers import standing
from app.rosters.overrides import Answer, answers
from app.rosters.wall_clock import instant_of, minute_of

# How far from an instant the handoffs around it are searched for. Most lie within a day or a week: look there first.
LOOK_AHEAD = dt.timedelta(days=35)
_REACHES = (dt.timedelta(days=1), dt.timedelta(days=8), LOOK_AHEAD)
_MINUTE = dt.timedelta(minutes=1)


def render(roster: Roster, window: Window) -> Rendering:
    """Who is on call throughout a window, and when nobody is.

    Everything is half-open, in UTC and on whole minutes; `on_call` is in alphabetical order. Segments tile the window
    and neighbours with the same people are one segment. Its `source` names all layers and overrides that had a part in
    it; `stretches` keep them apart. `minutes_per_person` counts a person once a minute, however many layers name them.
    The roster must be one that the schemas accept: this function does not check it. Raises ValueError for a window that
    is naive, not on whole minutes or empty. Source: roster-semantics, rules 1 to 9.
    """
    for edge in (window.start, window.end):
        if edge.tzinfo is None or edge.second or edge.microsecond:
            raise ValueError("a window begins and ends at aware instants on whole minutes")
    if window.end <= window.start:
        raise ValueError("a window ends after it starts")
    active = [override for override in roster.overrides if override.start < window.end and window.start < override.end]
    standings = standing(roster, start=minute_of(window.start), end=minute_of(window.end))
    absent = [each for each in roster.absences if each.start < window.end and (each.end or window.end) > window.start]
    return assembled(_stretches(answers(standings, overrides=active, absences=absent)))


def assembled(stretches: tuple[Stretch, ...]) -> Rendering:
    """A rendering from stretches that tile its window: those of a definition, or of a record of the past."""
    segments = _segments(stretches)
    minutes: Counter[str] = Counter()
    for segment in segments:
        for person in segment.on_call:
            minutes[person] += (segment.end - segment.start) // _MINUTE
    gaps = tuple(Gap(segment.start, segment.end) for segment in segments if not segment.on_call)
    return Rendering(segments, gaps, dict(minutes), stretches)


def on_call_at(roster: Roster, instant: dt.datetime) -> OnCall:
    """Who is on call at an aware instant, since when and until when.

    Nothing changes within a minute, so the instant may have seconds. Handoffs are searched for as far as `LOOK_AHEAD`,
    to both sides; overrides further away play no part. Raises ValueError for a naive instant. Source: roster-semantics,
    rule 1.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant is aware")
    at = instant_of(minute_of(instant))
    for reach in _REACHES:
        window = Window(at - reach, at + reach)
        rendering = render(roster, window)
        segment = next(segment for segment in rendering.segments if segment.start <= at < segment.end)
        since = segment.start if segment.start > window.start else None
        until = segment.end if segment.end < window.end else None
        if since and until:
            break
    stretch = next(stretch for stretch in rendering.stretches if stretch.start <= at < stretch.end)
    return OnCall(segment.on_call, since, until, _source([stretch]))


def _stretches(parts: Iterable[Answer]) -> tuple[Stretch, ...]:
    stretches = []
    for (on_call, turns, away, override), group in groupby(parts, key=lambda part: part[2:]):
        same = list(group)
        start, end = instant_of(same[0].start), instant_of(same[-1].end)
        stretches.append(Stretch(start, end, on_call, turns, override.id if override else None, away))
    return tuple(stretches)


def _segments(stretches: tuple[Stretch, ...]) -> tuple[Segment, ...]:
    segments = []
    for on_call, group in groupby(stretches, key=lambda stretch: stretch.on_call):
        same = list(group)
        segments.append(Segment(same[0].start, same[-1].end, on_call, _source(same)))
    return tuple(segments)


def _source(stretches: list[Stretch]) -> Source:
    layers = {turn.layer_id for stretch in stretches for turn in stretch.turns}
    overrides = {stretch.override_id for stretch in stretches if stretch.override_id is not None}
    return Source(tuple(sorted(layers)), tuple(sorted(overrides)))
