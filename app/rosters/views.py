"""What there is to see of a roster, in a picture or a terminal: people, their times, gaps. Values in, values out."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from app.rosters import words
from app.rosters.definition import Override, Rendering, Window
from app.rosters.gap_finding import Found
from app.rosters.pieces import pieces
from app.vocabulary import GapCause

LONGEST_NAME = 40
# In these somebody is on call all the same: they are shown beside them.
BESIDE_SOMEBODY = frozenset({GapCause.NO_WORKING_CONTACT, GapCause.DOUBLE_BOOKED})
_MARKS = string.ascii_uppercase + string.ascii_lowercase + string.digits
_ONE_TOO_MANY = "#"


class Timed(Protocol):
    """Anything that starts and ends."""

    @property
    def start(self) -> dt.datetime: ...

    @property
    def end(self) -> dt.datetime: ...


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, slots=True)
class Shown:
    """A person by name, and by a letter that stands for them where a name has no room."""

    id: str
    name: str
    mark: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Unbroken time of one person on call. `by_hand`: an override put them there."""

    person: str
    start: dt.datetime
    end: dt.datetime
    by_hand: bool


@dataclass(frozen=True, slots=True)
class View:
    """`key` tells pictures on one page apart. `today` is None where no day is to stand out."""

    key: str
    name: str
    line: str
    level: str
    zone: ZoneInfo
    window: Window
    people: tuple[Shown, ...]
    bars: tuple[Bar, ...]
    gaps: tuple[Found, ...]
    holidays: frozenset[dt.date]
    today: dt.date | None

    @property
    def title(self) -> str:
        return f"{self.name} ({self.line.replace('_', ' ')}, {self.level})"

    @property
    def days(self) -> str:
        """The first and the last day of the window."""
        last = self.window.end - dt.timedelta(minutes=1)
        first, end = (words.date(each.astimezone(self.zone).date()) for each in (self.window.start, last))
        return first if first == end else f"{first} to {end}"

    @property
    def gap_summary(self) -> str:
        """How many gaps, and how long they are together."""
        if not self.gaps:
            return "No gaps"
        total = sum((gap.end - gap.start for gap in self.gaps), dt.timedelta())
        return f"{words.number(len(self.gaps), 'GAP', 'GAPS')}, {words.hours(total)} in all"


def people_of(rendering: Rendering, *, names: Mapping[str, str]) -> tuple[Shown, ...]:
    """Everybody who is on call, by name; somebody without a name by their id. Marks stay apart for 62 people."""
    minutes = rendering.minutes_per_person
    called = {person: words.clean(names.get(person, person), longest=LONGEST_NAME) for person in minutes}
    shown, free = [], list(_MARKS)
    for person in sorted(called, key=lambda each: (called[each].casefold(), each)):
        wanted = [letter for letter in called[person].upper() if letter in free]
        mark = wanted[0] if wanted else free[0] if free else _ONE_TOO_MANY
        if mark in free:
            free.remove(mark)
        shown.append(Shown(person, called[person], mark, minutes[person]))
    return tuple(shown)


def bars_of(rendering: Rendering, *, overrides: Mapping[str, Override]) -> tuple[Bar, ...]:
    """Who is on call when, in order of start. What touches is one bar: two shifts of one person in a row, too."""
    found: dict[tuple[str, bool], list[Bar]] = {}
    for piece in pieces(rendering.stretches, overrides=overrides):
        if not piece.held:
            continue
        by_hand = piece.name.override_id is not None
        bars = found.setdefault((piece.person, by_hand), [])
        if bars and piece.start <= bars[-1].end:
            bars[-1] = Bar(piece.person, bars[-1].start, max(bars[-1].end, piece.end), by_hand)
        else:
            bars.append(Bar(piece.person, piece.start, piece.end, by_hand))
    every = [bar for bars in found.values() for bar in bars]
    return tuple(sorted(every, key=lambda bar: (bar.start, bar.person, bar.end)))


def lanes(timed: Iterable[T], *, start: dt.datetime, end: dt.datetime) -> list[list[T]]:
    """What lies between two instants, at least in part, so that nothing in a lane overlaps; as few lanes as can be."""
    found: list[list[T]] = []
    inside = [each for each in timed if each.start < end and each.end > start]
    for each in sorted(inside, key=lambda part: (part.start, part.end)):
        lane = next((lane for lane in found if lane[-1].end <= each.start), None)
        if lane is None:
            found.append([each])
        else:
            lane.append(each)
    return found


def joined(gaps: Sequence[Found]) -> tuple[Found, ...]:
    """Ascending gaps, those that touch and have one cause as one."""
    found: list[Found] = []
    for gap in gaps:
        if found and found[-1].end == gap.start and found[-1].cause is gap.cause:
            found[-1] = Found(found[-1].start, gap.end, gap.cause)
        else:
            found.append(gap)
    return tuple(found)
