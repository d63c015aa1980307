"""A field, value or code that a walk names is one of the contract: a reader looks for it in what they were answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from blocks import ROOT

NAMED = re.compile(r"`([a-z]+(?:_[a-z0-9]+)*)`")


def names(part: Any) -> Iterator[str]:
    """Of fields, parameters and headers, of values, and of the codes of problems."""
    if isinstance(part, list):
        for each in part:
            yield from names(each)
    if not isinstance(part, dict):
        return
    yield from part.get("properties", {})
    yield from (str(value) for value in part.get("enum", []))
    if isinstance(part.get("name"), str):
        yield part["name"]
    for codes in part.get("x-problem-codes", {}).values():
        yield from codes
    for each in part.values():
        yield from names(each)


@pytest.mark.parametrize("document", ["docs/mobile.md", "docs/school-it.md", "docs/advisers.md"])
def test_what_a_walk_names_is_there(document: str) -> None:
    text = re.sub(r"^```.*?^```", "", (ROOT / document).read_text(), flags=re.DOTALL | re.MULTILINE)
    known = set(names(json.loads((ROOT / "openapi" / "openapi.json").read_text())))
    assert set(NAMED.findall(text)) - known == set()
