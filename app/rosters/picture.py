"""A roster as a picture: an SVG with a row for each week, in which one sees who is on call and where nobody is.

Time goes from left to right through the seven days of a row. Each day has the same width, so that dates stand below
each other; within it time passes evenly, so that a day on which the clock changes has 23 or 25 hours in that width.
The same view gives the same text.
"""

from __future__ import annotations

import datetime as dt

from app.rosters import words
from app.rosters.local_days import weeks
from app.rosters.picture_key import INK, QUIET, RED, key, looks, patterns
from app.rosters.picture_row import DAY, LEFT, RIGHT, WIDTH, Row
from app.rosters.svg import FONT, element, fitted
from app.rosters.svg import words as written
from app.rosters.views import View

# Bars and gaps at the most: more than one an hour for half a year, and some megabytes.
MOST_SHAPES = 5_000
LARGEST = 6_000_000
# Gaps in the description, and under the picture.
MOST_TOLD, MOST_LISTED = 200, 20

_TITLE, _BETWEEN, _LISTED = 64, 8, 16


def draw(view: View) -> str:
    """The picture, as text in XML. Nothing in it is executed, and nothing is fetched."""
    people = {each.id: each for each in view.people}
    look_of = looks(view)
    drawn_key, top = key(view, left=LEFT, top=_TITLE, right=WIDTH - RIGHT)
    rows, y = [_column_heads(top + 12)], top + 34.0
    for week in weeks(view.window, zone=view.zone):
        row = Row(view, week, y, people, look_of)
        rows.append(row.drawn())
        y = row.bottom + _BETWEEN
    listed = _gap_list(view, y + _LISTED)
    y += _LISTED * (len(listed) + 1)
    names = f"{view.key}-title {view.key}-desc"
    return element(
        "svg",
        written("title", f"On call: {view.title}, {view.days}", id=f"{view.key}-title"),
        written("desc", told(view), id=f"{view.key}-desc"),
        patterns(view),
        element("rect", width=WIDTH, height=y, fill="#ffffff"),
        _headline(view),
        drawn_key,
        *rows,
        *listed,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby=names,
        lang="en",
        viewBox=f"0 0 {WIDTH} {y:.0f}",
        width=WIDTH,
        height=y,
        font_family=FONT,
        font_size=12,
        fill=INK,
    )


def shapes(view: View) -> int:
    """How much there is to draw."""
    return len(view.bars) + len(view.gaps)


def told(view: View) -> str:
    """The picture in words, for whoever does not see it: people and their hours, every gap, changes, holidays."""
    zone = view.zone
    parts = [f"{view.days}, {zone.key} time. Each row is a week from Monday to Sunday; time goes from left to right."]
    people = [f"{each.name} ({each.mark}), {words.hours(dt.timedelta(minutes=each.minutes))}" for each in view.people]
    parts.append(f"On call: {'; '.join(people)}." if people else "Nobody is on call.")
    gaps = [f"{words.missing(gap.cause)} from {words.span(gap.start, gap.end, zone)}" for gap in view.gaps[:MOST_TOLD]]
    if len(view.gaps) > MOST_TOLD:
        gaps.append(f"and {len(view.gaps) - MOST_TOLD} more")
    parts.append(f"{view.gap_summary}{': ' if gaps else ''}{'; '.join(gaps)}.")
    by_hand = sum(bar.by_hand for bar in view.bars)
    if by_hand:
        parts.append(f"{words.number(by_hand, 'stretch', 'stretches')} changed by hand.")
    if view.holidays:
        parts.append(f"Public holidays: {', '.join(words.date(day) for day in sorted(view.holidays))}.")
    return " ".join(parts)


def _gap_list(view: View, y: float) -> list[str]:
    """Each gap in words under the picture, the first of them at least: a short one has no room for words in it."""
    texts = [
        f"Gap: {words.span(gap.start, gap.end, view.zone)}, {words.missing(gap.cause)}"
        for gap in view.gaps[:MOST_LISTED]
    ]
    if len(view.gaps) > MOST_LISTED:
        texts.append(f"and {len(view.gaps) - MOST_LISTED} more")
    return [
        written("text", text, x=LEFT, y=y + _LISTED * place, fill=RED, font_weight="bold")
        for place, text in enumerate(texts)
    ]


def _headline(view: View) -> str:
    loud = {"fill": RED, "font_weight": "bold"} if view.gaps else {"fill": QUIET}
    title = fitted(view.title, 20, room=WIDTH - 2 * RIGHT - 300)
    return (
        written("text", title, x=RIGHT, y=28, font_size=20, font_weight="bold")
        + written("text", f"{view.days} · {view.zone.key} time", x=RIGHT, y=48, fill=QUIET)
        + written("text", view.gap_summary, x=WIDTH - RIGHT, y=28, font_size=16, text_anchor="end", **loud)
    )


def _column_heads(y: float) -> str:
    heads = [
        written("text", name, x=LEFT + DAY * (day + 0.5), y=y, text_anchor="middle", font_weight="bold")
        for day, name in enumerate(words.DAYS)
    ]
    ticks = [
        written("text", str(hour), x=LEFT + DAY * (day + hour / 24), y=y + 14)
        for day in range(7)
        for hour in (6, 12, 18)
    ]
    return "".join(heads) + element("g", *ticks, font_size=9, fill=QUIET, text_anchor="middle")
