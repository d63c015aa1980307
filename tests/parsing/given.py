"""What strangers send to parsers: the right thing, the right thing with parts of it changed, and anything at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

# What parsers stumble over more often than over what chance brings.
TROUBLE = (
    "", "\x00", "\ufeff", "\ud800", "\u202e", "\u0661", "ﬀ", "İ", "\r\n", '"', "'", "\\", ",", ";", ".", "..", "=", "%",
    "%zz", "+", "-", "-0", "0", "1e999", "9" * 400, "NaN", "null", "true", "[" * 40, "{}", "Mo-Su", "24:00", "24/7",
    "Feb 29", "2026-02-30", "0000-00-00T00:00:00Z", "2026-11-27T00:00:00+99:99", "9999-12-31T23:59:59-12:00", "=cmd()",
    "🙂" * 50,
)  # fmt: skip


def texts(*right: str, longest: int = 300) -> st.SearchStrategy[str]:
    """Texts like these, and others. Lone surrogates too: JSON can smuggle them in as escapes."""
    anything = st.text(st.characters(exclude_categories=()), max_size=longest)
    trouble = st.sampled_from(TROUBLE)
    joined = st.lists(st.one_of(trouble, st.text(max_size=8)), max_size=12).map("".join)
    return st.one_of(anything, joined, _changed(right, st.one_of(trouble, st.text(max_size=8)))) if right else anything


def octets(*right: bytes, longest: int = 300) -> st.SearchStrategy[bytes]:
    """Bytes like these, and others."""
    anything = st.binary(max_size=longest)
    piece = st.one_of(st.binary(max_size=8), texts(longest=8).map(lambda text: text.encode(errors="surrogatepass")))
    return st.one_of(anything, _changed(right, piece)) if right else anything


def values(*right: Any) -> st.SearchStrategy[Any]:
    """JSON values like these, with one place of them changed to another value, taken away or twice; and others."""
    leaf = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(TROUBLE), st.text(max_size=20)
    )
    anything = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner)
    )

    @st.composite
    def spoilt(draw: st.DrawFn) -> Any:
        whole = json.loads(json.dumps(draw(st.sampled_from(right))))
        for _ in range(draw(st.integers(0, 3))):
            holder, name = _place(draw, whole)
            if holder is None:
                return draw(anything)
            action = draw(st.sampled_from(("change", "change", "drop", "twice")))
            if action == "drop":
                del holder[name]
            elif action == "twice" and isinstance(holder, list):
                holder.append(holder[name])
            else:
                holder[name] = draw(anything)
        return whole

    return st.one_of(spoilt(), anything) if right else anything


def _place(draw: st.DrawFn, whole: Any) -> tuple[Any, Any]:
    """A member of the value or of what is in it."""
    holder, name, inner = None, None, whole
    while isinstance(inner, dict | list) and inner:
        if holder is not None and draw(st.booleans()):
            break
        holder = inner
        name = draw(st.sampled_from(sorted(inner))) if isinstance(inner, dict) else draw(st.integers(0, len(inner) - 1))
        inner = holder[name]
    return holder, name


def _changed(right: Sequence[Any], piece: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of these with a stretch of it replaced, some times over."""

    @st.composite
    def changed(draw: st.DrawFn) -> Any:
        whole = draw(st.sampled_from(right))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(whole)))
            end = draw(st.integers(start, min(len(whole), start + 30)))
            whole = whole[:start] + draw(piece) + whole[end:]
        return whole

    return changed()
