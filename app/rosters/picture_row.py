"""One week of a picture: its days as a ground, bars and gaps on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from app.rosters import words
from app.rosters.gap_finding import Found
from app.rosters.local_days import USUAL, Day
from app.rosters.picture_key import HOLIDAY, INK, LINE, QUIET, RED, WEEKEND, Look, painted
from app.rosters.svg import element, fitted, width
from app.rosters.svg import words as written
from app.rosters.views import BESIDE_SOMEBODY, Bar, Shown, View, lanes

LEFT, DAY, RIGHT = 96, 156, 8
WIDTH = LEFT + 7 * DAY + RIGHT
_DATES, _LANE = 18, 24
_NAME, _SMALL, _TINY = 12, 10, 9
# Letters of a cut name that still tell who it is.
_SHORTEST = 4
# A gap of a minute must be seen.
_NARROWEST = 4


class Row:
    """A week from `top` to `bottom`; only the part of it that lies in the window is drawn."""

    def __init__(
        self,
        view: View,
        week: Sequence[Day],
        y: float,
        people: Mapping[str, Shown],
        look_of: Mapping[str, Look],
    ) -> None:
        self.view, self.week, self.top = view, week, y
        self.start, self.end = max(week[0].start, view.window.start), min(week[-1].end, view.window.end)
        self.people, self.look_of = people, look_of
        self.bars = lanes(view.bars, start=self.start, end=self.end)
        self.beside = lanes((gap for gap in view.gaps if gap.cause in BESIDE_SOMEBODY), start=self.start, end=self.end)
        self.ground = y + _DATES
        self.bottom = self.ground + _LANE * max(len(self.bars) + len(self.beside), 1)

    def drawn(self) -> str:
        parts = [self._label(), *(self._day(place, day) for place, day in enumerate(self.week))]
        for number, lane in enumerate(self.bars):
            parts += [self._bar(bar, self.ground + _LANE * number) for bar in lane]
        whole = [gap for gap in self.view.gaps if gap.cause not in BESIDE_SOMEBODY and self._inside(gap)]
        # Over the bars: where one goes on for days, its days can still be counted.
        parts += [self._midnight(day) for day in self.week if self.start < day.start < self.end]
        parts += [self._gap(gap, self.ground, self.bottom - self.ground) for gap in whole]
        for number, each in enumerate(self.beside, start=len(self.bars)):
            parts += [self._gap(gap, self.ground + _LANE * number, _LANE) for gap in each]
        return element("g", *parts)

    def _inside(self, gap: Found) -> bool:
        return gap.start < self.end and gap.end > self.start

    def _label(self) -> str:
        first, last = self.week[0].date, self.week[-1].date
        y = self.ground + 10
        return written("text", f"{words.short_date(first)} –", x=RIGHT, y=y, font_weight="bold") + written(
            "text", f"{words.short_date(last)} {last.year}", x=RIGHT, y=y + 14, fill=QUIET, font_size=_SMALL
        )

    def _day(self, place: int, day: Day) -> str:
        """The ground of the part of a day that is asked about, with its date."""
        start, end = max(day.start, self.start), min(day.end, self.end)
        x = LEFT + DAY * place
        if start >= end:
            skipped = day.length <= dt.timedelta() and self.start < day.end < self.end
            return self._date(day, x, note="no such day here") if skipped else ""
        left, right = self._x(start), self._x(end)
        holiday = day.date in self.view.holidays
        fill = HOLIDAY if holiday else WEEKEND if day.weekend else "#ffffff"
        # Behind the dates too: where bars fill a day, that is where its colour is seen.
        box = {"y": self.top, "height": self.bottom - self.top}
        ground = element("rect", x=left, width=right - left, fill=fill, stroke=LINE, **box)
        hours = [day.start + dt.timedelta(hours=hour) for hour in (6, 12, 18)] if day.length == USUAL else []
        lines = [
            element(
                "path", d=f"M{self._x(hour):.1f} {self.ground:.1f}V{self.bottom:.1f}", stroke=LINE, stroke_width=0.5
            )
            for hour in hours
            if start < hour < end
        ]
        notes = ["public holiday"] if holiday else []
        if day.length != USUAL:
            notes.append(f"{words.hours(day.length)} long")
        return ground + "".join(lines) + self._date(day, x, note=", ".join(notes))

    def _date(self, day: Day, x: float, *, note: str) -> str:
        today = day.date == self.view.today
        text = words.short_date(day.date) if day.date.day == 1 or day.date.weekday() == 0 else str(day.date.day)
        text += " today" if today else ""
        pill = (
            element("rect", x=x, y=self.top + 3, width=width(text, _NAME) + 8, height=14, rx=3, fill=INK)
            if today
            else ""
        )
        return (
            pill
            + written("text", text, x=x + 4, y=self.top + 14, font_weight="bold", fill="#ffffff" if today else None)
            + (
                written("text", note, x=x + DAY - 4, y=self.top + 14, font_size=_SMALL, text_anchor="end")
                if note
                else ""
            )
        )

    def _bar(self, bar: Bar, y: float) -> str:
        name, mark = self.people[bar.person].name, self.people[bar.person].mark
        look = self.look_of[bar.person]
        left, right = self._x(max(bar.start, self.start)), self._x(min(bar.end, self.end))
        wide, high = max(right - left, 1), _LANE - 4
        star = "*" if bar.by_hand else ""
        text, size = _label(star + name, star + mark, room=wide - 4)
        title = f"{name}, {words.span(bar.start, bar.end, self.view.zone)} ({words.hours(bar.end - bar.start)})"
        outline = {"stroke": INK, "stroke_width": 4, "stroke_dasharray": "6 3"} if bar.by_hand else {"stroke": INK}
        area = {"width": wide, "height": high}
        return element(
            "svg",
            written("title", f"{title}, changed by hand" if bar.by_hand else title),
            element("rect", fill=look.fill, **area),
            element("rect", fill=painted(self.view, look.pattern), **area) if look.pattern else "",
            element("rect", fill="none", **outline, **area),
            written(
                "text",
                text,
                x=wide / 2,
                y=10 + size / 2.6,
                font_size=size,
                text_anchor="middle",
                fill=look.ink,
                font_weight="bold",
            ),
            x=left,
            y=y + 2,
            **area,
        )

    def _midnight(self, day: Day) -> str:
        line = f"M{self._x(day.start):.1f} {self.ground:.1f}V{self.bottom:.1f}"
        return element("path", d=line, stroke=INK, stroke_opacity=0.45, stroke_dasharray="2 3")

    def _gap(self, gap: Found, y: float, high: float) -> str:
        left, right = self._x(max(gap.start, self.start)), self._x(min(gap.end, self.end))
        wide = max(right - left, _NARROWEST)
        zone, what = self.view.zone, words.missing(gap.cause)
        times = f"{words.clock(gap.start, zone)}–{words.clock(gap.end, zone)}"
        texts = [f"{what.upper()} {times}", what.upper(), "NOBODY"]
        text = next((each for each in texts if _plate(each) <= wide), "")
        area = {"width": wide, "height": high}
        # What has no room for words gets a pointer above it.
        point = left + wide / 2
        pointer = f"M{point - 6:.1f} {y - 10:.1f}h12l-6 9z"
        return element(
            "svg",
            written(
                "title", f"Gap: {what}, {words.span(gap.start, gap.end, zone)} ({words.hours(gap.end - gap.start)})"
            ),
            element("rect", fill=painted(self.view, "gap"), stroke=RED, stroke_width=4, **area),
            self._plate(text, wide, high) if text else "",
            x=left,
            y=y,
            **area,
        ) + ("" if text or y > self.ground else element("path", d=pointer, fill=RED))

    @staticmethod
    def _plate(text: str, wide: float, high: float) -> str:
        """Words on hatching, on a ground of their own."""
        room, middle = _plate(text), high / 2
        ground = element("rect", x=(wide - room) / 2, y=middle - 7, width=room, height=14, fill="#ffffff", stroke=RED)
        return ground + written(
            "text",
            text,
            x=wide / 2,
            y=middle + 4,
            font_size=_SMALL,
            font_weight="bold",
            text_anchor="middle",
            fill=RED,
        )

    def _x(self, instant: dt.datetime) -> float:
        """Where in the row an instant of its week is."""
        for place, day in enumerate(self.week):
            if instant < day.end:
                passed = max(instant - day.start, dt.timedelta()) / day.length
                return LEFT + DAY * (place + passed)
        return LEFT + DAY * 7


def _label(name: str, mark: str, *, room: float) -> tuple[str, float]:
    """A name in full, if need be in small letters; else its beginning; else the letter of the key; else nothing."""
    for size in (_NAME, _TINY):
        if width(name, size) <= room:
            return name, size
    beginning = fitted(name, _NAME, room=room)
    if len(beginning) > _SHORTEST:
        return beginning, _NAME
    return (mark if width(mark, _NAME) <= room + 2 else ""), _NAME


def _plate(text: str) -> float:
    return width(text, _SMALL) * 1.1 + 5
