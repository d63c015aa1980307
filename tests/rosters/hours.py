"""A roster as a model that counts hours, for long stories of edits.

Days hand over at midnight UTC between those of the version that rules. Everything happens on whole hours.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

T0 = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def at(hour: int) -> dt.datetime:
    return T0 + hour * HOUR


def hour_of(instant: dt.datetime) -> int:
    """The first whole hour from an instant on."""
    return -((T0 - instant) // HOUR)


@dataclass
class Taken:
    """An override, in hours."""

    start: int
    end: int
    person: uuid.UUID | None


@dataclass
class Model:
    """Who is on call at an hour, and why nobody is."""

    versions: list[tuple[int, tuple[uuid.UUID, ...]]] = field(default_factory=list)
    overrides: dict[uuid.UUID, Taken] = field(default_factory=dict)
    absences: dict[uuid.UUID, tuple[uuid.UUID, int, int]] = field(default_factory=dict)
    unreachable: set[uuid.UUID] = field(default_factory=set)
    left: set[uuid.UUID] = field(default_factory=set)
    past: list[tuple[str, ...]] = field(default_factory=list)

    def planned(self, hour: int) -> tuple[uuid.UUID | None, bool]:
        """Whom the newest override or the rotation names, whether or not they are there."""
        acting = [each for each in self.overrides.values() if each.start <= hour < each.end]
        if acting:
            return acting[-1].person, True
        people = [people for since, people in self.versions if since <= hour][-1]
        return people[hour // 24 % len(people)], False

    def absent(self, person: uuid.UUID, hour: int) -> bool:
        return any(who == person and start <= hour < end for who, start, end in self.absences.values())

    def cause(self, hour: int) -> str | None:
        person, _ = self.planned(hour)
        if person is None:
            return "unfilled"
        if person in self.left:
            return "ended"
        if self.absent(person, hour):
            return "leave"
        return "no_working_contact" if person in self.unreachable else None

    def on_call(self, hour: int) -> tuple[str, ...]:
        person, _ = self.planned(hour)
        if person is None or self.cause(hour) in ("ended", "leave"):
            return ()
        return (str(person),)

    def runs(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """The gaps between two hours."""
        found: list[tuple[int, int, str]] = []
        for hour in range(start, end):
            cause = self.cause(hour)
            if cause is None:
                continue
            if found and found[-1][1:] == (hour, cause):
                found[-1] = (found[-1][0], hour + 1, cause)
            else:
                found.append((hour, hour + 1, cause))
        return found
