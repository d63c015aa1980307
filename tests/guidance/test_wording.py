"""Words that are not used, in any text that a person reads (domain, 3.1 and 5; STUDY I09, D12).

Read are: every code of the product, every text of the packs, every sentence in the code (titles and details of errors,
pages, notices, the demo), and the whole OpenAPI document. The docs and app/guidance/wording.py are not: they say which
words are avoided. What a reporter writes is never read by any such list.
"""

from __future__ import annotations

import ast
import csv
import enum
import functools
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from app import vocabulary
from app.core.problems import REGISTRY
from app.guidance import signs, wording
from app.guidance.wording import AVOIDED, OF_PROGRAMS, PROMISES, of_word, texts_of
from app.packs import read_pack
from app.vocabulary import keeping
from tests.contract.openapi_reading import document

# Columns for those who keep the directory; nobody else reads them.
INTERNAL = {"source_1", "source_1_date", "source_2", "source_2_date", "notes", "web", "topics"}
# What others have called their instruments and themselves. It is shown as it is, or only compared with.
NAMES_OF_OTHERS = {"names", "citation", "source"}
APP = Path(vocabulary.__file__).parent.parent


def guidance_texts() -> list[str]:
    return list(texts_of(yaml.safe_load(read_pack("guidance/en.yaml"))))


def directory_texts() -> list[str]:
    rows = csv.DictReader(io.StringIO(read_pack("directory/au.csv")))
    return [cell for row in rows for column, cell in row.items() if column not in INTERNAL and cell]


def codes_of(*modules: ModuleType | SimpleNamespace) -> list[str]:
    """The members of every enum, as words."""
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, enum.EnumType)]
    return [str(code.value).replace("_", " ") for kind in found for code in kind]


def sentences_of(source: str) -> Iterator[str]:
    """Every text of a module that has more than one word, less its docstrings: those of routes are in the document."""
    tree = ast.parse(source)
    told_to_nobody = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in told_to_nobody else None
        if isinstance(text, str) and " " in text.strip():
            yield text


def instrument_texts() -> list[str]:
    """What the product itself says of instruments that others made."""
    known = yaml.safe_load(read_pack("evaluation/instruments.yaml"))
    own = [
        {k: v for k, v in each.items() if k not in NAMES_OF_OTHERS} for part in known.values() for each in parts(part)
    ]
    return list(texts_of(own))


def parts(part: Any) -> list[dict[str, Any]]:
    return part if isinstance(part, list) else [part]


@functools.cache
def for_people() -> list[str]:
    read_above = {APP / "packs" / "guidance" / "en.yaml", APP / "packs" / "evaluation" / "instruments.yaml"}
    other = set((APP / "packs").rglob("*.yaml")) - read_above
    packs = [
        *instrument_texts(),
        *(text for path in sorted(other) for text in texts_of(yaml.safe_load(path.read_text()))),
    ]
    return [*guidance_texts(), *directory_texts(), *packs, *codes_of(signs)]


@functools.cache
def for_programs() -> list[str]:
    problems = [text for kind in REGISTRY.values() for text in (kind.title, kind.default_detail or "")]
    paths = set(APP.rglob("*.py")) - {Path(wording.__file__)}
    code = [text for path in sorted(paths) for text in sentences_of(path.read_text())]
    told = [text.replace("_", " ") for text in texts_of(document())]
    return [*codes_of(vocabulary), *codes_of(keeping), *problems, *code, *told]


def found_in(texts: Iterable[str], word: str) -> list[str]:
    return [text for text in texts if of_word(word).search(text)]


@pytest.mark.parametrize("word", AVOIDED)
def test_a_word_to_avoid_is_nowhere(word: str) -> None:
    assert found_in(for_people(), word) == []
    if word not in OF_PROGRAMS:
        assert found_in(for_programs(), word) == []


def test_nothing_is_promised_that_depends_on_somebody() -> None:
    assert [text for text in guidance_texts() if PROMISES.search(text)] == []


def test_the_lint_sees_what_it_should() -> None:
    assert len(guidance_texts()) > 100
    assert len(directory_texts()) > 300
    assert PROMISES.search("We will be in touch shortly")
    assert "said thoughts of suicide" in for_people()
    seen = set(for_programs())
    # A code, an error, a detail that is given where it is raised, an event, an example, and the page of an ack link.
    assert {"independent handler", "This conversation is closed", "Ask again in a moment."} <= seen
    assert "Somebody to talk to in a crisis, by phone or chat" in seen
    assert any("is asked to answer" in text or "Somebody needs an answer" in text for text in seen)


@pytest.mark.parametrize("word", ["victim", "Patients", "suicidality", "attention-seeking", "suffering from"])
def test_a_planted_word_is_found_wherever_it_stands(word: str) -> None:
    kind = enum.StrEnum("Kind", {"ONE": f"is_{word.replace(' ', '_').replace('-', '_')}_now"})
    plain = word.rstrip("s").lower()
    planted = {
        "pack": texts_of(yaml.safe_load(f"list:\n  - {{title: Fine, text: 'The {word} there.'}}")),
        "document": texts_of({"paths": {"/x": {"get": {"responses": [{"description": f"A {word}."}]}}}}),
        "error": sentences_of(f"class Odd(Problem):\n    title = 'About the {word}'"),
        "detail": sentences_of(f"def f(x):\n    raise Odd(f'{{x}} of the {word} here')"),
    }
    for place, texts in planted.items():
        assert found_in(texts, plain), place
    if "-" not in word:
        assert found_in(codes_of(SimpleNamespace(Kind=kind)), plain)
    assert found_in(sentences_of(f'"""A {word} here."""'), plain) == []


def test_no_number_stands_in_a_text() -> None:
    """Numbers come from the directory, which knows their country and the date of their check."""
    numbers = [text for text in guidance_texts() if re.search(r"\d{3,}", text)]
    assert numbers == ["2026-3"]
