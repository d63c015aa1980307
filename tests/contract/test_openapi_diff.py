"""The check for breaking changes sees what takes something away from clients, and nothing else (contract V1)."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_reading import COMMITTED

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "openapi_diff.py"
_spec = importlib.util.spec_from_file_location("openapi_diff", SCRIPT)
assert _spec is not None
openapi_diff: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(openapi_diff)  # type: ignore[union-attr]  # a file has a loader
Document = dict[str, Any]
Change = Callable[[Document], object]

TEXT = {"type": "string", "maxLength": 100}
OLD: Document = {
    "paths": {
        "/v1/reports": {
            "get": {
                "operationId": "listReports",
                "security": [{"bearer": ["adviser", "triager"]}],
                "parameters": [
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                    {"in": "header", "name": "If-None-Match", "schema": TEXT},
                ],
                "responses": {
                    "200": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
            "post": {
                "operationId": "createReport",
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReportCreate"}}},
                },
                "responses": {"201": {}},
            },
        }
    },
    "webhooks": {
        "page.requested": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}
            }
        }
    },
    "components": {
        "responses": {"NotFound": {"content": {"application/problem+json": {"schema": TEXT}}}},
        "schemas": {
            "Page": {
                "type": "object",
                "required": ["items", "state"],
                "properties": {
                    "items": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Page"}},
                    "state": {"type": "string", "enum": ["new", "closed"]},
                    "note": {"anyOf": [TEXT, {"type": "null"}]},
                },
            },
            "ReportCreate": {
                "type": "object",
                "additionalProperties": False,
                "required": ["signs"],
                "properties": {
                    "signs": {
                        "type": "array",
                        "maxItems": 24,
                        "items": {"type": "string", "enum": ["tearful", "other"]},
                    },
                    "narrative": {"anyOf": [TEXT, {"type": "null"}]},
                    "weight": {"type": "number", "maximum": 10},
                },
            },
        },
    },
}


def run(tmp_path: Path, old: Document, new: Document) -> tuple[int, str]:
    """The exit code, and what is printed."""
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file, document in zip(files, (old, new), strict=True):
        file.write_text(json.dumps(document))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = openapi_diff.main([str(file) for file in files])
    return code, printed.getvalue()


def changed(change: Change) -> Document:
    new = copy.deepcopy(OLD)
    change(new)
    return new


def schema(new: Document, name: str) -> Document:
    found: Document = new["components"]["schemas"][name]
    return found


def operation(new: Document, method: str) -> Document:
    found: Document = new["paths"]["/v1/reports"][method]
    return found


BREAKING: dict[str, Change] = {
    "GET /v1/reports: removed": lambda new: new["paths"].pop("/v1/reports"),
    "POST /v1/reports: removed": lambda new: new["paths"]["/v1/reports"].pop("post"),
    "operationId listReports is now list": lambda new: operation(new, "get").update(operationId="list"),
    "security: a token is now needed": lambda new: operation(new, "post").update(security=[{"bearer": ["triager"]}]),
    "security: no longer for adviser": lambda new: operation(new, "get").update(security=[{"bearer": ["triager"]}]),
    "parameter limit (query): removed": lambda new: operation(new, "get")["parameters"].pop(0),
    "parameter limit (query): now required": lambda new: operation(new, "get")["parameters"][0].update(required=True),
    "parameter limit (query): maximum 100 is now 50": lambda new: operation(new, "get")["parameters"][0][
        "schema"
    ].update(maximum=50),
    "parameter limit (query): minimum 1 is now 2": lambda new: operation(new, "get")["parameters"][0]["schema"].update(
        minimum=2
    ),
    "parameter key (header): new and required": lambda new: operation(new, "post").update(
        parameters=[{"in": "header", "name": "Key", "required": True, "schema": TEXT}]
    ),
    "response 404: removed": lambda new: operation(new, "get")["responses"].pop("404"),
    "response 200: header ETag removed": lambda new: operation(new, "get")["responses"]["200"]["headers"].pop("ETag"),
    "response 404: application/problem+json removed": lambda new: new["components"]["responses"].update(NotFound={}),
    "response 200.note: removed": lambda new: schema(new, "Page")["properties"].pop("note"),
    "response 200.state: may now be absent": lambda new: schema(new, "Page").update(required=["items"]),
    "response 200.state: may now be null": lambda new: schema(new, "Page")["properties"].update(
        state={"anyOf": [{"type": "string", "enum": ["new", "closed"]}, {"type": "null"}]}
    ),
    "response 200.state: may now be integer": lambda new: schema(new, "Page")["properties"].update(
        state={"type": "integer"}
    ),
    'response 200.state: value "closed" removed': lambda new: schema(new, "Page")["properties"]["state"].update(
        enum=["new"]
    ),
    "response 200.state: may now have any value": lambda new: schema(new, "Page")["properties"].update(state=TEXT),
    "request.narrative: removed": lambda new: schema(new, "ReportCreate")["properties"].pop("narrative"),
    "request.narrative: now required": lambda new: schema(new, "ReportCreate")["required"].append("narrative"),
    "request.site: new and required": lambda new: (
        schema(new, "ReportCreate")["properties"].update(site=TEXT),
        schema(new, "ReportCreate")["required"].append("site"),
    ),
    "request.narrative: no longer takes null": lambda new: schema(new, "ReportCreate")["properties"].update(
        narrative=TEXT
    ),
    "request.weight: type integer|number is now integer": lambda new: schema(new, "ReportCreate")["properties"].update(
        weight={"type": "integer", "maximum": 10}
    ),
    "request.signs: maxItems 24 is now 5": lambda new: schema(new, "ReportCreate")["properties"]["signs"].update(
        maxItems=5
    ),
    "request.signs: minItems none is now 1": lambda new: schema(new, "ReportCreate")["properties"]["signs"].update(
        minItems=1
    ),
    'request.signs[]: value "other" removed': lambda new: schema(new, "ReportCreate")["properties"]["signs"][
        "items"
    ].update(enum=["tearful"]),
    "request.narrative: pattern none is now ^a": lambda new: schema(new, "ReportCreate")["properties"].update(
        narrative={"anyOf": [{**TEXT, "pattern": "^a"}, {"type": "null"}]}
    ),
    "event page.requested: removed": lambda new: new["webhooks"].pop("page.requested"),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda new: None,
    "a new operation": lambda new: new["paths"].update({"/v1/x": {"get": {"responses": {}}}}),
    "a new optional parameter": lambda new: operation(new, "get")["parameters"].append(
        {"in": "query", "name": "state", "schema": TEXT}
    ),
    "a new optional field": lambda new: schema(new, "ReportCreate")["properties"].update(site=TEXT),
    "a new field of an answer": lambda new: schema(new, "Page")["properties"].update(total={"type": "integer"}),
    "a new value": lambda new: schema(new, "Page")["properties"]["state"]["enum"].append("claimed"),
    "a wider bound": lambda new: schema(new, "ReportCreate")["properties"]["signs"].update(maxItems=99),
    "null is taken too": lambda new: schema(new, "ReportCreate")["properties"].update(
        weight={"anyOf": [{"type": "number", "maximum": 10}, {"type": "null"}]}
    ),
    "an answer is never null any more": lambda new: schema(new, "Page")["properties"].update(note=TEXT),
    "nobody needs a token": lambda new: operation(new, "get").update(security=[]),
    "one more role": lambda new: operation(new, "get")["security"][0]["bearer"].append("sponsor"),
    "a schema has another name": lambda new: (
        new["components"]["schemas"].update(Sheet=schema(new, "Page")),
        operation(new, "get")["responses"]["200"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Sheet"}
        ),
    ),
    "texts": lambda new: operation(new, "get").update(summary="Other words", description="Other words"),
}


@pytest.mark.parametrize(("said", "change"), BREAKING.items(), ids=BREAKING)
def test_a_breaking_change_is_named(tmp_path: Path, said: str, change: Change) -> None:
    code, printed = run(tmp_path, OLD, changed(change))
    assert code == 1
    assert any(line.endswith(said) for line in printed.splitlines()), printed


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_takes_nothing_away_passes(tmp_path: Path, change: Change) -> None:
    assert run(tmp_path, OLD, changed(change)) == (0, "Nothing breaks.\n")


def test_an_event_is_read_as_an_answer_is(tmp_path: Path) -> None:
    """What it carries may grow, and not shrink."""
    events = {**OLD, "paths": {}}
    shrunk = {**changed(lambda new: schema(new, "Page")["properties"].pop("note")), "paths": {}}
    assert run(tmp_path, events, shrunk) == (
        1,
        "event page.requested: payload.note: removed\nBreaking changes: 1.\n",
    )
    assert run(tmp_path, shrunk, events)[0] == 0


def test_the_committed_document_breaks_nothing_of_itself(tmp_path: Path) -> None:
    document = json.loads(COMMITTED.read_text())
    shorter = copy.deepcopy(document)
    del shorter["paths"]["/v1/schools/{school}/reports"]["post"]
    assert run(tmp_path, document, document)[0] == 0
    assert "POST /v1/schools/{school}/reports: removed" in run(tmp_path, document, shorter)[1]


@pytest.mark.parametrize("arguments", [[], ["only-one.json"], ["absent.json", "absent.json"]])
def test_without_two_documents_it_says_what_it_needs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: openapi_diff.py OLD NEW")
