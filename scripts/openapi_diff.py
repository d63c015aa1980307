"""What a change of the OpenAPI document takes away from clients: python scripts/openapi_diff.py OLD NEW

Prints each breaking change on a line of its own. Exit codes: 0 none, 1 some, 2 a file cannot be read.

What clients send may only be widened, what they get may only grow: a removed path, operation, parameter, field, enum
value, response, header, problem code or event breaks; so does new required input, a narrowed type or bound of input,
another default, an answer of another type or format, a new kind of success, a field of an answer that may now be absent
or null, and an operation that fewer may call. Values that join an enum do not: clients are told to expect them. Nor do
wider bounds of answers, or another problem where there was one. `UNREAD` has the keywords that are not looked into;
a test holds our document to none of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
SMALLER_IS_NARROWER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
LARGER_IS_NARROWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
SAME_OR_ABSENT = ("pattern", "format", "multipleOf", "uniqueItems")
UNREAD = ("allOf", "not", "if", "prefixItems", "contains", "patternProperties", "dependentRequired", "dependentSchemas")
UNREAD += ("unevaluatedProperties", "unevaluatedItems", "$dynamicRef")


class Comparison:
    """Two documents, and what the second breaks of the first."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self.old, self.new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def breaks(self) -> Iterator[str]:
        """Each breaking change, in words."""
        for server in _servers(self.old) - _servers(self.new):
            yield f"server {server}: removed"
        for code in sorted(codes(self.old) - codes(self.new)):
            yield f"problem code {code}: removed"
        before, after = operations(self.old), operations(self.new)
        for place, operation in before.items():
            if place not in after:
                yield f"{place}: removed"
            else:
                for fault in self._operation(operation, after[place]):
                    yield f"{place}: {fault}"
        for event, item in self.old.get("webhooks", {}).items():
            if event not in self.new.get("webhooks", {}):
                yield f"event {event}: removed"
            else:
                for fault in self._event(item["post"], self.new["webhooks"][event]["post"]):
                    yield f"event {event}: {fault}"

    def _operation(self, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"operationId {old.get('operationId')} is now {new.get('operationId')}"
        yield from _security(old.get("security", []), new.get("security", []))
        yield from self._parameters(_parameters(self.old, old), _parameters(self.new, new))
        before, after = _resolved(self.old, old.get("requestBody", {})), _resolved(self.new, new.get("requestBody", {}))
        if after.get("required") and not before.get("required"):
            yield "request: a body is now required"
        if before and not after:
            yield "request: a body is no longer taken"
            before = {}
        if before:
            yield from self._content("request", before.get("content", {}), after.get("content", {}), sent=True)
        for status, response in old.get("responses", {}).items():
            if status not in new.get("responses", {}):
                yield f"response {status}: removed"
            else:
                yield from self._response(status, response, new["responses"][status])
        for status in new.get("responses", {}).keys() - old.get("responses", {}).keys():
            if status.startswith("2"):
                yield f"response {status}: a new kind of success"

    def _response(self, status: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        for name in old.get("headers", {}).keys() - new.get("headers", {}).keys():
            yield f"response {status}: header {name} removed"
        for name in old.get("headers", {}).keys() & new.get("headers", {}).keys():
            was, now = (
                _resolved(document, each["headers"][name]) for document, each in ((self.old, old), (self.new, new))
            )
            if was.get("required") and not now.get("required"):
                yield f"response {status}: header {name} may now be absent"
            place = f"response {status}: header {name}"
            yield from self._schema(place, was.get("schema", {}), now.get("schema", {}), sent=False)
        yield from self._content(f"response {status}", old.get("content", {}), new.get("content", {}), sent=False)

    def _event(self, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        """Here we send and clients get: the rules of an answer."""
        was, now = _parameters(self.old, old), _parameters(self.new, new)
        yield from (f"header {name.split()[0]} removed" for name in was.keys() - now.keys())
        for name in was.keys() & now.keys():
            yield from self._schema(f"header {name.split()[0]}", was[name]["schema"], now[name]["schema"], sent=False)
        yield from self._content("payload", old["requestBody"]["content"], new["requestBody"]["content"], sent=False)

    def _parameters(self, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        for name, parameter in old.items():
            if name not in new:
                yield f"parameter {name}: removed"
                continue
            if new[name].get("required") and not parameter.get("required"):
                yield f"parameter {name}: now required"
            yield from self._schema(f"parameter {name}", parameter["schema"], new[name]["schema"], sent=True)
        for name in new.keys() - old.keys():
            if new[name].get("required"):
                yield f"parameter {name}: new and required"

    def _content(self, place: str, old: dict[str, Any], new: dict[str, Any], *, sent: bool) -> Iterator[str]:
        for kind, media in old.items():
            if kind not in new:
                yield f"{place}: {kind} removed"
            else:
                yield from self._schema(place, media.get("schema", {}), new[kind].get("schema", {}), sent=sent)

    def _schema(self, place: str, old: Any, new: Any, *, sent: bool) -> Iterator[str]:
        if sent and "default" in old and old["default"] != new.get("default"):
            yield f"{place}: default {json.dumps(old['default'])} is now {json.dumps(new.get('default'))}"
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")), sent)
        if all(pair[:2]):
            if pair in self._seen:
                return
            self._seen.add(pair)
        before, after = _alternatives(self.old, old), _alternatives(self.new, new)
        pairs = [(before.pop(kind), after.pop(kind)) for kind in before.keys() & after.keys()]
        if len(before) == len(after) == 1 and _akin(*before.values(), *after.values()):
            # The same under another name.
            pairs.append((before.popitem()[1], after.popitem()[1]))
        for was, now in pairs:
            yield from self._same_kind(place, was, now, sent=sent)
        if sent:
            yield from (f"{place}: no longer takes {kind}" for kind in before)
        else:
            yield from (f"{place}: may now be {kind}" for kind in after)

    def _same_kind(self, place: str, old: dict[str, Any], new: dict[str, Any], *, sent: bool) -> Iterator[str]:
        was, now = _types(old), _types(new)
        if was and now and not (was <= now if sent else now <= was):
            yield f"{place}: type {_said(old)} is now {_said(new)}"
        values, now_values = _values(old), _values(new)
        if values and now_values:
            yield from (f"{place}: value {value} removed" for value in values - now_values)
        elif now_values and sent:
            yield f"{place}: now takes certain values only"
        elif values and not sent:
            yield f"{place}: may now have any value"
        if sent:
            yield from _narrowed(place, old, new)
        elif old.get("format", new.get("format")) != new.get("format"):
            yield f"{place}: format {old['format']} is now {new.get('format', 'none')}"
        yield from self._fields(place, old, new, sent=sent)
        for key in ("items", "additionalProperties", "propertyNames"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self._schema(f"{place}[]", old[key], new[key], sent=sent)
            elif isinstance(new.get(key), dict) and sent and old.get(key) is not False:
                yield f"{place}[]: no longer anything"

    def _fields(self, place: str, old: dict[str, Any], new: dict[str, Any], *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{place}.{name}: removed"
            else:
                yield from self._schema(f"{place}.{name}", before[name], after[name], sent=sent)
        must, now_must = set(old.get("required", [])), set(new.get("required", []))
        if sent:
            for name in sorted(now_must - must):
                yield f"{place}.{name}: " + ("now required" if name in before else "new and required")
        else:
            for name in sorted((must - now_must) & set(after)):
                yield f"{place}.{name}: may now be absent"
        if sent and new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{place}: no longer takes fields that are not listed"


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation of the API by its method and path."""
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document.get("paths", {}).items()
        for method in METHODS
        if method in item
    }


def codes(document: dict[str, Any]) -> set[str]:
    """Every code that a problem of the API can have."""
    named = (operation.get("x-problem-codes", {}) for operation in operations(document).values())
    return {code for statuses in named for found in statuses.values() for code in found}


def _servers(document: dict[str, Any]) -> set[str]:
    return {server["url"] for server in document.get("servers", [])}


def _parameters(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for parameter in operation.get("parameters", []):
        each = _resolved(document, parameter)
        name = each["name"].lower() if each["in"] == "header" else each["name"]
        found[f"{name} ({each['in']})"] = each
    return found


def _security(old: list[dict[str, list[str]]], new: list[dict[str, list[str]]]) -> Iterator[str]:
    """Each way to be let in has to stay: the same schemes, or fewer, with the same roles, or more."""
    if new and not old:
        yield "security: a token is now needed"
    for way in old:
        ways = [each for each in new if each.keys() <= way.keys()]
        roles = {role for named in way.values() for role in named}
        if new and not ways:
            yield f"security: no longer takes {' and '.join(way)} alone"
        elif new and all(any(each.values()) for each in ways):
            now = {role for each in ways for named in each.values() for role in named}
            yield from (f"security: no longer for {role}" for role in sorted(roles - now))
            if not roles:
                yield "security: now for certain roles only"


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def _alternatives(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a value may be: the members of anyOf and oneOf, or the schema itself, by a name that lasts."""
    schema_now = _resolved(document, schema)
    parts = [*schema_now.get("anyOf", ()), *schema_now.get("oneOf", ())]
    if isinstance(schema_now.get("type"), list):
        parts = [schema_now | {"type": each} for each in schema_now["type"]]
    if not parts:
        name = schema.get("$ref", "").rpartition("/")[2]
        return {name if name and "properties" in schema_now else _said(schema_now): schema_now}
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        for kind, each in _alternatives(document, part).items():
            # Several of one kind go by their number.
            found[kind if kind not in found else f"{kind} ({len(found)})"] = each
    return found


def _akin(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return not _types(old) or not _types(new) or bool(_types(old) & _types(new))


def _types(schema: dict[str, Any]) -> set[str]:
    found = {schema["type"]} if "type" in schema else set()
    return found | {"integer"} if "number" in found else found


def _said(schema: dict[str, Any]) -> str:
    return "|".join(sorted(_types(schema))) or "anything"


def _values(schema: dict[str, Any]) -> set[str]:
    return {json.dumps(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])}


def _narrowed(place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for key in SMALLER_IS_NARROWER:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{place}: {key} {old.get(key, 'none')} is now {new[key]}"
    for key in LARGER_IS_NARROWER:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{place}: {key} {old.get(key, 'none')} is now {new[key]}"
    for key in SAME_OR_ABSENT:
        if key in new and new[key] != old.get(key):
            yield f"{place}: {key} {old.get(key, 'none')} is now {new[key]}"


def main(arguments: list[str]) -> int:
    try:
        old, new = (json.loads(Path(name).read_text()) for name in arguments)
    except (ValueError, OSError) as exc:
        sys.stderr.write(f"usage: openapi_diff.py OLD NEW, two OpenAPI documents in JSON ({exc})\n")
        return 2
    found = sorted(set(Comparison(old, new).breaks()))
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"Breaking changes: {len(found)}.\n" if found else "Nothing breaks.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
