"""What is said to whoever tells a story keeps to the words of the product, and promises nothing (domain, 3.1 and 5)."""

from __future__ import annotations

import pytest
import yaml

from app.packs import read_pack
from app.stories.texts import FILE, load_texts
from tests.guidance.test_wording import AVOIDED, PROMISES, found_in, texts_of

TEXTS = list(texts_of(yaml.safe_load(read_pack(FILE))))


def test_no_word_to_avoid_and_no_promise_is_in_them() -> None:
    assert [word for word in AVOIDED if found_in(TEXTS, word)] == []
    assert [text for text in TEXTS if PROMISES.search(text)] == []
    assert [
        text for text in TEXTS if any(char.isdigit() for char in text) and text != load_texts().consent.version
    ] == []


@pytest.mark.parametrize("said", ["Anyone can read", "cannot be called back", "take it back at any time", "years"])
def test_the_consent_says_what_has_to_be_known_before(said: str) -> None:
    assert said in " ".join(load_texts().consent.points)
