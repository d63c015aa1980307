"""Schemas, examples, webhooks and links of the OpenAPI document (contract O4, O6, O7, O11)."""

from __future__ import annotations

import json
import re
from typing import Any

from openapi_reading import document, faults, operations, placed_schemas, resolved, unbounded, webhooks

from app.events.types import PAYLOADS

OPERATIONS = operations()


def test_nothing_is_without_bounds() -> None:
    """O7."""
    assert [fault for place, schema in placed_schemas() for fault in unbounded(schema, place)] == []


def test_the_lint_for_bounds_bites() -> None:
    boundless: dict[str, Any] = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "list": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "map": {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "anything": {},
        },
    }
    assert len(list(unbounded(boundless, ""))) == 6


def test_schemas_have_good_names_for_classes() -> None:
    """O3, O8: nothing of FastAPI's own, no name that was made up from a module's path."""
    names = set(document()["components"]["schemas"])
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []
    assert not {"HTTPValidationError", "ValidationError"} & names


def test_answers_stay_open_and_requests_closed() -> None:
    """R8, R10: what we do not know is refused; clients must not refuse what they do not know."""
    schemas = document()["components"]["schemas"]
    for operation in OPERATIONS:
        for media in operation.content().values():
            schema = resolved(media["schema"])
            parts = schema.get("oneOf", [schema])
            assert all(resolved(part)["additionalProperties"] is False for part in parts), operation.name
        for status, response in operation.responses().items():
            for media in response.get("content", {}).values():
                assert resolved(media["schema"]).get("additionalProperties") is not False, (operation.name, status)
    assert "More values may come." in schemas["Role"]["description"]


def test_an_answer_always_has_all_of_its_fields() -> None:
    """R9."""
    for operation in OPERATIONS:
        for status, response in operation.responses().items():
            schema = resolved(response.get("content", {}).get("application/json", {}).get("schema", {}))
            # HSDS has no null: what is not known is left out (docs/hsds.md).
            if status < 300 and not operation.path.startswith("/hsds/"):
                assert set(schema.get("required", [])) == set(schema.get("properties", {})), operation.name


def test_times_in_answers_are_described_as_times() -> None:
    """R3."""
    schemas = document()["components"]["schemas"]
    for name in ("Meta.server_time", "MyReport.submitted_hour", "PageOut.ack_by", "SegmentOut.start"):
        schema, field = name.split(".")
        assert schemas[schema]["properties"][field]["format"] == "date-time", name


def test_every_name_of_a_schema_leads_to_one() -> None:
    """Those that tell the members of a union apart, too: generators read them."""
    named = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document()))
    assert len(named) > 1000
    assert set(named) - set(document()["components"]["schemas"]) == set()


def test_a_value_is_of_one_type_or_one_of_several_schemas() -> None:
    """O8: what is a list of types in JSON Schema, generators drop or take for anything."""
    assert re.findall(r'"type": \[[^]]*\]', json.dumps(document())) == []


def examples() -> list[tuple[str, dict[str, Any], Any]]:
    """Every example with its schema."""
    found = [
        (f"{name}: {parameter['name']}", parameter["schema"], parameter["example"])
        for name, value in [*((o.name, o.value) for o in OPERATIONS), *webhooks().items()]
        for parameter in value.get("parameters", [])
        if "example" in parameter
    ]
    contents = [(operation.name, operation.content()) for operation in OPERATIONS]
    contents += [(name, each["requestBody"]["content"]) for name, each in webhooks().items()]
    for operation in OPERATIONS:
        contents += [
            (f"{operation.name} {status}", response.get("content", {}))
            for status, response in operation.responses().items()
        ]
    for place, content in contents:
        for kind, media in content.items():
            assert media["examples"], f"{place} has no example of {kind}"
            found += [
                (f"{place} {name}", media["schema"], example["value"]) for name, example in media["examples"].items()
            ]
    for name, header in document()["components"]["headers"].items():
        found.append((name, header["schema"], header["example"]))
    for name, schema in document()["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            found += [(f"{name}.{field}", part, example) for example in part.get("examples", [])]
    return found


def test_every_example_is_what_its_schema_says() -> None:
    """O6: every body, answer, header and parameter has one, and it fits."""
    found = examples()
    assert len(found) > 300
    assert {place: wrong for place, schema, value in found if (wrong := faults(schema, value))} == {}


def test_examples_name_nobody_and_call_nobody() -> None:
    """Numbers are of the range that Australia keeps for fiction, addresses of domains that nobody can have."""
    text = json.dumps([value for _, _, value in examples()])
    assert set(re.findall(r"\+61[ 0-9]{9,}", text)) == {
        number for number in re.findall(r"\+61[ 0-9]{9,}", text) if number.replace(" ", "").startswith("+6125550")
    }
    # A picture names what it is written in, and nobody goes there.
    text = text.replace("http://www.w3.org/2000/svg", "")
    hosts = set(re.findall(r"https?://([^/\" ]+)", text)) - {"peerline.dev", "iana.org"}
    assert [host for host in hosts if not re.search(r"(^|\.)example(\.|$)", host)] == []


# --- webhooks and links ---


def test_there_is_a_webhook_for_each_event_and_no_other() -> None:
    """O4, W11."""
    assert set(webhooks()) == set(PAYLOADS)
    for name, operation in webhooks().items():
        assert operation["security"] == []
        assert {parameter["name"] for parameter in operation["parameters"]} == {
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        }
        [media] = operation["requestBody"]["content"].values()
        schema = resolved(media["schema"])
        assert schema["properties"]["type"]["const"] == name
        assert resolved(schema["properties"]["data"])["description"] == schema["description"]


def test_what_was_made_leads_to_what_can_be_done_with_it() -> None:
    """O11, R5: a link for each operation that takes its id, and its values are there."""
    by_name = {operation.name: operation for operation in OPERATIONS}
    for operation in OPERATIONS:
        response = operation.responses().get(201, {})
        links = response.get("links", {})
        assert bool(links) or "Location" not in response.get("headers", {}), operation.name
        for link in links.values():
            target = by_name[link["operationId"]]
            for name, expression in link.get("parameters", {}).items():
                place, _, bare = name.rpartition(".")
                assert bare in target.parameters(place or "path"), (operation.name, target.name, name)
                if expression == "$response.header.ETag":
                    assert "ETag" in response["headers"]
                elif expression.startswith("$response.body#/"):
                    schema = resolved(response["content"]["application/json"]["schema"])
                    assert expression.removeprefix("$response.body#/") in schema["properties"]
                else:
                    assert expression.removeprefix("$request.path.") in operation.parameters("path")


def test_everything_that_is_shared_is_used() -> None:
    text = json.dumps(document())
    for kind in ("schemas", "responses", "headers"):
        for name in document()["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, f"{kind}/{name} is never used"
