"""Words that are not used, in any text that a person reads (domain, 3.1 and 5; STUDY I09, D12)."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from app.guidance import signs
from app.packs import read_pack

AVOIDED = (
    "case subject",
    "suspect",
    "offender",
    "complainant",
    "allegation",
    "victim",
    "patient",
    "client",
    "mentally ill",
    "suffering from",
    "committed",
    "commit suicide",
    "failed",
    "successful",
    "unsuccessful",
    "epidemic",
    "attention-seeking",
    "manipulative",
    "high-risk",
    "high risk",
    "low risk",
    "impaired",
    "unstable",
    "episode",
    "non-compliant",
    "carer burden",
    "suicidality",
    "suicidal ideation",
    "malicious",
    "unfounded",
    # A name for what somebody is going through labels them (STUDY I09).
    "depression",
    "depressed",
    "anxiety",
    "disorder",
    "mental illness",
    "symptom",
    "symptoms",
    "diagnosis",
    # It sounds like being reported (domain, 5).
    "report",
    "reported",
    "reports",
)
PROMISES = re.compile(r"shortly|as soon as possible|within \d|minutes|\bwe will\b|guarantee|nobody will ever", re.I)

# Columns for those who keep the directory; nobody else reads them.
INTERNAL = {"source_1", "source_1_date", "source_2", "source_2_date", "notes", "web", "topics"}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def guidance_texts() -> list[str]:
    return list(texts_of(yaml.safe_load(read_pack("guidance/en.yaml"))))


def directory_texts() -> list[str]:
    rows = csv.DictReader(io.StringIO(read_pack("directory/au.csv")))
    return [cell for row in rows for column, cell in row.items() if column not in INTERNAL and cell]


def codes() -> list[str]:
    kinds = (signs.Sign, signs.ConcernType, signs.Priority, signs.Wants, signs.PeerKnows, signs.HelpSoFar)
    return [code.replace("_", " ") for code in itertools.chain(*kinds)]


@pytest.mark.parametrize("word", AVOIDED)
def test_a_word_to_avoid_is_nowhere(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    found = [text for text in (*guidance_texts(), *directory_texts(), *codes()) if pattern.search(text)]
    assert found == []


def test_nothing_is_promised_that_depends_on_somebody() -> None:
    assert [text for text in guidance_texts() if PROMISES.search(text)] == []


def test_the_lint_sees_what_it_should() -> None:
    assert len(guidance_texts()) > 100
    assert len(directory_texts()) > 300
    assert PROMISES.search("We will be in touch shortly")


def test_no_number_stands_in_a_text() -> None:
    """Numbers come from the directory, which knows their country and the date of their check."""
    numbers = [text for text in guidance_texts() if re.search(r"\d{3,}", text)]
    assert numbers == ["2026-2"]
