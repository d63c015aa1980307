"""Reading an OpenAPI document: its operations, its schemas, and whether a value is what a schema says."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support import thorough

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
FORMATS = FormatChecker(["date", "date-time", "uuid"])
# Formats whose texts have an end.
BOUNDED_FORMATS = {"date", "date-time", "uuid"}
SUBSCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    value: dict[str, Any]

    @property
    def name(self) -> str:
        name: str = self.value["operationId"]
        return name

    @property
    def public(self) -> bool:
        return not self.value["security"]

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self.value.get("parameters", []) if each["in"] == place}

    def content(self) -> dict[str, Any]:
        """The content of the request's body by media type."""
        content: dict[str, Any] = self.value.get("requestBody", {}).get("content", {})
        return content

    def responses(self) -> dict[int, dict[str, Any]]:
        """Every response by its status, whether it stands here or in the components."""
        return {int(status): resolved(response) for status, response in self.value["responses"].items()}

    def matches(self, method: str, path: str) -> bool:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", self.path)
        return method == self.method and re.fullmatch(pattern, path) is not None


@functools.cache
def document() -> dict[str, Any]:
    """The committed document: test_openapi.py sees to it that it is that of the code as it stands.

    To make it of the code takes seconds, in each process that reads a test of it.
    """
    read: dict[str, Any] = json.loads(COMMITTED.read_text())
    return read


def operations() -> list[Operation]:
    return [
        Operation(method.upper(), path, value)
        for path, methods in document()["paths"].items()
        for method, value in methods.items()
    ]


def webhooks() -> dict[str, dict[str, Any]]:
    return {name: item["post"] for name, item in document()["webhooks"].items()}


def part_of(operation_ids: Collection[str]) -> dict[str, Any]:
    """The document with these operations and events alone, and what they need of its components."""
    whole = document()
    part = {key: value for key, value in whole.items() if key not in ("paths", "webhooks", "components")}
    for key in ("paths", "webhooks"):
        kept = {
            name: {method: value for method, value in item.items() if value["operationId"] in operation_ids}
            for name, item in whole[key].items()
        }
        part[key] = {name: item for name, item in kept.items() if item}
    components: dict[str, dict[str, Any]] = {"securitySchemes": whole["components"]["securitySchemes"]}
    wanted = _references(part)
    while wanted:
        _, _, kind, name = wanted.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            wanted |= _references(components[kind][name])
    return part | {"components": components}


def _references(part: Any) -> set[str]:
    return set(re.findall(r'"(#/components/[^"]+)"', json.dumps(part)))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for; what stands beside the reference goes before it."""
    if "$ref" not in part:
        return part
    found: Any = document()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{key: value for key, value in part.items() if key != "$ref"}}


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """What keeps a value from being what a schema says (JSON Schema 2020-12), fields that it does not know included.

    Two implementations, of which the quick one says whether there is anything to tell; in the long suite the other one
    looks at everything.
    """
    if not thorough.LONG and _quick(json.dumps(schema)).is_valid(value):
        return []
    validator = Draft202012Validator(_absolute(schema), registry=_registry(), format_checker=FORMATS)
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(value)]


def differences(operation: Operation, answer: httpx.Response) -> list[str]:
    """How an answer is not what the document says of its operation."""
    response = operation.responses().get(answer.status_code)
    if response is None:
        return ["the status is not documented"]
    found = []
    for name, header in document()["components"]["headers"].items():
        documented = name in response["headers"]
        if name in answer.headers and not documented:
            found.append(f"{name} is not documented")
        if documented and header["required"] and name not in answer.headers:
            found.append(f"{name} is missing")
    kind = answer.headers.get("content-type", "").partition(";")[0]
    content = response.get("content", {})
    if not content:
        return found + (["there is a body"] if answer.content else [])
    if kind not in content:
        return [*found, f"{kind} is not documented"]
    body = answer.json() if kind.endswith(("/json", "+json")) else answer.text
    if answer.is_error and body["code"] not in operation.value["x-problem-codes"][str(answer.status_code)]:
        found.append(f"the code {body['code']} is not documented")
    return found + faults(content[kind]["schema"], body)


def placed_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema with the place where it stands: components, parameters, headers, bodies and answers."""
    yield from document()["components"]["schemas"].items()
    yield from _schemas_below({key: document()[key] for key in ("paths", "webhooks")}, "")
    yield from _schemas_below(document()["components"]["headers"], "headers")


def unbounded(schema: dict[str, Any], place: str) -> Iterator[str]:
    """Where a text, list, number or map has no end (OWASP API4; contract O7)."""
    if "$ref" in schema:
        return
    fixed = "enum" in schema or "const" in schema
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    combined = [part for key in SUBSCHEMAS for part in schema.get(key, [])]
    if not (types or fixed or combined):
        yield f"{place}: anything"
    if not fixed:
        if "string" in types and "maxLength" not in schema and schema.get("format") not in BOUNDED_FORMATS:
            yield f"{place}: text"
        if "array" in types and "maxItems" not in schema:
            yield f"{place}: list"
        if {"integer", "number"} & set(types) and not {"minimum", "maximum"} <= set(schema):
            yield f"{place}: number"
        if isinstance(schema.get("additionalProperties"), dict) and not {"maxProperties", "propertyNames"} <= set(
            schema
        ):
            yield f"{place}: map"
    for part in combined:
        yield from unbounded(part, place)
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, f"{place}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from unbounded(schema[key], f"{place}.{key}")


def _schemas_below(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for key, part in node.items():
            if key == "schema":
                yield place, part
            elif key not in ("example", "examples"):
                yield from _schemas_below(part, f"{place}/{key}")
    elif isinstance(node, list):
        for number, part in enumerate(node):
            yield from _schemas_below(part, f"{place}/{number}")


@functools.cache
def _closed() -> dict[str, Any]:
    """The document with closed schemas: clients must bear with new fields, but we do not send what is not described."""
    closed = copy.deepcopy(document())
    for schema in closed["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return closed


@functools.cache
def _registry() -> Registry[Any]:
    whole = Resource.from_contents(_closed(), default_specification=DRAFT202012)
    return Registry().with_resource("urn:doc", whole)


@functools.cache
def _quick_registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([("urn:doc", _closed())])


@functools.cache
def _quick(schema: str) -> jsonschema_rs.Draft202012Validator:
    """Of a schema as JSON."""
    whole = _absolute(json.loads(schema))
    return jsonschema_rs.Draft202012Validator(whole, registry=_quick_registry(), validate_formats=True)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"urn:doc{part}" if key == "$ref" and isinstance(part, str) else _absolute(part)
            for key, part in schema.items()
        }
    return [_absolute(part) for part in schema] if isinstance(schema, list) else schema
