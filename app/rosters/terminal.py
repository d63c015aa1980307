"""A roster as text for a terminal of 80 columns: a line for each day, a letter for each half hour. Gaps are loud.

Whatever colour says is said by a letter or a word as well: in a file, or in a pipe, there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.cells import set_cell_size
from rich.text import Text

from app.rosters import words
from app.rosters.local_days import USUAL, Day, weeks
from app.rosters.views import BESIDE_SOMEBODY, Bar, View, lanes

GAP, NOBODY_EXPECTED = "!", "."
_CELL = dt.timedelta(minutes=30)
_LOUD, _QUIET, _BY_HAND = "bold white on red", "dim", "bold underline"
_DATE, _HOURS = 12, "0     3     6     9     12    15    18    21"
_WIDTH, _NAME = 80, 30


def lines(view: View) -> list[Text]:
    """The lines to print, none wider than 80 columns."""
    found = [Text(words.clean(view.title, longest=_WIDTH), style="bold"), Text(f"{view.days}, {view.zone.key} time")]
    found.append(Text(view.gap_summary, style=_LOUD if view.gaps else ""))
    for week in weeks(view.window, zone=view.zone):
        found += [Text(), Text(f"{words.short_date(week[0].date):{_DATE}}{_HOURS}", style=_QUIET)]
        for day in week:
            found += _day(view, day)
    found += [*_key(view), *_gaps(view), *_changes(view)]
    for text in found:
        text.rstrip()
        text.truncate(_WIDTH, overflow="ellipsis")
    return found


def _day(view: View, day: Day) -> Iterator[Text]:
    start, end = max(day.start, view.window.start), min(day.end, view.window.end)
    if start >= end:
        return
    mark_of = {each.id: each.mark for each in view.people}
    nobody = [gap for gap in view.gaps if gap.cause not in BESIDE_SOMEBODY]
    date = Text(f"{words.DAYS[day.date.weekday()]} {words.short_date(day.date)}".ljust(_DATE))
    if day.date == view.today:
        date.stylize("reverse", 0, _DATE - 1)
    strips: list[Text] = []
    nothing: list[list[Bar]] = [[]]
    for lane in lanes(view.bars, start=start, end=end) or nothing:
        strip = Text()
        for since, until in _cells(day):
            bar = _longest(lane, since, until)
            if not start <= since < end:
                strip.append(" ")
            elif any(gap.start < until and gap.end > since for gap in nobody):
                strip.append(GAP, style=_LOUD)
            elif bar is None:
                strip.append(NOBODY_EXPECTED if not strips else " ", style=_QUIET)
            else:
                strip.append(mark_of[bar.person], style=_BY_HAND if bar.by_hand else "")
        strips.append(strip)
    beside = (gap for gap in view.gaps if gap.cause in BESIDE_SOMEBODY)
    for others in lanes(beside, start=start, end=end):
        strip = Text()
        for since, until in _cells(day):
            there = any(gap.start < until and gap.end > since for gap in others)
            strip.append(GAP if there else " ", style=_LOUD if there else "")
        strips.append(strip)
    notes = ["holiday"] if day.date in view.holidays else []
    if day.length != USUAL:
        notes.append(words.hours(day.length))
    yield Text.assemble(date, strips[0], "  " if notes else "", ", ".join(notes))
    for strip in strips[1:]:
        yield Text.assemble(" " * _DATE, strip)


def _cells(day: Day) -> list[tuple[dt.datetime, dt.datetime]]:
    """The half hours of a day as they pass: 46 of them where the clock goes forward by an hour."""
    starts = [day.start + number * _CELL for number in range(-(-day.length // _CELL))]
    return [(start, min(start + _CELL, day.end)) for start in starts]


def _longest(lane: Sequence[Bar], start: dt.datetime, end: dt.datetime) -> Bar | None:
    """Who has most of a cell; of two with the same the first."""
    inside = [each for each in lane if each.start < end and each.end > start]
    return max(inside, key=lambda each: min(each.end, end) - max(each.start, start), default=None)


def _key(view: View) -> Iterator[Text]:
    yield Text()
    for each in view.people:
        name = set_cell_size(words.clean(each.name, longest=_NAME), _NAME)
        yield Text(f"  {each.mark}  {name}  {words.hours(dt.timedelta(minutes=each.minutes)):>12}")
    yield Text(f"  {NOBODY_EXPECTED}  nobody is expected", style=_QUIET)


def _gaps(view: View) -> Iterator[Text]:
    if view.gaps:
        yield Text()
        yield Text(f"{GAP}{GAP} {view.gap_summary}", style=_LOUD)
    for gap in view.gaps:
        yield Text(f"{GAP}{GAP} {words.span(gap.start, gap.end, view.zone)}", style="bold red")
        yield Text(f"   {words.missing(gap.cause)}, {words.hours(gap.end - gap.start)}")


def _changes(view: View) -> Iterator[Text]:
    name_of = {each.id: words.clean(each.name, longest=_NAME) for each in view.people}
    by_hand = [bar for bar in view.bars if bar.by_hand]
    if by_hand:
        yield Text()
        yield Text("Changed by hand", style="bold")
    for bar in by_hand:
        yield Text(f"   {words.span(bar.start, bar.end, view.zone)}")
        yield Text(f"   {name_of[bar.person]}, {words.hours(bar.end - bar.start)}")
