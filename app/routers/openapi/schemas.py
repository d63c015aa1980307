"""The schemas that pydantic derives, made fit for clients in other languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Whose members are schemas by name, not keywords.
_BY_NAME = ("properties", "$defs")
_DATA = ("examples", "example", "default", "enum", "const", "required")


def tidy(document: dict[str, Any]) -> None:
    """Good names for generated clients, no noise, and no closed answers: those may grow (contract R10)."""
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    renamed = {name: _client_name(name) for name in schemas}
    if len(set(renamed.values())) < len(renamed):
        raise ValueError(f"two schemas would have one name: {sorted(renamed.values())}")
    document["components"]["schemas"] = {renamed[name]: _tidy(schema) for name, schema in schemas.items()}
    for place in _schema_places(document["paths"]):
        place["schema"] = _tidy(place["schema"])
    for reference in _references(document):
        kind, _, name = reference["$ref"].rpartition("/")
        reference["$ref"] = f"{kind}/{renamed.get(name, name)}"
    for mapping in _mappings(document):
        for value, target in mapping.items():
            kind, _, name = target.rpartition("/")
            mapping[value] = f"{kind}/{renamed.get(name, name)}"
    _name_bodies(document)
    _open_answers(document)


def _client_name(name: str) -> str:
    """FastAPI's `LayerIn-Input` and `LayerIn-Output` become `LayerIn` and `LayerOut`."""
    base, _, side = name.partition("-")
    return base.removesuffix("In") + "Out" if side == "Output" else base


def _tidy(schema: Any) -> Any:
    """Without the titles that repeat the field's name, and with whole numbers as whole numbers."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if isinstance(schema, float) and schema.is_integer():
        return int(schema)
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _tidy(part) for name, part in value.items()}
        if key in _BY_NAME
        else value
        if key in _DATA
        else _tidy(value)
        for key, value in schema.items()
        if key != "title"
    }


def _name_bodies(document: dict[str, Any]) -> None:
    """A body that is one of several gets a name too: generators make up a bad one."""
    for _, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "oneOf" in media["schema"]:
                name = f"{operation['operationId'][0].upper()}{operation['operationId'][1:]}Body"
                document["components"]["schemas"][name] = media["schema"]
                media["schema"] = {"$ref": f"#/components/schemas/{name}"}


def _open_answers(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    sent: set[str] = set()
    for _, operation in operations(document):
        _reach(operation.get("requestBody", {}), schemas, sent)
    answered: set[str] = set()
    for _, operation in operations(document):
        _reach(operation["responses"], schemas, answered)
    for name, schema in schemas.items():
        if name not in sent and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        if name in answered and "enum" in schema:
            schema["description"] = f"{schema.get('description', '')} More values may come.".strip()


def operations(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Every operation of the API by method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (method.upper(), path), operation


def _reach(node: Any, schemas: dict[str, Any], found: set[str]) -> None:
    for reference in _references(node):
        name = reference["$ref"].rpartition("/")[2]
        if name in schemas and name not in found:
            found.add(name)
            _reach(schemas[name], schemas, found)


def _mappings(node: Any) -> Iterator[dict[str, str]]:
    """Which schema a value of a discriminator stands for."""
    if isinstance(node, dict):
        if isinstance(node.get("discriminator"), dict):
            yield node["discriminator"].get("mapping", {})
        for part in node.values():
            yield from _mappings(part)
    elif isinstance(node, list):
        for part in node:
            yield from _mappings(part)


def _references(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def _schema_places(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield node
        for part in node.values():
            yield from _schema_places(part)
    elif isinstance(node, list):
        for part in node:
            yield from _schema_places(part)
