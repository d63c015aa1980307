"""Colours and patterns of a picture, and the key that says what they mean.

People have the colours of Okabe and Ito (Color Universal Design, 2008), which most people who see colours differently
can tell apart; vermilion is left out because red is for gaps, black because it is for outlines. Nothing is said by
colour alone: bars have names or letters, gaps are hatched and labelled, and changes by hand have a dashed outline and a
star.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.rosters.svg import element, fitted, width
from app.rosters.svg import words as written
from app.rosters.views import View

INK, QUIET, LINE = "#1a1a1a", "#55595f", "#c9cdd2"
RED, WEEKEND, HOLIDAY = "#b00020", "#eef0f3", "#e7dcf3"
_PEOPLE = (
    ("#56b4e9", INK),
    ("#e69f00", INK),
    ("#009e73", INK),
    ("#cc79a7", INK),
    ("#f0e442", INK),
    ("#0072b2", "#ffffff"),
)
# The seventh person has the first colour again, with stripes; from the thirteenth on with dots.
_PATTERNS = (None, "stripes", "dots")
_ROW, _SIZE, _BETWEEN = 24, 12, 18


@dataclass(frozen=True, slots=True)
class Look:
    """What a person's bars look like. `pattern` lies over `fill`; `ink` can be read on both."""

    fill: str
    ink: str
    pattern: str | None


def looks(view: View) -> Mapping[str, Look]:
    """The look of each person, by their id."""
    return {each.id: _look(number) for number, each in enumerate(view.people)}


def _look(place: int) -> Look:
    fill, ink = _PEOPLE[place % len(_PEOPLE)]
    pattern = _PATTERNS[place // len(_PEOPLE) % len(_PATTERNS)]
    return Look(fill, ink, pattern)


def painted(view: View, name: str) -> str:
    """A reference to a pattern of this picture."""
    return f"url(#{view.key}-{name})"


def patterns(view: View) -> str:
    """Definitions of every pattern that `painted` can name."""

    def pattern(name: str, *inside: str, size: int, turned: int) -> str:
        return element(
            "pattern",
            *inside,
            id=f"{view.key}-{name}",
            width=size,
            height=size,
            patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({turned})",
        )

    red = element("rect", width=9, height=9, fill="#ffffff") + element("rect", width=4, height=9, fill=RED)
    white, half = "#ffffff", 0.5
    return element(
        "defs",
        pattern("gap", red, size=9, turned=45),
        pattern("stripes", element("rect", width=2, height=6, fill=white, fill_opacity=half), size=6, turned=0),
        pattern("dots", element("circle", cx=3, cy=3, r=1.5, fill=white, fill_opacity=half), size=6, turned=0),
    )


def key(view: View, *, left: float, top: float, right: float) -> tuple[str, float]:
    """The key, and where it ends."""
    drawn, x, y = [], left, top
    for swatch, text in _entries(view):
        wide = 30 + width(text, _SIZE) + _BETWEEN
        if x > left and x + wide > right:
            x, y = left, y + _ROW
        text = fitted(text, _SIZE, room=right - x - 30)
        drawn.append(
            element(
                "g", swatch, _text(text, 30, 13, fill=INK), transform=f"translate({x:.0f} {y:.0f})", font_size=_SIZE
            )
        )
        x += wide
    return "".join(drawn), y + _ROW


def _entries(view: View) -> Iterator[tuple[str, str]]:
    look_of = looks(view)
    for each in view.people:
        look = look_of[each.id]
        length = f"{each.minutes // 60} h" if each.minutes % 60 == 0 else f"{each.minutes / 60:.1f} h"
        yield swatch(view, look) + _text(each.mark, 12, 13, fill=look.ink, anchor="middle"), f"{each.name}, {length}"
    if view.gaps:
        yield _box(fill=painted(view, "gap"), stroke=RED, stroke_width=2), "Gap: nobody who can be reached"
    if any(bar.by_hand for bar in view.bars):
        outline = _box(fill="#ffffff", stroke=INK, stroke_width=2, stroke_dasharray="4 2")
        yield outline + _text("*", 12, 15, fill=INK, anchor="middle"), "Changed by hand"
    yield _box(fill=WEEKEND, stroke=LINE), "Weekend"
    if view.holidays:
        yield _box(fill=HOLIDAY, stroke=LINE), "Public holiday"
    yield _box(fill="#ffffff", stroke=LINE), "Empty: nobody is expected"


def swatch(view: View, look: Look) -> str:
    over = _box(fill=painted(view, look.pattern)) if look.pattern else ""
    return _box(fill=look.fill, stroke=INK, stroke_width=0.5) + over


def _box(**attributes: float | str | None) -> str:
    return element("rect", width=24, height=18, **attributes)


def _text(text: str, x: float, y: float, *, fill: str, anchor: str | None = None) -> str:
    return written("text", text, x=x, y=y, fill=fill, text_anchor=anchor, font_weight="bold" if anchor else None)
