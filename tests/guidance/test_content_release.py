"""What is overdue for review, has no source, leads nowhere, or names a condition, a method or a number is not shipped.

Each rule is shown to bite. The day that counts is that of the release, so that no build breaks by the passing of time.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import RELEASED_ON
from app.guidance import wording
from app.guidance.content import Article
from app.guidance.content_pack import ENGLISH, ContentPack, languages, load_content
from app.guidance.release import faults, has_number
from tests.guidance.made_up import article, in_memory, script

METHOD = "sesquipedal zwieback"  # A made-up one: no other stands anywhere.
RELEASE = dt.date(2026, 6, 1)


@pytest.mark.parametrize("language", languages())
def test_what_is_shipped_may_be_shipped(language: str) -> None:
    english = None if language == ENGLISH else load_content()
    assert faults(load_content(language), released_on=RELEASED_ON, english=english) == []


def test_every_piece_is_held_to_it() -> None:
    pack = load_content()
    assert len(pack.pieces) > 80
    late = max(piece.review_by for piece in pack.pieces.values())
    assert {fault.piece for fault in faults(pack, released_on=late)} >= set(pack.pieces)


def pack_of(**files: list[dict[str, Any]]) -> ContentPack:
    return in_memory(**files).packs["en"]


def said(text: str) -> ContentPack:
    return pack_of(articles=[article(sections=[{"heading": "First", "points": ["Fine.", text]}])])


@pytest.mark.parametrize(
    ("pack", "rule"),
    [
        (pack_of(articles=[article(review_by=RELEASE)]), "review_overdue"),
        (pack_of(articles=[article(reviewed_on=RELEASE + dt.timedelta(days=1))]), "reviewed_in_the_future"),
        (pack_of(scripts=[script(next_step="nowhere")]), "reference"),
        (pack_of(articles=[article(), article()]), "reference"),
        (said("Call 1800 975 711 now."), "number"),
        (said("Call 000."), "number"),
        (said("She has depression."), "diagnosis"),
        (said("They are clearly bipolar."), "diagnosis"),
        (said("He suffers from anxiety."), "diagnosis"),
        (said("By Sesquipedal  Zwieback, it says."), "method"),
    ],
)
def test_a_planted_fault_is_found(pack: ContentPack, rule: str) -> None:
    planted = faults(pack, released_on=RELEASE, methods=frozenset({wording.digest_of(METHOD)}))
    assert {fault.rule for fault in planted} == {rule}
    assert faults(pack_of(articles=[article()]), released_on=RELEASE) == []


def test_a_piece_without_a_source_is_found_though_no_file_can_have_one() -> None:
    bare = Article.model_construct(**Article.model_validate(article()).__dict__ | {"sources": ()})
    pack = pack_of().model_copy(update={"articles": (bare,)})
    assert [fault.rule for fault in faults(pack, released_on=RELEASE)] == ["no_source"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Call +61 2 5550 1234.", True),
        ("(02) 5550 1234", True),
        ("1800-555-012", True),
        ("Call 112", True),
        ("In 2009, or from 2009-2012, and since 1 February 2025.", False),
        ("Section 141 of an Act of 2009", False),
        ("24/7, for 90 days, at 9 or 10", False),
        ("A team of 15", False),
    ],
)
def test_years_and_sections_are_no_numbers_to_call(text: str, number: bool) -> None:
    assert has_number(text) is number


def test_a_feeling_is_no_name_for_what_somebody_has() -> None:
    for fine in ("She is anxious about the exam.", "He has been quiet.", "They are low.", "I have a bad feeling."):
        assert wording.DIAGNOSES.search(fine) is None
