"""When a service is open: hours in our notation (hours_notation.py), read on a clock.

Clock changes follow the rosters: a local time that does not exist means the first instant after the change; one that
happens twice means its first occurrence for an opening and its last for a closing.
"""

from __future__ import annotations

import bisect
import datetime as dt
import functools
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.directory.hours_notation import OpeningHoursError, parse, rule_of

SEARCH_DAYS = 30

Interval = tuple[dt.datetime, dt.datetime]


class OpenState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Spans:
    """What is known of a stretch of time: when it is open, and when nobody can say."""

    open: tuple[Interval, ...]
    unknown: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Open or closed at a minute (`as_of`), and until when.

    `opens_at`: when it is next known to open, while it is closed. `closes_at`: while it is open, unless it always is.
    Both are null beyond 30 days and where nobody can say. `zone_used`: whose clock the hours were read on; null where
    they are read on none.
    """

    state: OpenState
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    as_of: dt.datetime
    zone_used: str | None


def state(
    hours: str | None, *, at: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> OpenState:
    """Open or closed at an instant, on the clock of `zone`; `unknown` where nobody can say, as `spans` has it."""
    known = _foreseen(hours, at, zone, public_holidays)
    if _holding(known.unknown, _instant(at)) is not None:
        return OpenState.UNKNOWN
    return OpenState.CLOSED if _holding(known.open, _instant(at)) is None else OpenState.OPEN


def next_change(
    hours: str | None, *, after: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> dt.datetime | None:
    """The next instant (UTC) at which what is known to be open begins or ends; None if there is none within 30 days.

    What nobody can say counts as closed, as it does for `next_opening`: whoever asks makes a promise of the answer.
    """
    after = _instant(after)
    known = _foreseen(hours, after, zone, public_holidays).open
    return _within_search(min((moment for span in known for moment in span if moment > after), default=None), after)


def next_opening(
    hours: str | None, *, after: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date] = frozenset()
) -> dt.datetime | None:
    """The first instant (UTC) from `after` on at which it is known to be open: `after` itself if it is open then.

    None if it does not open within 30 days, or if the hours are not known.
    """
    known = _foreseen(hours, after, zone, public_holidays).open
    return _within_search(known[0][0] if known else None, _instant(after))


def spans(
    hours: str | None,
    *,
    start: dt.datetime,
    end: dt.datetime,
    zone: ZoneInfo,
    public_holidays: frozenset[dt.date] = frozenset(),
) -> Spans:
    """What is known of the time from `start` until `end` (UTC, in order, merged). The rest of it is closed.

    On a public holiday that the hours say nothing of, what would be open is not known: nobody should find out at a
    dead line. The same goes for what runs into such a day, or out of it.
    """
    start, end = _instant(start), _instant(end)
    if hours is None:
        return Spans(open=(), unknown=((start, end),) if start < end else ())
    rules = parse(hours)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    promised, doubtful, unsaid = list[Interval](), list[Interval](), list[Interval]()
    # Two days before, because a range may reach over midnight into a local day that the zone's calendar then skips.
    for number in range(first.toordinal() - 2, last.toordinal() + 2):
        day = dt.date.fromordinal(number)
        rule = rule_of(rules, day, public_holidays)
        said = day not in public_holidays or (rule is not None and rule.says_of_holidays)
        if not said:
            midnights = (_on_clock(each, 0, zone, closing=False) for each in (day, day + dt.timedelta(days=1)))
            unsaid.append((next(midnights), next(midnights)))
        for opens, closes in rule.ranges if rule is not None else ():
            span = _on_clock(day, opens, zone, closing=False), _on_clock(day, closes, zone, closing=True)
            (promised if said else doubtful).append(span)
    known = without(merged(promised), merged(unsaid))
    unknown = without(merged([*promised, *doubtful]), known)
    return Spans(open=_within(known, start, end), unknown=_within(unknown, start, end))


# Of a day some hundreds are asked for; those of days gone by take 4 kB each.
@functools.lru_cache(maxsize=1024)
def spans_around(hours: str, day: dt.date, zone: ZoneInfo, public_holidays: frozenset[dt.date]) -> Spans:
    """What is known from a local day on, as far as anything is looked for; the same for everyone on that day."""
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    end = midnight.astimezone(dt.UTC) + dt.timedelta(days=SEARCH_DAYS + 2)
    return spans(hours, start=midnight, end=end, zone=zone, public_holidays=public_holidays)


def open_now(known: Spans, *, at: dt.datetime, zone_used: str | None) -> OpenNow:
    """What to say at a minute, from `spans` that begin before it and reach SEARCH_DAYS beyond it."""
    at = _instant(at).replace(second=0, microsecond=0)
    if _holding(known.unknown, at) is not None:
        return OpenNow(OpenState.UNKNOWN, None, None, at, zone_used)
    now = _holding(known.open, at)
    if now is None:
        following = bisect.bisect_right(known.open, at, key=_start)
        opens = known.open[following][0] if following < len(known.open) else None
        return OpenNow(OpenState.CLOSED, _within_search(opens, at), None, at, zone_used)
    # Where nobody knows what follows, it does not close then: it is not known whether it does.
    closes = None if _holding(known.unknown, now[1]) is not None else _within_search(now[1], at)
    return OpenNow(OpenState.OPEN, None, closes, at, zone_used)


def merged(found: list[Interval]) -> list[Interval]:
    """In order, and those that meet as one."""
    kept: list[Interval] = []
    for start, end in sorted(found):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], end))
        elif start < end:
            kept.append((start, end))
    return kept


def without(found: list[Interval], taken: list[Interval]) -> list[Interval]:
    """The parts of merged intervals that are not in other merged ones."""
    kept: list[Interval] = []
    place = 0
    for start, end in found:
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        following = place
        while start < end and following < len(taken) and taken[following][0] < end:
            if start < taken[following][0]:
                kept.append((start, taken[following][0]))
            start = taken[following][1]
            following += 1
        if start < end:
            kept.append((start, end))
    return kept


def _within(found: list[Interval], start: dt.datetime, end: dt.datetime) -> tuple[Interval, ...]:
    return tuple((max(start, opens), min(end, closes)) for opens, closes in found if closes > start and opens < end)


def _holding(found: tuple[Interval, ...], at: dt.datetime) -> Interval | None:
    place = bisect.bisect_right(found, at, key=_start) - 1
    return found[place] if place >= 0 and at < found[place][1] else None


def _start(interval: Interval) -> dt.datetime:
    return interval[0]


def _foreseen(hours: str | None, after: dt.datetime, zone: ZoneInfo, public_holidays: frozenset[dt.date]) -> Spans:
    """What is known from an instant on, as far as anything is looked for, and a day more for what ends by then."""
    end = _instant(after) + dt.timedelta(days=SEARCH_DAYS + 1)
    return spans(hours, start=after, end=end, zone=zone, public_holidays=public_holidays)


def _on_clock(day: dt.date, minutes: int, zone: ZoneInfo, *, closing: bool) -> dt.datetime:
    """The instant (UTC) at which the wall clock of `zone` shows `minutes` after the midnight that begins `day`."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    first, last = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == last.utcoffset():
        return first.astimezone(dt.UTC)
    earlier, later = sorted((first.astimezone(dt.UTC), last.astimezone(dt.UTC)))
    if earlier.astimezone(zone).replace(tzinfo=None) == wall:
        return later if closing else earlier
    return _clock_change(earlier, later, zone)


def _clock_change(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant, to the second, of the offset that `after` has and `before` has not."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, tz=zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return dt.datetime.fromtimestamp(high, tz=dt.UTC)


def _instant(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise OpeningHoursError("a moment needs a time zone")
    return moment.astimezone(dt.UTC)


def _within_search(moment: dt.datetime | None, after: dt.datetime) -> dt.datetime | None:
    return moment if moment is not None and moment - after <= dt.timedelta(days=SEARCH_DAYS) else None
