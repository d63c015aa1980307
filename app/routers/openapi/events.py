"""The `webhooks` section: each event as an operation that the receiver implements (Standard Webhooks 1.0.0)."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from app.events.types import PAYLOADS, EventType, described
from app.routers.openapi import examples

_HEADERS = (
    (
        "webhook-id",
        "The id of the event: the same for every attempt and every endpoint. Drop what you have seen.",
        {"type": "string", "format": "uuid"},
        "5d0c7e9a-1b2f-4c3d-8e4f-6a7b8c9d0e1f",
    ),
    (
        "webhook-timestamp",
        "Whole seconds since 1970, of this attempt. Refuse what is more than five minutes off.",
        {"type": "string", "pattern": "^[0-9]{1,12}$", "maxLength": 12},
        "1806000000",
    ),
    (
        "webhook-signature",
        "One or several, with spaces between; one that fits is enough. Each is `v1,` and, in base64, the HMAC-SHA256 "
        "of `{webhook-id}.{webhook-timestamp}.{body}` under the endpoint's secret, the body byte for byte.",
        {"type": "string", "maxLength": 1000},
        "v1,Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1zaWduYXR1cmU=",
    ),
)
_RESPONSES = {
    "2XX": {"description": "Received, within five seconds. What it says beyond that is not read."},
    "410": {"description": "Never send here again: the endpoint is disabled."},
    "429": {"description": "Later; `Retry-After` is kept. The same for 502, 503 and 504."},
    "default": {"description": "Not received: tried again over three days. A redirect is not followed."},
}


def add_schemas(document: dict[str, Any]) -> None:
    """The payloads, and around each the event that carries it."""
    models = [(model, "serialization") for model in dict.fromkeys(PAYLOADS.values())]
    _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # a list is a sequence of pairs
    schemas = document["components"]["schemas"]
    schemas |= definitions["$defs"]
    for name, model in PAYLOADS.items():
        schemas[_schema_name(name)] = {
            "type": "object",
            "description": described(name),
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"const": name, "type": "string"},
                "timestamp": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it happened, whichever attempt this is.",
                },
                "data": {"$ref": f"#/components/schemas/{model.__name__}"},
            },
        }


def webhooks() -> dict[str, Any]:
    return {name: {"post": _webhook(name)} for name in sorted(PAYLOADS)}


def _webhook(name: EventType) -> dict[str, Any]:
    text = described(name)
    return {
        "operationId": "on" + _words(name),
        "summary": text.split(".")[0],
        "description": f"{text}\n\n**Retry:** we do; drop what has a `webhook-id` that you have seen.",
        "tags": ["events"],
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": text,
                "schema": schema,
                "example": example,
            }
            for header, text, schema, example in _HEADERS
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{_schema_name(name)}"},
                    "examples": {"event": {"value": examples.event(name)}},
                }
            },
        },
        "responses": _RESPONSES,
    }


def _schema_name(event: str) -> str:
    return f"{_words(event)}Event"


def _words(event: str) -> str:
    return "".join(word.title() for word in event.replace(".", "_").split("_"))
