"""What no item may ask, and which instruments may not be loaded (domain, 3.6). Pure.

Nobody reads an answer as it comes, and nobody can be found who gave it: a question whose yes needs a person at once is
worse here than no question. The list is of English words and of some that are alike in other languages; an item in
another language is the school's to look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SELF = r"(?:my|your|them|him|her|our|one)sel(?:f|ves)"
_LIFE = r"(?:(?:my|your|their|his|her|our|ones|own) )+(?:life|lives)"
_WISHING = r"want\w*|wish\w*|hop\w*|like|rather|thought\w*|think\w*"
_ENDING = re.compile(
    "|".join(
        (
            r"suic?id",
            r"suizid",
            r"selbstmord",
            r"self ?(?:harm|injur|hurt|mutilat|poison)",
            r"autoles",
            rf"\b(?:harm|hurt|injur|cut|kill|poison|burn|starv)\w* (?:or \w+ )?{_SELF}\b",
            r"\b(?:parasuicid|overdos)\w*",
            rf"\b(?:end|take|took|taken|taking|ending|ended|losing) {_LIFE}",
            r"\b(?:end|ending|ended) (?:it all|everything)\b",
            rf"\b(?:{_WISHING}) (?:\w+ ){{0,4}}(?:die|dead|dying|death)\b",
            r"\bbetter off (?:dead|without (?:me|you|them))\b",
            r"\b(?:not|never) (?:\w+ ){0,2}(?:be alive|been born|wake up|exist|go on living)\b",
            r"\blife (?:is|was|were|isnt|wasnt)? ?(?:not )?(?:worth living|worthless)\b",
            r"\bworth living\b",
            r"\breasons? (?:to live|for living)\b",
        )
    )
)


def asks_about_ending_life(text: str) -> bool:
    """Whether it asks about suicide or self-harm."""
    return _ENDING.search(_plain(text)) is not None


def names_one_of(text: str, names: Iterable[str]) -> bool:
    """Whether one of `names` stands there as a word, with or without a number after it: `PHQ-9` for `phq`."""
    plain = _plain(text)
    return any(re.search(rf"\b{re.escape(_plain(name))}(?: ?\d+)?\b", plain) for name in names)


def _plain(text: str) -> str:
    """In small letters, without marks; what is between words is one space."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’ʼ]", "", kept)).split())
