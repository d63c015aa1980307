"""The contract is held to its last release: no break without a new major version, nothing new without a word (V1)."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openapi_changes
import pytest
from openapi_reading import COMMITTED

Document = dict[str, Any]
OLD: Document = {
    "info": {"version": "1.2.0"},
    "paths": {
        "/v1/pages": {
            "get": {
                "operationId": "listPages",
                "summary": "Your pages",
                "parameters": [],
                "responses": {},
                "x-problem-codes": {"404": ["not_found"]},
            }
        }
    },
    "webhooks": {"page.requested": {"post": {"summary": "Asked", "requestBody": {"content": {}}}}},
    "components": {
        "schemas": {
            "Page": {"type": "object", "properties": {"id": {"type": "string"}}},
            "State": {"type": "string", "enum": ["open"]},
        }
    },
}
CHANGELOG = "# Changes\n\n## Unreleased\n\n## 1.2.0 (2026-01-02)\n\n### Added\n\n- All of it.\n"


def listing(new: Document) -> Document:
    found: Document = new["paths"]["/v1/pages"]["get"]
    return found


ADDITIONS: dict[str, Callable[[Document], object]] = {
    "- `getPage` (GET /v1/pages/{page_id}): One page": lambda new: new["paths"].update(
        {"/v1/pages/{page_id}": {"get": {"operationId": "getPage", "summary": "One page", "responses": {}}}}
    ),
    "- `listPages.state`: Only those": lambda new: listing(new)["parameters"].append(
        {"in": "query", "name": "state", "description": "Only those. All, without.", "schema": {"type": "string"}}
    ),
    "- `App-Version`: Which app asks": lambda new: listing(new)["parameters"].append(
        {"in": "header", "name": "App-Version", "description": "Which app asks.", "schema": {"type": "string"}}
    ),
    "- `listPages` (GET /v1/pages): Your pages": lambda new: listing(new).update(deprecated=True),
    "- Event `page.over`: Over": lambda new: new["webhooks"].update({"page.over": {"post": {"summary": "Over"}}}),
    "- Problem `gone`": lambda new: listing(new)["x-problem-codes"].update({"410": ["gone"]}),
    "- `Page.level`: How far it has come": lambda new: new["components"]["schemas"]["Page"]["properties"].update(
        level={"type": "string", "description": "How far it has come."}
    ),
    "- Value `State: closed`": lambda new: new["components"]["schemas"]["State"]["enum"].append("closed"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is released, nothing new, and its changelog."""
    for name in ("released.json", "openapi.json"):
        (tmp_path / name).write_text(json.dumps(OLD))
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def change(folder: Path, changed: Callable[[Document], object]) -> None:
    new = copy.deepcopy(OLD)
    changed(new)
    (folder / "openapi.json").write_text(json.dumps(new))


def unreleased(folder: Path, text: str) -> None:
    (folder / "CHANGELOG.md").write_text(CHANGELOG.replace("## Unreleased\n", f"## Unreleased\n\n{text}\n"))


def run(folder: Path, *arguments: str) -> int:
    status: int = openapi_changes.main([*arguments, "--folder", str(folder)])
    return status


def dated(folder: Path) -> str:
    """The changelog after a release, whichever day that was."""
    text = (folder / "CHANGELOG.md").read_text()
    return re.sub(r"\(20\d\d-\d\d-\d\d\)", "(today)", text, count=1)


@pytest.mark.parametrize(("line", "added"), ADDITIONS.items(), ids=ADDITIONS)
def test_what_is_new_needs_its_line_in_the_changelog(
    folder: Path, capsys: pytest.CaptureFixture[str], line: str, added: Callable[[Document], object]
) -> None:
    change(folder, added)
    assert run(folder, "check") == 1
    [said] = capsys.readouterr().out.splitlines()
    assert said.endswith(f": {line}")
    unreleased(folder, line)
    assert run(folder, "check") == 0


def test_what_was_said_of_an_earlier_release_says_nothing_of_this_one(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text(CHANGELOG + "- `gone`\n")
    change(folder, ADDITIONS["- Problem `gone`"])
    assert run(folder, "check") == 1


def test_a_break_needs_a_new_major_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, lambda new: (new["paths"].clear(), new["info"].update(version="1.3.0")))
    assert run(folder, "check") == run(folder, "release") == 1
    assert "breaks clients of 1.2.0: GET /v1/pages: removed" in capsys.readouterr().out
    change(folder, lambda new: (new["paths"].clear(), new["info"].update(version="2.0.0")))
    assert run(folder, "check") == 0


def test_other_words_need_no_word(folder: Path) -> None:
    change(folder, lambda new: listing(new).update(summary="The pages that you have"))
    assert run(folder, "check") == 0


def test_a_release_is_what_later_ones_are_held_to(folder: Path) -> None:
    line = "- Problem `gone`"
    change(folder, lambda new: (ADDITIONS[line](new), new["info"].update(version="1.3.0")))
    unreleased(folder, f"### Added\n\n{line}")
    assert run(folder, "release") == 0
    assert (folder / "released.json").read_text() == (folder / "openapi.json").read_text()
    assert dated(folder) == CHANGELOG.replace("## 1.2.0", f"## 1.3.0 (today)\n\n### Added\n\n{line}\n\n## 1.2.0")
    change(folder, lambda new: new["info"].update(version="1.3.0"))
    assert run(folder, "check") == 1


def test_a_version_is_released_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "CHANGELOG.md").read_text()
    assert run(folder, "release") == 2
    assert "1.2.0 has been released" in capsys.readouterr().err
    assert (folder / "CHANGELOG.md").read_text() == before


def test_a_version_that_nobody_has_can_be_made_again(folder: Path) -> None:
    change(folder, lambda new: new["paths"].clear())
    unreleased(folder, "### Added\n\n- More.\n\n### Fixed\n\n- A fault.")
    assert run(folder, "release", "--again") == 0
    assert dated(folder) == (
        "# Changes\n\n## Unreleased\n\n## 1.2.0 (today)\n\n"
        "### Added\n\n- All of it.\n- More.\n\n### Fixed\n\n- A fault.\n"
    )
    assert run(folder, "check") == 0


def test_the_changelog_of_the_tree_can_be_released() -> None:
    changelog = COMMITTED.with_name("CHANGELOG.md").read_text()
    version = json.loads(COMMITTED.with_name("released.json").read_text())["info"]["version"]
    assert re.findall(r"(?m)^## (\S+)", changelog)[:2] == ["Unreleased", version]
    day = dt.date(2027, 1, 2)
    assert openapi_changes.released(changelog, "9.0.0", day, again=False).count("## 9.0.0 (2027-01-02)\n") == 1
