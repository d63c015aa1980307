"""Figures so small that they are about people: "two students from Tonga" is no description of a cohort (domain, 3.7).

Refused is every figure below ten, and what is no count of people has to look like that: a year, a term, a campus. The
other way round, a list of words for people would always lack one.
"""

from __future__ import annotations

import re
import unicodedata

SMALLEST = 10
# Characters on either side that can say what a figure counts.
NEAR = 60
_WORDS = "two|three|four|five|six|seven|eight|nine"
_PEOPLE = (
    r"students?|people|persons?|members?|women|woman|men|man|peers?|learners?|trainees?|candidates?|graduates?|"
    r"individuals?|carers?|parents?|mothers?|fathers?|adults?|leavers|applicants?|refugees?|migrants?"
)
# One is too common a word for a figure: it counts only before what is a person, or a name for some.
_ONE = re.compile(
    rf"\b(?:one|a single|only one|an only|the only)\s+(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\b", re.IGNORECASE
)
_ONE_OF_A_NAME = re.compile(r"\b[Oo]ne [A-Z][a-z]+")
_FEW = re.compile(r"\b(?:a couple|a pair|half a dozen|a handful)\b", re.IGNORECASE)
# With thousands as 1,200 or 1 200, and decimals. What is part of a word, such as B12, is no figure.
_FIGURE = re.compile(
    rf"(?<![\w.,])(?:\d{{1,3}}(?:[,\u00a0\u202f ]\d{{3}})+|\d+)(?:\.\d+)?(?![\w])|\b(?:{_WORDS})\b", re.IGNORECASE
)
_TIMES = r"years?|terms?|semesters?|trimesters?|stages?|phases?|weeks?|days?|months?"
_THINGS = (
    rf"{_TIMES}|hours?|campus(?:es)?|sites?|hospitals?|clinics?|practices?|regions?|states?|languages?|units?|km|"
    r"kilometres?|minutes?|am|pm|places of|kinds of"
)
# As in "year 2", "years 3 and 4", "4 to 5 years", "a 5-year degree", "two of our hospitals".
_NUMBERED = rf"(?:\s+(?:\d+|{_WORDS}|and|to|or|of))*\s*$"
_BEFORE = re.compile(rf"\b(?:{_THINGS}){_NUMBERED}", re.IGNORECASE)
_TIME_BEFORE = re.compile(rf"\b(?:{_TIMES}){_NUMBERED}", re.IGNORECASE)
_AFTER = re.compile(
    rf"^(?:[\s,]*(?:to|and|or|-|–)[\s,]*(?:\d+|{_WORDS}))?[\s-]*(?:(?:of|our|its|the|clinical|rural|teaching|placement|"
    rf"regional|local|general|different|academic)\s+){{0,3}}(?:{_THINGS})\b",
    re.IGNORECASE,
)
# Whom it counts: people a word or two on, as in "2 region-born students" and "5 of the regions students".
_BETWEEN = r"(?:\W+(?!(?:where|for|in|at|with|that|which|take|takes|and|to|or)\b)[\w-]+)"
_OF_PEOPLE = re.compile(
    rf"^(?:(?:\s+of)?(?:\s+(?:our|the|its))+{_BETWEEN}{{0,1}}?|{_BETWEEN}{{0,2}}?)\s+(?:{_PEOPLE})\b", re.IGNORECASE
)
_WHO = re.compile(r"^\s+(?:are|were|come|came|have|had|is|was|identify)\b", re.IGNORECASE)


def has_small_figure(text: str) -> bool:
    """Whether a figure below ten stands there that can be a count of people, or a share of them."""
    # Superscripts and full-width digits are figures too.
    text = unicodedata.normalize("NFKC", text)
    if _ONE.search(text) or _ONE_OF_A_NAME.search(text) or _FEW.search(text):
        return True
    return any(_is_small(found[0]) and not _of_things(text, found) for found in _FIGURE.finditer(text))


def _is_small(figure: str) -> bool:
    digits = re.sub(r"[,\s\u00a0\u202f]", "", figure)
    return not digits[0].isdigit() or float(digits) < SMALLEST


def _of_things(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - NEAR) : found.start()], text[found.end() : found.end() + NEAR]
    if after.lstrip().startswith("%") or re.match(r"\s*(?:per\s?cent|in\s+\d)", after, re.IGNORECASE):
        return False
    # "Year 4 students" are many; "at site 3 students" can be either.
    if _TIME_BEFORE.search(before) is not None:
        return True
    if _OF_PEOPLE.match(after) is not None:
        return False
    if _BEFORE.search(before) is not None:
        return True
    return _WHO.match(after) is None and _AFTER.match(after) is not None
