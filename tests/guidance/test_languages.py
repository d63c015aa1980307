"""Which language somebody is answered in (RFC 9110, 12.5.4; contract M8)."""

from __future__ import annotations

import pytest

from app.guidance.languages import MOST_RANGES, choose

THERE = ("en", "de", "fr", "pt-BR")


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de;q=0.5, fr;q=0.8", "fr"),
        ("de;q=0.5,fr;q=0.8,en;q=0.9", "en"),
        # A range covers what is narrower, and what is wider than one fits it.
        ("pt", "pt-BR"),
        ("de-CH", "de"),
        ("pt-PT", "en"),
        ("pt-PT, fr;q=0.1", "fr"),
        # The longest range that covers a language says how much it is wanted.
        ("pt-BR;q=0.1, pt;q=0.9, fr;q=0.5", "fr"),
        # Not wanted at all.
        ("en;q=0, *", "de"),
        ("de;q=0, de-CH, fr;q=0.3", "fr"),
        ("*", "en"),
        ("*;q=0.1, fr", "fr"),
        ("*;q=0", "en"),
        ("ja, zh;q=0.9", "en"),
        # As good as each other: what was named, then the default.
        ("*, fr", "fr"),
        ("fr, en", "en"),
        # What is malformed says nothing, and spoils nothing.
        ("de;q=2, fr;q=0.2", "fr"),
        ("de;q=0.1234, fr;q=0.2", "fr"),
        (";;;, q=1, \t, fr", "fr"),
        ("fr ; q=0.7 , de;q=0.6", "fr"),
        (",".join(["ja"] * MOST_RANGES) + ", fr", "en"),
    ],
)
def test_the_language_that_fits_best(accept: str | None, given: str) -> None:
    assert choose(accept, available=THERE, default="en") == given


def test_a_school_has_a_language_of_its_own_for_who_asks_for_none_that_there_is() -> None:
    assert choose(None, available=THERE, default="fr") == "fr"
    assert choose("ja", available=THERE, default="fr") == "fr"
    assert choose("de", available=THERE, default="fr") == "de"
    assert choose("*", available=THERE, default="fr") == "fr"
    assert choose(None, available=THERE, default="ja") == "en"
