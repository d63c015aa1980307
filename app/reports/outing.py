"""What in a relay summary could show who wrote to us: questions for a person, and figures that a program can give.

On a small placement one detail names its teller (STUDY, the train that only one student took; domain, 0.4). A person
judges; what is counted here says where to look and holds nothing up.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

from app.guidance.signs import Relationship
from app.vocabulary import OutingAnswer

# Shorter runs are the common stock of the language: everybody writes "has stopped coming to".
FEWEST_WORDS = 6
# With whom one is together in a place where few are.
SHARED_PLACES = (Relationship.SAME_PLACEMENT, Relationship.SAME_GROUP_OR_CLASS)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_CLOCK_TIME = re.compile(
    r"\b(?:[01]?\d|2[0-3])[:.][0-5]\d\b|\b(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b|\b(?:noon|midnight)\b", re.IGNORECASE
)
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hints:
    """`words_in_a_row`: the longest run of words that the summary has from the narrative; 0 below six."""

    names_a_site: bool
    shares_a_place: bool
    words_in_a_row: int
    clock_times: int
    weekdays: int


def hints(summary: str, *, narrative: str | None, site_named: bool, relationship: str | None) -> Hints:
    """Figures about a summary, beside what its reporter wrote and ticked."""
    return Hints(
        names_a_site=site_named,
        shares_a_place=relationship in SHARED_PLACES,
        words_in_a_row=words_in_a_row(summary, narrative or ""),
        clock_times=len(_CLOCK_TIME.findall(summary)),
        weekdays=len(_WEEKDAY.findall(summary)),
    )


def words_in_a_row(summary: str, narrative: str) -> int:
    """How many words of `summary` stand in `narrative` one after the other, whatever case and marks they have."""
    one, other = (_WORD.findall(text.casefold()) for text in (summary, narrative))
    longest = difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
    return longest if longest >= FEWEST_WORDS else 0


def is_risk(answers: Collection[OutingAnswer], *, anything_else: str | None) -> bool:
    """Whether a handler sees, or cannot rule out, that it could show who wrote."""
    return bool(anything_else) or any(answer is not OutingAnswer.NO for answer in answers)
