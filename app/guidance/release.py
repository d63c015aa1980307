"""What keeps content from being shipped (STUDY D05, I09; domain, 3.1). Pure.

The day that counts is the day of the release, not today: a build does not break by the passing of time. What becomes
overdue later is shown with a warning and told of.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from app.guidance import wording
from app.guidance.content import Piece
from app.guidance.content_pack import ContentPack, check
from app.packs import PackError

_PROSE_NOT = {"id", "sources", "see_also", "next_step"}
_YEARS = re.compile(r"\b(?:1[89]|20)\d\d\b")
# Five digits or more, however they are grouped; and the short numbers of emergency services and crisis lines.
_NUMBER = re.compile(r"\+?\d(?:[ ()./-]?\d){4,}")
_SHORT = re.compile(r"\b(?:000|1[01][0-9]|911|988|999|1737)\b")


class Fault(NamedTuple):
    """One reason not to ship a piece."""

    piece: str
    rule: str
    where: str


def faults(
    pack: ContentPack,
    *,
    released_on: dt.date,
    english: ContentPack | None = None,
    methods: Collection[str] = wording.METHODS,
) -> list[Fault]:
    """Every reason that there is, in the order of the pieces. `english`: as for `check`."""
    found = []
    try:
        check(pack, english=english)
    except PackError as error:
        found.append(Fault("", "reference", error.message))
    for piece in pack.pieces.values():
        found += _of(piece, released_on, methods)
    return found


def _of(piece: Piece, released_on: dt.date, methods: Collection[str]) -> Iterator[Fault]:
    if piece.review_by <= released_on:
        yield Fault(piece.id, "review_overdue", piece.review_by.isoformat())
    if piece.reviewed_on > released_on:
        yield Fault(piece.id, "reviewed_in_the_future", piece.reviewed_on.isoformat())
    if not piece.sources:
        yield Fault(piece.id, "no_source", "")
    for text in wording.texts_of(piece.model_dump(mode="json", exclude=_PROSE_NOT | {"reviewed_on", "review_by"})):
        if has_number(text):
            yield Fault(piece.id, "number", text)
        if wording.DIAGNOSES.search(text):
            yield Fault(piece.id, "diagnosis", text)
        if wording.names_a_method(text, methods=methods) is not None:
            yield Fault(piece.id, "method", text)


def has_number(text: str) -> bool:
    """Whether a number that can be called stands in a text: those come from the directory, which knows when each was
    checked. Years are none."""
    plain = _YEARS.sub("", text)
    return _NUMBER.search(plain) is not None or _SHORT.search(plain) is not None
