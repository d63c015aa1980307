"""docs/security.md: each row of its threat model names tests that there are, and every letter of both has rows."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from blocks import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
TEXT = (ROOT / "docs/security.md").read_text()
TABLES = {
    "## Threats to security (STRIDE)": ("S", "T", "R", "I", "D", "E"),
    "## Threats to privacy (LINDDUN)": ("L", "Id", "Nr", "De", "Dd", "Un", "Nc"),
}


def rows(heading: str) -> list[list[str]]:
    """The cells of each line of the table in that section, without its head."""
    section = TEXT.partition(f"{heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions_of(path: Path) -> set[str]:
    """Functions at the top of a file: what pytest collects, parametrised or not."""
    return set(re.findall(r"^(?:async )?def (\w+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("heading", TABLES)
def test_every_mitigation_names_what_proves_it(heading: str) -> None:
    found = rows(heading)
    assert [row for row in found if len(row) != 5 or not all(row)] == []
    assert [row[0] for row in found if not NAMED.search(row[4])] == []
    # Nothing stands in that column that is no name of a test, and none stands there twice.
    assert [row[0] for row in found if NAMED.sub("", row[4]).strip(", ")] == []
    assert [row[0] for row in found if len(set(NAMED.findall(row[4]))) < len(NAMED.findall(row[4]))] == []


@pytest.mark.parametrize("heading", TABLES)
def test_every_letter_has_threats_that_are_numbered(heading: str) -> None:
    names = [row[0] for row in rows(heading)]
    of = {letter: [name for name in names if re.fullmatch(rf"{letter}\d+", name)] for letter in TABLES[heading]}
    expected = [f"{letter}{number}" for letter in of for number in range(1, len(of[letter]) + 1)]
    assert all(of.values())
    assert names == expected


def test_a_threat_is_at_a_boundary_that_is_described() -> None:
    section = TEXT.partition("## Trust boundaries\n")[2].partition("\n## ")[0]
    described = set(re.findall(r"^(\d)\. ", section, re.MULTILINE))
    at = [set(row[1].split(", ")) for heading in TABLES for row in rows(heading)]
    assert set().union(*at) == described


def test_every_test_that_is_named_is_there() -> None:
    named = set(NAMED.findall(TEXT))
    assert len(named) > 100
    missing = {
        f"{file}::{name}"
        for file, name in named
        if not name.startswith("test_") or not (ROOT / file).is_file() or name not in functions_of(ROOT / file)
    }
    assert missing == set()
    assert len(re.findall(r"tests/[\w/]+\.py::", TEXT)) == len(NAMED.findall(TEXT)), "one is not written as the others"
