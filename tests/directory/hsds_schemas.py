"""The standard's own schemas, closed: what they do not name is a fault, also where they would let it pass."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parent / "third_party" / "hsds" / "schema"
# What is one for each is listed; the rest is where one thing is shown (the standard's API, 3.2).
SHOWN = {
    "services": "service",
    "organizations": "organization",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
LISTED = SHOWN | {name: f"compiled/{SHOWN[name]}_list" for name in list(SHOWN)[:3]}
# The compiled schemas of the standard's API are the small ones with one member more.
MORE = {
    "organization": {"services": {"type": "array", "items": {"$ref": "service.json"}}},
    "service_at_location": {"service": {"$ref": "service.json"}},
}


def faults(name: str, value: Any) -> list[str]:
    """What keeps a value from being what a schema of the standard says, and what is in it beside that."""
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in _validator(name).iter_errors(value)]


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    formats = FormatChecker()
    # The checker of the library knows URIs only with a package that is not installed.
    formats.checks("uri")(lambda value: not isinstance(value, str) or value.startswith("https://"))
    return Draft202012Validator({"$ref": f"urn:hsds:{name}.json"}, registry=_registry(), format_checker=formats)


@functools.cache
def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry()
    for path in FOLDER.rglob("*.json"):
        name = path.relative_to(FOLDER).as_posix()
        schema = json.loads(path.read_text())
        schema["properties"] |= MORE.get(name.removesuffix(".json"), {})
        closed = _closed(schema)
        closed["$id"] = f"urn:hsds:{name}"
        registry = registry.with_resource(closed["$id"], Resource.from_contents(closed, DRAFT202012))
    return registry


def _closed(schema: Any) -> Any:
    """With every object closed, and every reference to a neighbour."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: f"urn:hsds:{part}" if key == "$ref" and isinstance(part, str) else _closed(part)
        for key, part in schema.items()
    }
    if isinstance(closed.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed
