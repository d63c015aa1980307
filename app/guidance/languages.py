"""Which language somebody is answered in: RFC 9110, 12.5.4, with the ranges of RFC 4647. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

# More than this nobody reads; a header may hold thousands.
MOST_RANGES = 50
_RANGE = re.compile(r"(?P<range>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:\s*;\s*q=(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?")


def choose(accept: str | None, *, available: Sequence[str], default: str) -> str:
    """The language of `available` that is asked for most; `default` where none is asked for, or none that there is.

    Nobody gets a 406 here: words in another language are more help than none. Of equal ones that which was named, not
    only covered, then the default, then the first in `available`. Parts of the header that are malformed are passed
    over.
    """
    default = default if default in available else available[0]
    ranges = _ranges(accept or "")
    if not ranges:
        return default

    def rank(language: str) -> tuple[float, bool, bool]:
        quality, exact = _quality(language.lower(), ranges)
        return quality, exact, language == default

    best = max(available, key=rank)
    return best if rank(best)[0] > 0 else default


def _ranges(accept: str) -> dict[str, float]:
    """What is said of each range; of one that stands twice, the first counts."""
    found: dict[str, float] = {}
    for part in accept.lower().split(",")[:MOST_RANGES]:
        given = _RANGE.fullmatch(part.strip())
        if given is not None:
            found.setdefault(given["range"], float(given["q"] or 1))
    return found


def _quality(language: str, ranges: dict[str, float]) -> tuple[float, bool]:
    """How much a language is asked for, and whether by a name of its own.

    The longest range that covers it counts (RFC 4647, 3.3.1); then one that is narrower than it, as `en-AU` is than
    `en` (3.4); then `*`.
    """
    parts = language.split("-")
    for length in range(len(parts), 0, -1):
        covering = "-".join(parts[:length])
        if covering in ranges:
            return ranges[covering], length == len(parts)
    narrower = [quality for given, quality in ranges.items() if given.startswith(f"{language}-")]
    if narrower:
        return max(narrower), True
    return ranges.get("*", 0.0), False
