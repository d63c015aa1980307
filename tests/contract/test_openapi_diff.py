"""The check for breaking changes sees what takes something away from clients, and nothing else (contract V1)."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openapi_diff
import pytest
from openapi_reading import COMMITTED

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "openapi_diff.py"
Document = dict[str, Any]
Change = Callable[[Document], object]

TEXT = {"type": "string", "maxLength": 100}
OLD: Document = {
    "servers": [{"url": "/"}],
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
                        "headers": {"ETag": {"required": True, "schema": TEXT}},
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
                "x-problem-codes": {"409": ["already_received", "request_in_progress"]},
            },
            "put": {"operationId": "putReports", "security": [{"bearer": []}], "responses": {}},
        }
    },
    "webhooks": {
        "page.requested": {
            "post": {
                "parameters": [{"in": "header", "name": "webhook-id", "schema": {"type": "string", "format": "uuid"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}},
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
                    "at": {"type": "string", "format": "date-time"},
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
                    "wants": {"type": "string", "enum": ["advice", "contact"], "default": "advice"},
                    "site": {"anyOf": [TEXT, {"type": "null"}], "default": None},
                    "counts": {
                        "type": "object",
                        "propertyNames": {"type": "string", "maxLength": 40},
                        "additionalProperties": {"type": "integer", "maximum": 9},
                    },
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


def event(new: Document) -> Document:
    found: Document = new["webhooks"]["page.requested"]["post"]
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
    "request.place: new and required": lambda new: (
        schema(new, "ReportCreate")["properties"].update(place=TEXT),
        schema(new, "ReportCreate")["required"].append("place"),
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
    "event page.requested: header webhook-id removed": lambda new: event(new)["parameters"].clear(),
    "event page.requested: header webhook-id: format uuid is now none": lambda new: event(new)["parameters"][0].update(
        schema=TEXT
    ),
    "event page.requested: payload: may now be string": lambda new: event(new)["requestBody"]["content"][
        "application/json"
    ].update(schema=TEXT),
    "server /: removed": lambda new: new["servers"][0].update(url="/api"),
    "problem code already_received: removed": lambda new: operation(new, "post")["x-problem-codes"].update(
        {"409": ["received", "request_in_progress"]}
    ),
    "request: a body is no longer taken": lambda new: operation(new, "post").pop("requestBody"),
    "request: application/json removed": lambda new: operation(new, "post")["requestBody"].update(
        content={"text/plain": {"schema": TEXT}}
    ),
    'request.wants: default "advice" is now "contact"': lambda new: schema(new, "ReportCreate")["properties"][
        "wants"
    ].update(default="contact"),
    'request.site: default null is now "here"': lambda new: schema(new, "ReportCreate")["properties"]["site"].update(
        default="here"
    ),
    "request.counts[]: maxLength 40 is now 4": lambda new: schema(new, "ReportCreate")["properties"]["counts"].update(
        propertyNames={"type": "string", "maxLength": 4}
    ),
    "request.counts[]: maximum 9 is now 5": lambda new: schema(new, "ReportCreate")["properties"]["counts"].update(
        additionalProperties={"type": "integer", "maximum": 5}
    ),
    "request.counts: no longer takes fields that are not listed": lambda new: schema(new, "ReportCreate")["properties"][
        "counts"
    ].update(additionalProperties=False),
    "response 202: a new kind of success": lambda new: operation(new, "post")["responses"].update({"202": {}}),
    "response 200: header ETag may now be absent": lambda new: operation(new, "get")["responses"]["200"]["headers"][
        "ETag"
    ].update(required=False),
    "response 200.at: format date-time is now none": lambda new: schema(new, "Page")["properties"].update(at=TEXT),
    "response 200.at: may now be null": lambda new: schema(new, "Page")["properties"]["at"].update(
        type=["string", "null"]
    ),
    "security: no longer takes bearer alone": lambda new: operation(new, "get").update(
        security=[{"bearer": ["adviser", "triager"], "client": []}]
    ),
    "security: now for certain roles only": lambda new: operation(new, "put").update(
        security=[{"bearer": ["triager"]}]
    ),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda new: None,
    "a new operation": lambda new: new["paths"].update({"/v1/x": {"get": {"responses": {}}}}),
    "a new optional parameter": lambda new: operation(new, "get")["parameters"].append(
        {"in": "query", "name": "state", "schema": TEXT}
    ),
    "a new optional field": lambda new: schema(new, "ReportCreate")["properties"].update(place=TEXT),
    "a new field of an answer": lambda new: schema(new, "Page")["properties"].update(total={"type": "integer"}),
    "a new value": lambda new: schema(new, "Page")["properties"]["state"]["enum"].append("claimed"),
    "a wider bound": lambda new: schema(new, "ReportCreate")["properties"]["signs"].update(maxItems=99),
    "null is taken too": lambda new: schema(new, "ReportCreate")["properties"].update(
        weight={"anyOf": [{"type": "number", "maximum": 10}, {"type": "null"}]}
    ),
    "an answer is never null any more": lambda new: schema(new, "Page")["properties"].update(note=TEXT),
    "nobody needs a token": lambda new: operation(new, "get").update(security=[]),
    "one more role": lambda new: operation(new, "get")["security"][0]["bearer"].append("sponsor"),
    "the same roles by two ways": lambda new: operation(new, "get").update(
        security=[{"bearer": ["adviser"]}, {"bearer": ["triager"]}]
    ),
    "another way in": lambda new: operation(new, "get")["security"].append({"client": []}),
    "one more problem": lambda new: operation(new, "post")["responses"].update({"409": {}}),
    "nothing has changed": lambda new: operation(new, "get")["responses"].update({"304": {}}),
    "a list of types instead of alternatives": lambda new: schema(new, "Page")["properties"].update(
        note={"type": ["string", "null"], "maxLength": 100}
    ),
    "a default where none was said": lambda new: operation(new, "get")["parameters"][0]["schema"].update(default=20),
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


def test_the_committed_document_says_nothing_that_the_check_does_not_read() -> None:
    def keywords(node: Any) -> set[str]:
        if isinstance(node, list):
            return {found for part in node for found in keywords(part)}
        if not isinstance(node, dict):
            return set()
        below = (part for key, part in node.items() if key not in ("example", "examples", "properties"))
        named = node.get("properties", {}).values()
        return node.keys() | {found for part in (*below, *named) for found in keywords(part)}

    assert keywords(json.loads(COMMITTED.read_text())) & set(openapi_diff.UNREAD) == set()


@pytest.mark.parametrize("arguments", [[], ["only-one.json"], ["absent.json", "absent.json"]])
def test_without_two_documents_it_says_what_it_needs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: openapi_diff.py OLD NEW")
