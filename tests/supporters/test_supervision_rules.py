"""When supervision is by the clock on the wall, and when somebody has been without it for too long (D11)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.supporters.supervision_rules import Pause, due_at, occurrences

MELBOURNE = ZoneInfo("Australia/Melbourne")
SINCE = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)


def day(number: int) -> dt.datetime:
    return SINCE + dt.timedelta(days=number)


def test_a_series_keeps_its_time_when_the_clock_changes() -> None:
    first = dt.datetime.fromisoformat("2027-03-24T17:30")
    found = occurrences(first, every_weeks=1, ends_on=dt.date(2027, 4, 14), zone=MELBOURNE)
    assert [each.strftime("%m-%d %H:%M") for each in found] == [
        "03-24 06:30",
        "03-31 06:30",
        "04-07 07:30",
        "04-14 07:30",
    ]
    # 02:30 does not exist on the day when the clock goes forward: the first instant after.
    [only] = occurrences(dt.datetime.fromisoformat("2027-10-03T02:30"), every_weeks=None, ends_on=None, zone=MELBOURNE)
    assert only == dt.datetime(2027, 10, 2, 16, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([], 14),
        ([(3, 5)], 16),
        ([(-5, -2)], 14),
        ([(-5, 2)], 16),
        ([(3, 5), (4, 8), (15, 20)], 24),
        # It was due before: what comes later changes nothing.
        ([(14, 20)], 14),
        ([(30, None)], 14),
        ([(3, None)], None),
    ],
)
def test_the_clock_stands_still_in_a_pause(pauses: list[tuple[int, int | None]], due: int | None) -> None:
    given: list[Pause] = [(day(start), None if end is None else day(end)) for start, end in pauses]
    assert due_at(SINCE, weeks=2, pauses=reversed(given)) == (None if due is None else day(due))
