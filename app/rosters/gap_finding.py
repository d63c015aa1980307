"""Where a roster should have somebody and has nobody who can be reached, and why: values in, values out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from app.rosters.definition import Layer, Rendering, Roster, Segment, Stretch, Window
from app.rosters.rendering import render
from app.rosters.restrictions import open_times, weekly_windows
from app.rosters.wall_clock import instant_of, last_minute, minute_of, wall_of
from app.vocabulary import Expects, GapCause

# Where several people are away at once, the cause that says most about what to do.
_ORDER = (
    GapCause.ENDED,
    GapCause.TRAINING_LAPSED,
    GapCause.PAUSED,
    GapCause.LEAVE,
    GapCause.EXAM_WINDOW,
    GapCause.PLACEMENT,
)
Times = Sequence[tuple[dt.datetime, dt.datetime]]


@dataclass(frozen=True, slots=True)
class Found:
    """A gap with one cause, half-open, in UTC."""

    start: dt.datetime
    end: dt.datetime
    cause: GapCause


def find(
    roster: Roster,
    window: Window,
    *,
    expects: Expects,
    unreachable: Collection[str] = (),
    earlier: Sequence[Rendering] = (),
    rendering: Rendering | None = None,
) -> tuple[Found, ...]:
    """The gaps of a window, ascending and apart; neighbours have different causes.

    `unreachable` have no working contact. `earlier` are the renderings, of the same window, of what is asked before
    this roster: someone who has just not answered there is no second person here. `rendering` saves making it again.
    Source: roster-semantics, "Rules around it".
    """
    rendering = rendering or render(roster, window)
    expected = expected_times(roster, window, expects=expects)
    unpaused = _without_pauses(roster, window) if _has_pauses(roster) else None
    open_until = [end for _, end in expected]
    found: list[Found] = []
    for stretch in rendering.stretches:
        for since, until in expected[bisect_right(open_until, stretch.start) :]:
            if since >= stretch.end:
                break
            start, end = max(since, stretch.start), min(until, stretch.end)
            if not stretch.on_call:
                causes = _why_nobody(roster, stretch, start, end, unpaused=unpaused)
            else:
                causes = _why_not_these(stretch, start, end, unreachable=unreachable, earlier=earlier)
            for gap in causes:
                if found and found[-1].end == gap.start and found[-1].cause is gap.cause:
                    found[-1] = dataclasses.replace(found[-1], end=gap.end)
                else:
                    found.append(gap)
    return tuple(found)


def expected_times(roster: Roster, window: Window, *, expects: Expects) -> Times:
    """When somebody must be there: always, or whenever some layer in force is open, whether or not it has anybody."""
    if expects is Expects.NOTHING:
        return ()
    if expects is Expects.ALWAYS:
        return ((window.start, window.end),)
    times: list[tuple[int, int]] = []
    for layer in roster.layers:
        start = minute_of(window.start if layer.since is None else max(window.start, layer.since))
        end = minute_of(window.end if layer.until is None else min(window.end, layer.until))
        if start < end:
            zone = ZoneInfo(layer.time_zone or roster.time_zone)
            times += open_times(weekly_windows(layer), zone=zone, start=start, end=end)
    return [(instant_of(start), instant_of(end)) for start, end in _united(times)]


def _why_not_these(
    stretch: Stretch,
    start: dt.datetime,
    end: dt.datetime,
    *,
    unreachable: Collection[str],
    earlier: Sequence[Rendering],
) -> Iterator[Found]:
    """Somebody is on call; who cannot be reached, or has been asked already, is nobody all the same."""
    people = {person for person in stretch.on_call if person not in unreachable}
    if not people:
        yield Found(start, end, GapCause.NO_WORKING_CONTACT)
        return
    twice = _united(
        (minute_of(max(segment.start, start)), minute_of(min(segment.end, end)))
        for each in earlier
        for segment in _overlapping(each.segments, start, end)
        if people <= set(segment.on_call)
    )
    for since, until in twice:
        yield Found(instant_of(since), instant_of(until), GapCause.DOUBLE_BOOKED)


def _why_nobody(
    roster: Roster, stretch: Stretch, start: dt.datetime, end: dt.datetime, *, unpaused: Rendering | None
) -> Iterator[Found]:
    if stretch.away:
        kinds = {
            each.kind
            for each in roster.absences
            if each.person in stretch.away and each.start <= start and (each.end is None or each.end > start)
        }
        yield Found(start, end, next(cause for cause in _ORDER if cause in kinds))
        return
    if stretch.override_id is not None:
        yield Found(start, end, GapCause.UNFILLED)
        return
    edges = {start, end, *(edge for edge in _ends(roster) if start < edge < end)}
    covered = _overlapping(unpaused.segments, start, end) if unpaused is not None else []
    edges |= {segment.start for segment in covered if segment.start > start}
    ordered = sorted(edges)
    for since, until in pairwise(ordered):
        if any(segment.on_call and segment.start <= since < segment.end for segment in covered):
            yield Found(since, until, GapCause.PAUSED)
        elif _all_ended(roster, since):
            yield Found(since, until, GapCause.ENDED)
        else:
            yield Found(since, until, GapCause.UNFILLED)


def _all_ended(roster: Roster, at: dt.datetime) -> bool:
    """Whether no layer in force will ever have anybody again."""
    ends = [_end_of(layer, roster, at) for layer in roster.layers if _in_force(layer, at)]
    return all(end is not None and end <= at for end in ends)


def _overlapping(segments: Sequence[Segment], start: dt.datetime, end: dt.datetime) -> list[Segment]:
    """Those of a tiling that lie in a stretch of it, at least in part."""
    first = bisect_right(segments, start, key=lambda segment: segment.end)
    return list(takewhile(lambda segment: segment.start < end, segments[first:]))


def _in_force(layer: Layer, at: dt.datetime) -> bool:
    return (layer.since is None or layer.since <= at) and (layer.until is None or at < layer.until)


def _end_of(layer: Layer, roster: Roster, at: dt.datetime) -> dt.datetime | None:
    """When the rotation that rules at an instant ends for good, if it does."""
    ruling = [each for each in layer.versions if each.effective_from is None or each.effective_from <= at]
    if not ruling or ruling[-1] is not layer.versions[-1] or ruling[-1].rotation.until_local is None:
        return None
    zone = ZoneInfo(layer.time_zone or roster.time_zone)
    return instant_of(last_minute(wall_of(ruling[-1].rotation.until_local), zone=zone))


def _ends(roster: Roster) -> set[dt.datetime]:
    """Instants at which some layer ends or another takes its place: a cause can change there."""
    edges: set[dt.datetime] = set()
    for layer in roster.layers:
        edges |= {edge for edge in (layer.since, layer.until) if edge is not None}
        zone = ZoneInfo(layer.time_zone or roster.time_zone)
        for version in layer.versions:
            edges |= {version.effective_from} if version.effective_from is not None else set()
            if version.rotation.until_local is not None:
                edges.add(instant_of(last_minute(wall_of(version.rotation.until_local), zone=zone)))
    return edges


def _has_pauses(roster: Roster) -> bool:
    return any(version.rotation.paused for layer in roster.layers for version in layer.versions)


def _without_pauses(roster: Roster, window: Window) -> Rendering:
    layers = tuple(
        dataclasses.replace(
            layer,
            versions=tuple(
                dataclasses.replace(version, rotation=dataclasses.replace(version.rotation, paused=()))
                for version in layer.versions
            ),
        )
        for layer in roster.layers
    )
    return render(dataclasses.replace(roster, layers=layers), window)


def _united(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time as ascending stretches that do not touch."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(times):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united
