"""How much each person carries, and how evenly a line shares it: times in, minutes out.

Minutes are counted as they pass, so that a night in which the clock goes back is an hour longer. The clock that says
what is night, weekend or public holiday is the school's, whatever the zone of a roster: that is where people live.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.rosters.definition import Window
from app.rosters.wall_clock import minute_of, wall_at

# Night is from 22:00 to 07:00, in minutes of the day.
_EVENING, _MORNING, _DAY = 22 * 60, 7 * 60, 24 * 60
# No zone changes its clock twice within this.
_STEP = 6 * 60
# Where wall minutes begin (rosters/wall_clock.py).
_FIRST = dt.date(1970, 1, 1)

Times = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Stint:
    """Time that a person has on a line. `shift` names the shift that it is part of, among those of all rosters.

    Where it is not `held` it was theirs by the layers, and somebody else had it, or they were away: they belong to the
    line, and carried nothing.
    """

    person: str
    line: str
    shift: object
    start: dt.datetime
    end: dt.datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Minutes:
    """On call, and of that by night, on a weekend, on a public holiday: a minute can be of several kinds."""

    total: int
    night: int
    weekend: int
    public_holiday: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What one person carries in a window, and how many shifts have a part in it."""

    minutes: Minutes
    shifts: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Minutes of the people of a line: the mean, rounded, and the least and the most that one of them has.

    No deviation: a line has a handful of people, everybody can check these three by hand, and the one person who
    carries too much is what matters.
    """

    mean: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Shared:
    """How a line shares what it has among `people`: all who have a turn in the window, whoever kept it."""

    people: int
    total: Spread
    night: Spread
    weekend: Spread
    public_holiday: Spread


@dataclass(frozen=True, slots=True)
class Kinds:
    """When it is night, weekend or public holiday, in minutes since 1970, ascending and apart."""

    night: Times
    weekend: Times
    public_holiday: Times


def kinds(window: Window, *, zone: ZoneInfo, holidays: Collection[dt.date]) -> Kinds:
    """What kind of time a window has, exact to the minute through every change of the clock."""
    night, weekend, holiday = [], [], []
    for start, end, offset in _steady(minute_of(window.start), minute_of(window.end), zone=zone):
        for number in range((start + offset) // _DAY, (end + offset - 1) // _DAY + 1):
            midnight = number * _DAY - offset
            date = _FIRST + dt.timedelta(days=number)
            day = (max(midnight, start), min(midnight + _DAY, end))
            night += [(day[0], min(midnight + _MORNING, end)), (max(midnight + _EVENING, start), day[1])]
            weekend += [day] if date.weekday() >= 5 else []
            holiday += [day] if date in holidays else []
    return Kinds(_united(night), _united(weekend), _united(holiday))


def carried(stints: Iterable[Stint], *, window: Window, kinds: Kinds) -> Mapping[str, Carried]:
    """What each person carries within a window. Time counts once, on however many rosters they are in it."""
    times: dict[str, list[tuple[int, int]]] = defaultdict(list)
    shifts: dict[str, set[object]] = defaultdict(set)
    for stint in stints:
        start, end = max(stint.start, window.start), min(stint.end, window.end)
        of_person = times[stint.person]
        if stint.held and start < end:
            of_person.append((minute_of(start), minute_of(end)))
            shifts[stint.person].add(stint.shift)
    return {
        person: Carried(_minutes(_united(parts), kinds), len(shifts[person])) for person, parts in sorted(times.items())
    }


def shared(stints: Iterable[Stint], *, window: Window, kinds: Kinds) -> Mapping[str, Shared]:
    """How evenly each line shares. It describes: whoever was on leave has less, and that is as it should be."""
    of_line: dict[str, list[Stint]] = defaultdict(list)
    for stint in stints:
        if stint.start < window.end and stint.end > window.start:
            of_line[stint.line].append(stint)
    found = {}
    for line, each in sorted(of_line.items()):
        minutes = [one.minutes for one in carried(each, window=window, kinds=kinds).values()]
        found[line] = Shared(
            people=len(minutes),
            total=_spread([one.total for one in minutes]),
            night=_spread([one.night for one in minutes]),
            weekend=_spread([one.weekend for one in minutes]),
            public_holiday=_spread([one.public_holiday for one in minutes]),
        )
    return found


def _spread(counts: Sequence[int]) -> Spread:
    # Half a minute is rounded up.
    return Spread(mean=(2 * sum(counts) + len(counts)) // (2 * len(counts)), least=min(counts), most=max(counts))


def _minutes(times: Times, kinds: Kinds) -> Minutes:
    return Minutes(
        total=sum(end - start for start, end in times),
        night=_common(times, kinds.night),
        weekend=_common(times, kinds.weekend),
        public_holiday=_common(times, kinds.public_holiday),
    )


def _steady(start: int, end: int, *, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Parts of a time in which the clock does not change, each with what it shows ahead of UTC, in minutes."""
    since = start
    while since < end:
        offset = _offset(since, zone)
        known = since
        while known < end and _offset(known, zone) == offset:
            known += _STEP
        # The change, if there is one, lies in the last step.
        same, other = max(known - _STEP, since), min(known, end)
        while other - same > 1:
            middle = (same + other) // 2
            same, other = (middle, other) if _offset(middle, zone) == offset else (same, middle)
        until = end if other == end and _offset(end - 1, zone) == offset else other
        yield since, until, offset
        since = until


def _offset(minute: int, zone: ZoneInfo) -> int:
    return wall_at(minute, zone=zone) - minute


def _united(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time as ascending parts that do not touch; what is empty is left out."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(part for part in times if part[0] < part[1]):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def _common(one: Times, other: Times) -> int:
    """Minutes that lie in both."""
    found = first = second = 0
    while first < len(one) and second < len(other):
        found += max(min(one[first][1], other[second][1]) - max(one[first][0], other[second][0]), 0)
        if one[first][1] <= other[second][1]:
            first += 1
        else:
            second += 1
    return found
