"""Words that are not used, and what to say instead (domain, 3.1 and 5; STUDY I09, D12). Pure.

For texts of the product and of its editors: they get suggestions. What a reporter writes is never held against any
of these lists.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

# Each with what to write instead, as far as there is one answer, and why. Plurals are found too.
_LABELS = "A name for what somebody is going through labels them. Say what you have seen or heard."
_JUDGES = "It judges whoever is spoken of."
_OFFICIAL = "It sounds like a file, not like a person."
_RANKS = "Nobody can tell how likely it is. Say how soon somebody should answer."
_SUICIDE = "It makes of a death a crime, or a goal."
AVOIDED: Mapping[str, tuple[str | None, str]] = {
    "case subject": ("person", _OFFICIAL),
    "suspect": ("person", _JUDGES),
    "offender": ("person", _JUDGES),
    "complainant": ("person who told us", _OFFICIAL),
    "allegation": ("what was told", _OFFICIAL),
    "victim": ("person who was harmed", _LABELS),
    "patient": ("person", _OFFICIAL),
    "client": ("person", _OFFICIAL),
    "mentally ill": ("having a hard time", _LABELS),
    "suffering from": ("experiencing", _LABELS),
    "committed": ("died by", _SUICIDE),
    "commit suicide": ("die by suicide", _SUICIDE),
    "failed": (None, _SUICIDE),
    "successful": (None, _SUICIDE),
    "unsuccessful": (None, _SUICIDE),
    "epidemic": ("more people than before", "It makes it look as if it could not be helped."),
    "attention-seeking": ("asking for help", _JUDGES),
    "manipulative": (None, _JUDGES),
    "high-risk": (None, _RANKS),
    "high risk": (None, _RANKS),
    "low risk": (None, _RANKS),
    "impaired": (None, _LABELS),
    "unstable": (None, _LABELS),
    "episode": ("hard time", _LABELS),
    "non-compliant": ("did not want it", _JUDGES),
    "carer burden": ("what caring takes out of you", _JUDGES),
    "suicidality": ("thoughts of suicide", "Few people say it of themselves."),
    "suicidal ideation": ("thoughts of suicide", "Few people say it of themselves."),
    "malicious": (None, _JUDGES),
    "unfounded": (None, _JUDGES),
    "depression": ("feeling low", _LABELS),
    "depressed": ("low", _LABELS),
    "anxiety": ("worry", _LABELS),
    "disorder": (None, _LABELS),
    "mental illness": ("hard time", _LABELS),
    "symptom": ("sign", _LABELS),
    "symptoms": ("signs", _LABELS),
    "diagnosis": (None, _LABELS),
    "report": ("worry that was shared", "It sounds like being reported."),
    "reported": ("shared", "It sounds like being reported."),
    "reports": ("worries that were shared", "It sounds like being reported."),
}
# In texts for whoever writes programs `report` is what the resource is called, a client is one of theirs, and a request
# or a delivery can fail. Of a person none of these is said.
OF_PROGRAMS = frozenset({"client", "failed", "report", "reported", "reports"})
PROMISES = re.compile(r"shortly|as soon as possible|within \d|minutes|\bwe will\b|guarantee|nobody will ever", re.I)

_NAMES = (
    r"depress\w+|anxi\w+|bipolar|manic|psycho(?:sis|tic)|schizophreni\w+|borderline|anorexi\w+|bulimi\w+|adhd|ocd|ptsd"
    r"|autis\w+|addict\w*|alcoholic|(?:an? )?(?:[a-z]+ ){0,2}(?:disorder|syndrome|illness)"
)
# Said of somebody as what they have or are. "Anxious about" is a feeling, and left alone.
DIAGNOSES = re.compile(
    rf"\b(?:ha(?:s|ve|d)|(?:suffer(?:s|ed|ing)?|recovering) from|(?:diagnosed|living|lives) with|is|are|was|were|am)"
    rf"(?: been)?(?: (?:an?|the|clearly|probably|really))* (?:{_NAMES})\b(?! about)",
    re.I,
)
SUICIDE = re.compile(
    r"\bsuicid\w*|\b(?:take|taking|took|end|ending|ended) (?:my|your|his|her|their) (?:own )?li(?:fe|ves)", re.I
)

# Words that name a method, as digests: nobody finds a list of them here. Made by `digest_of`, of one to three words.
METHODS = frozenset(
    """
    06f1956413c355b7 08f78e38f095b14c 090dbf98aeda4440 0c6b3df500ac9b04 172fa8fac47b9d83 22db563533215e9b
    25f391070d16a050 2dd7b98dd3192421 2f9e3d0f184c8ef4 330a3129c3fd08c5 3a84c2edca54d5d8 3c2f00c286e97b48
    4dae965881da74b2 514ce362e50af1c8 55c41c768266923e 5e66a4608ec73f99 643479623d619ace 69c162144c58f12b
    726a5a107491611f 7330cb3a843b295a 75ff2312aa026cdc 77bbabc31558c1ae 811836cb0163328f 85c9d5df47f50663
    86029d843113bb3f 8a6f16de5fc61407 9077ffc58038d3bc 944d747409e63183 9c182c4b8abdfed2 9fee27dd1431b759
    a4ee0e04eb1c0b55 aa127de125dd4bc9 ac8eb9a0ca6a72d2 c037af831f3c58de c4e1a75a8471a097 cab38e4dc798fd3a
    cb5bd69a2eb228d5 d00204a98cb012d4 dbcb2286155a0ece dbcfd20a0bc1b91b ddb422afc118ee34 df58c4a35a0eb9ea
    df9456c22da4bd61 e11dc1dad9050ec1 e26a1d865fee1350 e2e81ef8468a0368 e52b320f7cb7f919 e5c589dafc9104d0
    ebaeb202ee2a53fb ed8f9f77aa6a20e0 f1d25c7c3600e252 f42cef0ca9fdb349 f61f2bcd51b5238f f678280d5547bc5b
    ff75025d9c5eaaff
    """.split()  # noqa: SIM905 - a list would have a line for each
)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")
_LONGEST_METHOD = 3


class Suggestion(NamedTuple):
    """`start` and `end` count characters (Unicode code points). `suggestion` is None where there is no one answer."""

    start: int
    end: int
    found: str
    suggestion: str | None
    why: str


def suggestions(text: str) -> list[Suggestion]:
    """What could be said better, in the order of the text."""
    # One for each place: that of a plural where it has one of its own.
    words = {m.span(): Suggestion(*m.span(), m[0], *AVOIDED[w]) for w in AVOIDED for m in of_word(w).finditer(text)}
    found = list(words.values())
    found += [Suggestion(*m.span(), m[0], None, _LABELS) for m in DIAGNOSES.finditer(text)]
    found += [
        Suggestion(
            *m.span(), m[0], None, "It promises what depends on somebody. Say what is so, and what is not known."
        )
        for m in PROMISES.finditer(text)
    ]
    mention = SUICIDE.search(text)
    if mention is not None:
        why = "Two services that are open at any hour belong beside it: whoever shows it puts them there."
        found.append(Suggestion(*mention.span(), mention[0], None, why))
    return sorted(set(found), key=lambda each: each[:3])


def mentions_suicide(text: str) -> bool:
    """Whether two services that are open at any hour belong beside it (domain, 3.1)."""
    return SUICIDE.search(text) is not None


def names_a_method(text: str, *, methods: Collection[str] = METHODS) -> tuple[int, int] | None:
    """Where a text names a method of suicide or of self-harm, None where it does not."""
    words = list(_WORD.finditer(text.lower()))
    for first, start in enumerate(words):
        for last in words[first : first + _LONGEST_METHOD]:
            if digest_of(text[start.start() : last.end()]) in methods:
                return start.start(), last.end()
    return None


def digest_of(words: str) -> str:
    """That of some words, whatever their case and what stands between them."""
    return hashlib.sha256(" ".join(_WORD.findall(words.lower())).encode()).hexdigest()[:16]


@functools.cache
def of_word(word: str) -> re.Pattern[str]:
    """Finds a word to avoid and its plural."""
    return re.compile(rf"\b{re.escape(word)}(?:s|es)?\b", re.IGNORECASE)


def texts_of(value: object) -> Iterator[str]:
    """Every text in a JSON or YAML value, names of members aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)
