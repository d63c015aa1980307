"""Elements of an SVG as text: everything that is written is escaped here, and nothing else writes a tag."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
# Widths in parts of the font's size, from above for the fonts in FONT: a name is cut rather than written over an edge.
_WIDE, _BROAD, _USUAL, _NARROW = 1.05, 0.95, 0.66, 0.42
_NARROW_LETTERS = frozenset("iljtfrI.,:;!'|()[] ")
_BROAD_LETTERS = frozenset("MWmw@%&…—")


def element(name: str, *inside: str, **attributes: float | str | None) -> str:
    """An element with children that are written already. `stroke_width` becomes `stroke-width`; None is left out."""
    written = "".join(
        f" {key.replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def words(name: str, text: str, **attributes: float | str | None) -> str:
    """An element that has nothing in it but text."""
    return element(name, escape(text), **attributes)


def number(value: float) -> str:
    """With one decimal at the most: finer than a screen shows."""
    return f"{value:.1f}".removesuffix(".0")


def width(text: str, size: float) -> float:
    """How wide a text is at the most, roughly."""
    return size * sum(_width(letter) for letter in text)


def fitted(text: str, size: float, *, room: float) -> str:
    """A text, cut with an ellipsis where it has no room; empty where not even its first letters have."""
    if width(text, size) <= room:
        return text
    left = room - width("…", size)
    kept = ""
    for letter in text:
        left -= size * _width(letter)
        if left < 0:
            break
        kept += letter
    return f"{kept.rstrip()}…" if len(kept) >= 2 else ""


def _width(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return _NARROW
    if letter in _BROAD_LETTERS:
        return _BROAD
    if unicodedata.combining(letter):
        return 0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _USUAL
