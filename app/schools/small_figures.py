"""Figures so small that they are about people: "two students from Tonga" is no description of a cohort (domain, 3.7).

Refused is every figure below ten, and what is no count of people has to look like that: a year, a term, a campus. The
other way round, a list of words for people would always lack one.
"""

from __future__ import annotations

import re

SMALLEST = 10
# Characters on either side that can say what a figure counts.
NEAR = 60
_WORDS = "two|three|four|five|six|seven|eight|nine"
# One is too common a word for that: it counts only before what is a person.
_PEOPLE = (
    r"students?|people|persons?|members?|women|woman|men|man|peers?|learners?|trainees?|candidates?|graduates?|"
    r"individuals?|carers?|parents?|adults?"
)
_ONE = re.compile(rf"\b(?:one|a single|only one|an only)\s+(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\b", re.IGNORECASE)
# With thousands as 1,200 or 1 200, and decimals. What is part of a word, such as B12, is no figure.
_FIGURE = re.compile(
    rf"(?<![\w.,])(?:\d{{1,3}}(?:[,\u00a0\u202f ]\d{{3}})+|\d+)(?:\.\d+)?(?![\w])|\b(?:{_WORDS})\b", re.IGNORECASE
)
_THINGS = (
    r"years?|terms?|semesters?|trimesters?|stages?|phases?|weeks?|days?|months?|hours?|campus(?:es)?|sites?|hospitals?|"
    r"clinics?|practices?|regions?|states?|languages?|units?|km|kilometres?|minutes?|am|pm|places of|kinds of"
)
# As in "year 2", "years 3 and 4", "4 to 5 years", "a 5-year degree", "two of our hospitals".
_BEFORE = re.compile(rf"\b(?:{_THINGS})(?:[\s,]+(?:\d+|{_WORDS}|and|to|or|of))*\W*$", re.IGNORECASE)
_AFTER = re.compile(
    rf"^(?:[\s,]*(?:to|and|or|-|–)[\s,]*(?:\d+|{_WORDS}))?[\s-]*(?:(?:of|our|its|the|clinical|rural|teaching|placement|"
    rf"regional|local|general|different|academic)\s+){{0,3}}(?:{_THINGS})\b",
    re.IGNORECASE,
)


def has_small_figure(text: str) -> bool:
    """Whether a figure below ten stands there that can be a count of people, or a share of them."""
    if _ONE.search(text):
        return True
    return any(_is_small(found[0]) and not _of_things(text, found) for found in _FIGURE.finditer(text))


def _is_small(figure: str) -> bool:
    digits = re.sub(r"[,\s\u00a0\u202f]", "", figure)
    return not digits[0].isdigit() or float(digits) < SMALLEST


def _of_things(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - NEAR) : found.start()], text[found.end() : found.end() + NEAR]
    if after.lstrip().startswith("%") or re.match(r"\s*(?:per\s?cent|in\s+\d)", after, re.IGNORECASE):
        return False
    return _BEFORE.search(before) is not None or _AFTER.match(after) is not None
