"""Words that are not used, and what to say instead (domain, 3.1 and 5; STUDY I09, D12). Pure.

For texts of the product and of its editors: they get suggestions. What a reporter writes is never held against any
of these lists.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
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
PROMISES = re.compile(
    r"shortly|as soon as possible|within \d|minutes|\bwe will\b|\b(?:we|i) promise\b|guarantee|nobody will ever", re.I
)
SECRECY = re.compile(r"\bkeep (?:it|this|that) (?:a )?secret\b|\btell (?:nobody|no one)\b", re.I)
# Six digits or more, as telephones have them; a year or a date is none.
NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ -]?\d){5,}(?![\w-])")
_NO_SECRET = "A danger to life is no secret that anybody has to keep."  # noqa: S105 - a sentence
_METHOD = "It names a method, and is refused where students read: leave out how."

_NAMES = (
    r"depress\w+|anxi\w+|bipolar|manic|psycho(?:sis|tic)|schizophreni\w+|borderline|anorexi\w+|bulimi\w+|adhd|ocd|ptsd"
    r"|autis\w+|addict\w*|alcoholic|(?:an? )?(?:[a-z]+ ){0,2}(?:disorder|syndrome|illness)"
)
# Said of somebody as what they have or are. "Anxious about" is a feeling, and left alone.
DIAGNOSES = re.compile(
    rf"\b(?:ha(?:s|ve|d)|(?:suffer(?:s|ed|ing)?|recovering) from|(?:diagnosed|living|lives) with|is|are|was|were|am|be"
    rf"|(?:sounds|looks|seems) like)(?: been| got)?(?: (?:an?|the|clearly|probably|really))* (?:{_NAMES})\b(?! about)",
    re.I,
)
_SELF = r"(?:my|your|him|her|them|one)sel(?:f|ves)"
SUICIDE = re.compile(
    r"\bsuicid\w*|\b(?:take|taking|took|end|ending|ended) (?:my|your|his|her|their) (?:own )?li(?:fe|ves)"
    rf"|\b(?:kill|hurt|harm)(?:s|ed|ing)? {_SELF}|\bself-?harm\w*|\bend(?:ing|ed)? it all\b"
    r"|\b(?:want|wish)\w*(?: \w+){0,2} (?:to die|dead|to be dead)\b|\bbetter off dead\b",
    re.I,
)

# Words that name a method, as digests: nobody finds a list of them here. Made by `digest_of`, of one to four words.
METHODS = frozenset(
    """
    02eb826195254492 05606aa3012a8aa0 0623b2426d0ee64a 06f1956413c355b7 07474f3f4955b64c 07bc79daa1314a91
    088e72b660a00eeb 08f78e38f095b14c 090dbf98aeda4440 0c6b3df500ac9b04 0cfaf377cd39dd3c 0ff286f2c18bc84e
    106e7092b160a0fa 10fa776a6a13a825 136aae76e4646019 149c365401fcfd8e 16407ab84f38acb2 172fa8fac47b9d83
    18ddb60ced0e95b9 1972e3046f3fe185 1a49476e0f05f095 1c60e51c2b0e0a18 1f1f9fca1e79d362 1f91bfe4589bb49b
    20b5050ded2a273d 22db563533215e9b 251dde55ab9ea828 25f391070d16a050 262b4114a6b00e91 26545c041b1f9fa2
    27418a2d965db74e 27c59adff48c138f 27e68b98996b9b81 2818c92093b75c15 2d1cad08c9fb8dc2 2dd7b98dd3192421
    2df5d90b7f8da21c 2e63c40285fe6d8a 2f9e3d0f184c8ef4 2fb3fd80a28a209e 330a3129c3fd08c5 351bb565edab41bd
    35fa6a706cb727e5 373b1cbb4a00f7b1 3850e89d19cb4739 39461c5340d52f6b 3a84c2edca54d5d8 3c2f00c286e97b48
    3c46f7abcad0c4b7 3fbcee5bc546af56 40c01a8234f97892 4219c5115601fd86 4a1005d1fa0180c3 4a3b929a2bce107c
    4cd40da91061445f 4dae965881da74b2 4f2b45eb0a85f462 514ce362e50af1c8 5188f56a0b2e6292 55c41c768266923e
    56d7ff64662ec524 576bdb16564738a5 5884a2cad7e84659 5ae9943b9b39165c 5b2941676cc9cce4 5b7b48548fb4a926
    5bf5945b4013fc97 5cb0a1ee30d84aea 5e66a4608ec73f99 5e706a1bd6f762c9 6156293013bb34f4 615b22148b9e5314
    63064b74cb386413 636828b110073431 643479623d619ace 66d28568a54d7e5e 687d0e0b2dfb33b3 69c162144c58f12b
    6c2311d819f4f74a 6d3e8399d5bb1b91 6d4cd302e7332834 7262d86e20f9c41d 726a5a107491611f 7330cb3a843b295a
    75ff2312aa026cdc 77bbabc31558c1ae 77bbf5fe603bf4e3 78c661ef2e0c84bb 7a0a56652e1ec71f 7a26c561b74788ba
    7b3d8180f050f468 7ceefdabfaf2f070 7daa44744c18de0d 7ec1dd461fba3a28 7f0d9bc0aace4ea7 7f183649ba3dafef
    7fd5ad1f4c7df13c 80fd66a69a3753b3 811836cb0163328f 818e63779725c4a8 819bf1d8a78af74d 82a3fd7ce248f549
    82a556b350436c96 84850c3ea68ee97f 854a903ee03adc3a 85c9d5df47f50663 86029d843113bb3f 8757f26e047413a1
    8a6f16de5fc61407 8ac81a8bf3e66148 8b2535953e66ff86 8e2705ce14d48430 8ec464cfc5b53a1d 8fd776a104fe5a3e
    9077ffc58038d3bc 9164a4bc5f89c136 9399d2dd5ae96fb8 944d747409e63183 94560180d4e1f738 97d6761861368263
    9c182c4b8abdfed2 9de10a89ba011f1c 9fba96261c97dc00 9fe7da02a9e94ace 9fee27dd1431b759 a0de4a79acf26f5a
    a1ad9c02eaa2d641 a340c6a70bc4939d a4ee0e04eb1c0b55 a62a7ea497e58235 a79d183d607c8681 aa127de125dd4bc9
    abb5d90f67707b5d ac8eb9a0ca6a72d2 ad012d5a8ed7bc9c af714541d8c63327 b1d24cfec884e9f5 b42d569c1b4940cc
    b5b8c185f5219559 b71b59b7edb4a47f b99249f701662908 ba197cfd8c863d76 bb0f3fb1b0472952 bb22c2407c2c2008
    bc2a15f3a33a2b49 bcb3a052f38a4539 bd0ed9e43b306f26 be14777d7b3645fc be60fe52f2c7ebaf be8b04b872a778b4
    bfb82ac5fc88a4fb c037af831f3c58de c2b493546cf9fe51 c4e1a75a8471a097 c50af57f055aee64 c54b9fa3c048d07f
    c5f1215da140bde7 c87257b1b1482d68 cab38e4dc798fd3a cb5bd69a2eb228d5 cdc4fd5969954550 cfb6b405e9ea2311
    d00204a98cb012d4 d1a58842e015bfdb d1c63e293aaaf9a3 d240cf67ba7b6b44 d283b3f4fb7adcdd d3c92ab2f7d7329d
    d4a9edc00052518a d549ed235f947f9a d5e7d4d422c9b154 d66157bd951a3109 d6714308884e233d d83054c8600fe0b6
    da9a43b201b7e274 db0f583b0377cad9 dbcb2286155a0ece dbcfd20a0bc1b91b dd343fc694775094 ddb422afc118ee34
    de525786ef21a772 dee62ada281454d8 df58c4a35a0eb9ea df9456c22da4bd61 e0628b33ca99d249 e11dc1dad9050ec1
    e1a5c5feb808a42d e26a1d865fee1350 e2e2312bd5a0f434 e2e81ef8468a0368 e3a2e754b81413e1 e51f7b2f94b43ad3
    e52b320f7cb7f919 e5c589dafc9104d0 e75feb46363768e3 ea1d71d80f8d908d ea73bf8a9dce747d ebaeb202ee2a53fb
    ed8f9f77aa6a20e0 edeeed85874d3c05 eff5c2e42c9727b7 f01dc10aa15f9bd8 f06068fdeb483044 f1d25c7c3600e252
    f367fbe545ea4109 f42cef0ca9fdb349 f543551badf831da f559960b1190499a f61f2bcd51b5238f f64cc1ffa8b8b01f
    f678280d5547bc5b f845231a0d34b8e8 f903c28770a4af68 fa4c7023c1fc500e fd4068bef7782d02 fea205efa3682ae6
    ff75025d9c5eaaff
    """.split()  # noqa: SIM905 - a list would have a line for each
)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")
_LONGEST_METHOD = 4


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
    found += [Suggestion(*m.span(), m[0], None, _NO_SECRET) for m in SECRECY.finditer(text)]
    found += _numbers(text)
    method = names_a_method(text)
    if method is not None:
        found.append(Suggestion(*method, text[slice(*method)], None, _METHOD))
    mention = SUICIDE.search(text)
    if mention is not None:
        why = "Two services that are open at any hour belong beside it: whoever shows it puts them there."
        found.append(Suggestion(*mention.span(), mention[0], None, why))
    return sorted(set(found), key=lambda each: each[:3])


def _numbers(text: str) -> Iterator[Suggestion]:
    why = "Numbers come from the directory, which knows when they were last checked."
    return (Suggestion(*m.span(), m[0], None, why) for m in NUMBER.finditer(text))


def mentions_suicide(text: str) -> bool:
    """Whether two services that are open at any hour belong beside it (domain, 3.1)."""
    return SUICIDE.search(text) is not None


def names_a_method(text: str, *, methods: Collection[str] = METHODS) -> tuple[int, int] | None:
    """Where a text names a method of suicide or of self-harm, None where it does not."""
    plain, places = _plain(text)
    words = list(_WORD.finditer(plain))
    for first, start in enumerate(words):
        for last in words[first : first + _LONGEST_METHOD]:
            run = plain[start.start() : last.end()]
            if digest_of(run) in methods or digest_of(run.replace("-", "")) in methods:
                return places[start.start()], places[last.end() - 1] + 1
    return None


def _plain(text: str) -> tuple[str, list[int]]:
    """Small letters without accents and without signs that nobody sees, and where in the text each stands."""
    plain, places = list[str](), list[int]()
    for place, character in enumerate(text.lower()[: len(text)]):
        for part in unicodedata.normalize("NFKD", character):
            if unicodedata.category(part) not in ("Cf", "Mn"):
                plain.append(part)
                places.append(min(place, len(text) - 1))
    return "".join(plain), places


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
