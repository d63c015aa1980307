"""What a new password must be (NIST SP 800-63B-4, 3.1.1.2): long, of anything that can be typed, not obvious. Pure.

There is no list of passwords that were found elsewhere: one that is worth anything has to be asked for over the
network, or shipped by the gigabyte. What anybody would try first is taken away instead, and enough has to be left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from app.identity.password_phrases import PHRASES

SHORTEST = 15
LONGEST = 200
# In bodies: a composed character can be typed as three.
LONGEST_AS_TYPED = 3 * LONGEST
# What is left without names, phrases, runs and repetitions has at least so many characters.
OF_ONES_OWN = 8
PRODUCT = "peerline"

# Names of fewer letters are inside too many words.
_SHORTEST_NAME = 3
_SHORTEST_RUN = 4
_NOT_TYPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LETTERS_AND_DIGITS = frozenset("LNM")
_KEYS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_RUNS = tuple(row for keys in _KEYS for row in (keys, keys[::-1]))
# As people write letters to satisfy a rule that wanted digits.
_AS_LETTERS = str.maketrans("01i3457", "olleast")
_SIGNS_AS_LETTERS = str.maketrans("@$", "as")
_AGAIN = re.compile(r"(.{1,8}?)\1+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of whoever chooses a password: what others would try first."""

    login: str
    alias: str
    school_name: str | None = None
    school_slug: str | None = None

    def names(self) -> frozenset[str]:
        """Every word of it, and each of them as a whole, as `_plain` would have them."""
        given = [self.login, self.alias, self.school_name or "", self.school_slug or "", PRODUCT]
        words = [word for each in given for word in (each, *re.split(r"[\W_]+", each))]
        return frozenset(plain for word in words if len(plain := _plain(word)) >= _SHORTEST_NAME)


@dataclass(frozen=True, slots=True)
class Fault:
    """Which rule, in a code and in words. It never says anything of the password itself."""

    code: str
    detail: str


TOO_SHORT = Fault("too_short", f"A password has at least {SHORTEST} characters. A few words in a row are easy to keep.")
TOO_LONG = Fault("too_long", f"A password has at most {LONGEST} characters.")
NOT_TYPED = Fault("control_character", "Line breaks and control characters cannot be part of a password.")
MADE_OF_NAMES = Fault(
    "made_of_names",
    "It is mostly your login, your name, your school or the product's name. Use words that have to do with none.",
)
COMMON = Fault(
    "common_phrase", "It is mostly a phrase that many people use. Use words that are not from a song or film."
)
RUN = Fault("run_of_keys", "It is mostly letters, digits or keys in a row.")
REPEATED = Fault("repeated", "It is mostly the same few characters again and again.")


def normalise(password: str) -> str:
    """A password as it is hashed, whatever keyboard it came from (RFC 8265, 4.2: OpaqueString).

    NFC, because one keyboard sends an accented letter as one character and another as two. Not NFKC: that makes
    different characters one, such as ² and 2, and so gives away some of what was chosen. Every blank is the common one:
    a telephone may put in another.
    """
    return unicodedata.normalize("NFC", "".join(" " if _kind(each) == "Zs" else each for each in password))


def faults(password: str, about: About) -> tuple[Fault, ...]:
    """What stands against a normalised password; nothing when it may be used.

    No characters of certain kinds are asked for, and none expires: both make people choose worse (NIST SP 800-63B-4).
    """
    found = []
    if len(password) < SHORTEST:
        found.append(TOO_SHORT)
    if len(password) > LONGEST:
        found.append(TOO_LONG)
    if any(_kind(each) in _NOT_TYPED for each in password):
        found.append(NOT_TYPED)
    # Of a few characters too little is left in any case: that would say the same twice. Very long ones take time.
    if not found and (obvious := _obvious(password, about)) is not None:
        found.append(obvious)
    return tuple(found)


def _obvious(password: str, about: About) -> Fault | None:
    """What takes so much of it away that too little is left."""
    left = _plain(password)
    # Something between the letters makes it longer, and hardly harder to guess: each counts once.
    signs = password.translate(_SIGNS_AS_LETTERS)
    others = len({each for each in signs if not _counts(each) and _kind(each) != "Zs"})
    if len(left) + others < OF_ONES_OWN:
        return REPEATED
    for fault, without in (
        (MADE_OF_NAMES, lambda text: _without(text, about.names())),
        (COMMON, lambda text: _without(text, PHRASES)),
        (RUN, _without_runs),
        (REPEATED, _without_repetitions),
    ):
        left = without(left)
        if len(left) + others < OF_ONES_OWN:
            return fault
    return None


def _plain(text: str) -> str:
    """Letters, marks and digits alone, in one case."""
    in_one_case = unicodedata.normalize("NFC", text.casefold()).translate(_SIGNS_AS_LETTERS)
    return "".join(each for each in in_one_case if _counts(each))


def _counts(character: str) -> bool:
    return _kind(character)[0] in _LETTERS_AND_DIGITS


def _kind(character: str) -> str:
    return unicodedata.category(character)


def _without(text: str, words: Iterable[str]) -> str:
    """`text` less those words, the longest first, also where digits stand for letters."""
    for word in sorted(words, key=lambda each: (-len(each), each)):
        for place in reversed(_places(text, word)):
            text = text[:place] + text[place + len(word) :]
    return text


def _places(text: str, word: str) -> list[int]:
    found, start = [], 0
    as_letters, word_as_letters = text.translate(_AS_LETTERS), word.translate(_AS_LETTERS)
    while (start := as_letters.find(word_as_letters, start)) >= 0:
        found.append(start)
        start += len(word)
    return found


def _without_runs(text: str) -> str:
    left, at = [], 0
    while at < len(text):
        length = max(_run_at(text, at, row) for row in _RUNS)
        if length < _SHORTEST_RUN:
            left.append(text[at])
        at += length if length >= _SHORTEST_RUN else 1
    return "".join(left)


def _run_at(text: str, at: int, row: str) -> int:
    """How many characters from there on follow each other in `row`, or go round it."""
    place = row.find(text[at])
    if place < 0:
        return 0
    length = 0
    while at + length < len(text) and text[at + length] == row[(place + length) % len(row)]:
        length += 1
    return length


def _without_repetitions(text: str) -> str:
    """Each thing that is said again at once, said once; or the kinds of characters, where there are very few."""
    said_once = _AGAIN.sub(r"\1", text)
    kinds = "".join(sorted(set(said_once)))
    return kinds if len(kinds) < len("aeiou") else said_once
