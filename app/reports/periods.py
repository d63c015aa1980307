"""The periods that are counted: whole years, or the terms of a year where its school had named them before it began.

Never both of the same year: a year less its terms would be what lies between them. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# After the end, so that what came last has settled: outcomes recorded, worries closed.
GRACE = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days of a school's own calendar, both included. `code`: `2027`, or `2027-T1`."""

    starts_on: dt.date
    ends_on: dt.date
    code: str

    @property
    def closes_on(self) -> dt.date:
        """The first day on which it can be closed."""
        return self.ends_on + GRACE + dt.timedelta(days=1)


def terms_of(kept: Iterable[dict[str, str]]) -> tuple[Period, ...]:
    """As they are kept, in order."""
    found = (
        Period(
            starts_on=dt.date.fromisoformat(each["starts_on"]),
            ends_on=dt.date.fromisoformat(each["ends_on"]),
            code=each["period"],
        )
        for each in kept
    )
    return tuple(sorted(found))


def of_year(year: int, terms: Sequence[Period]) -> tuple[Period, ...]:
    """Its terms, or the year itself where it has none."""
    own = tuple(term for term in terms if term.starts_on.year == year)
    return own or (Period(dt.date(year, 1, 1), dt.date(year, 12, 31), str(year)),)


def of_day(day: dt.date, terms: Sequence[Period]) -> Period | None:
    """The period that a day is in. None between two terms: what came then is in no table."""
    return next((each for each in of_year(day.year, terms) if each.starts_on <= day <= each.ends_on), None)
