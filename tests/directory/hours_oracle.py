"""Opening hours worked out another way: a year in half hours, each with what the wall shows then.

Nothing of the product is used. Hours are given as tables, not in the notation; a range begins at the first half hour at
which the wall shows its start or later, and ends after the last at which it shows less than its end.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

STEP = dt.timedelta(minutes=30)
OPEN, UNKNOWN, CLOSED = "open", "unknown", "closed"
# Times of a day as (hour, minute); hours beyond 24 are of the next day.
Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Hours:
    """`text`: the same in the notation. `holidays` None: they say nothing of holidays. `dates`: (month, day) of every
    year. `once`: dates of one year."""

    text: str
    week: dict[int, list[Range]]
    holidays: list[Range] | None = None
    dates: dict[tuple[int, int], list[Range]] = field(default_factory=dict)
    once: dict[dt.date, list[Range]] = field(default_factory=dict)

    def of(self, day: dt.date, public: frozenset[dt.date]) -> tuple[list[Range], bool]:
        """The ranges that begin on a day, and whether anybody has thought of that day."""
        if day in self.once:
            return self.once[day], True
        if (day.month, day.day) in self.dates:
            return self.dates[day.month, day.day], True
        if day in public:
            return (self.holidays, True) if self.holidays is not None else (self.week.get(day.weekday(), []), False)
        return self.week.get(day.weekday(), []), True


class Year:
    """The half hours from one instant to another in a zone."""

    def __init__(self, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> None:
        self.start, self.zone = start, zone
        # Some days more on either side, for what runs into them.
        self.margin = 4 * 48
        first = start - self.margin * STEP
        self.count = (end - start) // STEP
        self.walls = [
            (first + number * STEP).astimezone(zone).replace(tzinfo=None)
            for number in range(self.count + 2 * self.margin)
        ]
        self.days = [wall.date() for wall in self.walls]

    def states(self, hours: Hours, public: frozenset[dt.date]) -> list[str]:
        """One for each half hour."""
        promised, doubtful = [False] * len(self.walls), [False] * len(self.walls)
        begin = 0
        for number in range(self.days[0].toordinal() + 1, self.days[-1].toordinal() - 2):
            day = dt.date.fromordinal(number)
            while self.days[begin] < day:
                begin += 1
            ranges, thought_of = hours.of(day, public)
            for (hour, minute), (last_hour, last_minute) in ranges:
                midnight = dt.datetime.combine(day, dt.time())
                opens = midnight + dt.timedelta(hours=hour, minutes=minute)
                closes = midnight + dt.timedelta(hours=last_hour, minutes=last_minute)
                # No clock is put more than an hour on or back.
                first = min(place for place in self._near(begin, opens - midnight) if self.walls[place] >= opens)
                last = max(place for place in self._near(begin, closes - midnight) if self.walls[place] < closes)
                for place in range(first, last + 1):
                    (promised if thought_of else doubtful)[place] = True
        found = []
        today, sure = dt.date.min, True
        for place in range(self.margin, self.margin + self.count):
            if self.days[place] != today:
                today = self.days[place]
                sure = today not in public or hours.of(today, public)[1]
            if promised[place] and sure:
                found.append(OPEN)
            elif promised[place] or doubtful[place]:
                found.append(UNKNOWN)
            else:
                found.append(CLOSED)
        return found

    def _near(self, begin: int, after: dt.timedelta) -> range:
        place = begin + after // STEP
        return range(place - 3, place + 4)

    def intervals(self, states: list[str], of: str) -> list[tuple[dt.datetime, dt.datetime]]:
        found: list[tuple[dt.datetime, dt.datetime]] = []
        began = None
        for place, state in enumerate([*states, "end"]):
            if state == of and began is None:
                began = place
            elif state != of and began is not None:
                found.append((self.start + began * STEP, self.start + place * STEP))
                began = None
        return found
