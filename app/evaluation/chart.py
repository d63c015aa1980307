"""A table as a picture: bars of what is shown, and a hatched place where something is not. Pure.

All that is drawn is drawn from the table as everybody gets it. A place that is not shown is as wide whatever it hides.
"""

from __future__ import annotations

from app.evaluation.statistics_schemas import StatisticsCell, StatisticsTable
from app.rosters.svg import FONT, element, fitted, words

WIDTH, LABEL, BARS, RIGHT = 960.0, 400.0, 420.0, 20.0
TOP, LINE, BAR, SIZE = 96.0, 30.0, 18.0, 14.0
HIDDEN = 90.0
# 4.5 to 1 and better on white.
INK, FAINT, FILL = "#1b1f24", "#57606a", "#0b5394"
NOT_SHOWN = "not shown"


def drawn(table: StatisticsTable) -> str:
    """An SVG with a title and a description in words; every bar has its number in writing."""
    height = TOP + LINE * len(table.cells) + 70
    longest = max((cell.count for cell in table.cells if cell.count is not None), default=0)
    inside = [
        words("title", title(table), id="title"),
        words("desc", description(table), id="desc"),
        element("defs", _hatching()),
        element("rect", width=WIDTH, height=height, fill="#ffffff"),
        words("text", title(table), x=RIGHT, y=34, font_size=20, font_weight="600", fill=INK),
        words("text", _of_all(table), x=RIGHT, y=60, font_size=SIZE, fill=FAINT),
    ]
    for place, cell in enumerate(table.cells):
        inside += _line(cell, y=TOP + LINE * place, longest=longest)
    foot = TOP + LINE * len(table.cells) + 30
    k = table.method.smallest_group
    note = f"Rounded to {table.method.rounded_to}. Hatched: not shown; below {k}, or hidden to protect another number."
    inside.append(words("text", note, x=RIGHT, y=foot, font_size=SIZE, fill=FAINT))
    return element(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        role="img",
        aria_labelledby="title desc",
        font_family=FONT,
    )


def title(table: StatisticsTable) -> str:
    return f"{table.school}, {table.period}: {' and '.join(_words(each) for each in table.by)}"


def description(table: StatisticsTable) -> str:
    """All that the picture shows, in words and in its order."""
    return " ".join([_of_all(table), *(f"{label(cell)}: {_said(cell.count)}." for cell in table.cells)])


def label(cell: StatisticsCell) -> str:
    return ": ".join(_words(code) for code in cell.codes)


def _line(cell: StatisticsCell, *, y: float, longest: int) -> list[str]:
    shown = cell.count is not None and longest > 0
    width = BARS * (cell.count or 0) / longest if shown else HIDDEN
    return [
        words("text", fitted(label(cell), SIZE, room=LABEL - RIGHT), x=RIGHT, y=y + 14, font_size=SIZE, fill=INK),
        element("rect", x=LABEL, y=y, width=width, height=BAR, fill=FILL if shown else "url(#hatched)"),
        words("text", _said(cell.count), x=LABEL + width + 8, y=y + 14, font_size=SIZE, fill=INK),
    ]


def _of_all(table: StatisticsTable) -> str:
    return f"Of all: {_said(table.total.count)}."


def _said(count: int | None) -> str:
    return NOT_SHOWN if count is None else str(count)


def _words(code: str) -> str:
    return code.replace("_", " ")


def _hatching() -> str:
    line = element("path", d="M0 8L8 0", stroke=FAINT, stroke_width=1.5)
    return element("pattern", line, id="hatched", width=8, height=8, patternUnits="userSpaceOnUse")
