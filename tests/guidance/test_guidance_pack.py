"""What the loader of the texts refuses, and where it says the fault lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from app.guidance.pack import load_guidance, parse_guidance
from app.packs import PackError, read_pack

FILE = "guidance/en.yaml"
Spoil = Callable[[dict[str, Any]], Any]


def test_the_shipped_texts_are_read_once() -> None:
    assert load_guidance() is load_guidance("en")
    assert load_guidance().language == "en"


@pytest.mark.parametrize(
    ("column", "spoil"),
    [
        ("what_you_can_do.0.title", lambda pack: pack["what_you_can_do"][0].update(title="")),
        ("what_you_can_do.0.exposure", lambda pack: pack["what_you_can_do"][0].update(exposure=9)),
        ("what_you_can_do.0.when.signs.0", lambda pack: pack["what_you_can_do"][0]["when"].update(signs=["sad"])),
        ("what_you_can_do.0.whom", lambda pack: pack["what_you_can_do"][0].update(whom="all")),
        ("help_now", lambda pack: pack["help_now"]["red_flags"].pop(0)),
        ("privacy_statement.limits", lambda pack: pack["privacy_statement"].pop("limits")),
        ("why_shown.up_to_age", lambda pack: pack["why_shown"].update(up_to_age="For the young")),
        (None, lambda pack: pack["status_texts"].pop("received")),
        (None, lambda pack: pack["for_you"].append(pack["for_you"][0])),
        (None, lambda pack: pack.update(for_you=[pack["for_you"][0]])),
        (None, lambda pack: pack.update(what_you_can_do=pack["what_you_can_do"][:9])),
    ],
)
def test_a_fault_is_named_by_its_place(column: str | None, spoil: Spoil) -> None:
    pack = yaml.safe_load(read_pack(FILE))
    spoil(pack)
    with pytest.raises(PackError) as caught:
        parse_guidance(yaml.safe_dump(pack), file="test.yaml")
    assert (caught.value.file, caught.value.column) == ("test.yaml", column)


@pytest.mark.parametrize("text", ["", "- a list", "a: [no end"])
def test_what_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(PackError):
        parse_guidance(text, file="test.yaml")


@pytest.mark.parametrize("language", ["xx", "../en", "english"])
def test_a_language_without_texts_is_an_error(language: str) -> None:
    with pytest.raises(PackError):
        load_guidance(language)
