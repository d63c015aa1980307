"""When somebody may be told more than was agreed, as data: by place, checked, and the stricter where nobody knows."""

from __future__ import annotations

import re

import pytest

from app.guidance.thresholds import DEFAULT, Check, ThreatTest, load_thresholds, parse_threshold, threshold_of
from app.packs import PackError, read_pack
from tests.guidance.test_wording import AVOIDED, texts_of

COMMON = read_pack("thresholds/common.yaml")
VICTORIA = read_pack("thresholds/au-vic.yaml")


def test_the_same_facts_can_do_in_one_state_and_not_in_another() -> None:
    victoria, wales = threshold_of("AU", "VIC"), threshold_of("AU", "NSW")
    assert (victoria.test, victoria.check) == (ThreatTest.SERIOUS, Check.CHECKED)
    assert (wales.test, wales.check) == (ThreatTest.SERIOUS_AND_IMMINENT, Check.UNVERIFIED)
    assert "imminent" in " ".join(wales.serious_threat)
    assert "imminent" not in " ".join(victoria.serious_threat)
    assert wales.unchecked


@pytest.mark.parametrize(("country", "region"), [("AU", "QLD"), ("NZ", "AUK"), ("XX", "")])
def test_a_place_without_a_text_gets_the_stricter_one_and_is_told_so(country: str, region: str) -> None:
    text = threshold_of(country, region)
    assert (text.jurisdiction, text.test, text.check) == (
        DEFAULT,
        ThreatTest.SERIOUS_AND_IMMINENT,
        Check.UNVERIFIED,
    )


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("version: au-vic-2026-1", "version: au-nsw-2026-1", "begins with its jurisdiction"),
        ("check: checked\nunchecked", "check: unverified\nunchecked", "says what of it"),
        ("    check: checked\n", "    check: unverified\n", "no better|not better"),
        ("test: serious_threat", "test: any_threat", "Input should be"),
        ("sources:", "origins:", "Field required|not permitted"),
        ("title:", "title: [", "not YAML"),
    ],
)
def test_a_text_that_is_wrong_is_refused_at_load(wrong: str, right: str, says: str) -> None:
    assert wrong in VICTORIA
    with pytest.raises(PackError, match=says):
        parse_threshold(VICTORIA.replace(wrong, right, 1), common=COMMON, file="thresholds/au-vic.yaml")


def test_every_ground_has_a_text_or_none_is_loaded() -> None:
    with pytest.raises(PackError, match="one text for each basis"):
        parse_threshold(VICTORIA, common=re.sub(r"  - basis: consent\n.*\n.*\n", "", COMMON), file="au-vic")


def test_no_word_to_avoid_is_in_a_threshold() -> None:
    texts = [text for each in load_thresholds().values() for text in texts_of(each.model_dump(mode="json"))]
    assert [(w, t) for w in AVOIDED for t in texts if re.search(rf"\b{re.escape(w)}\b", t, re.IGNORECASE)] == []
