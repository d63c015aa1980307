"""The OpenAPI 3.1 document: what FastAPI derives, corrected and completed (contract O1 to O10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema

from app.core.problems import REGISTRY
from app.events.types import PAYLOADS
from app.routers.callers import Guard, ReceiptGuard

PROBLEM = "application/problem+json"
TAGS = {
    "public": "For anyone: no account, no cookie.",
    "reports": "Anonymous reports, and those who read them.",
    "my report": "The reporter's side, with a receipt session.",
    "sign-in": "Tokens for people of the programme.",
    "advice": "Case advice for supporters, day and night.",
    "pages": "For whoever is paged.",
    "rosters": "Who is on call.",
    "webhooks": "Where people and schools are told.",
    "system": "Probes.",
}
INTRODUCTION = """Peerline helps students help each other: anonymous worries about a peer, who to turn to, and a
person on call who answers.

**Rules for clients.** Accept enum values and fields that you do not know: both may be added. Times are RFC 3339 in
UTC; naive times are refused. Unknown fields in a request are refused. Errors are problem+json; decide by `code`. For a
caller without a staff token every error carries `help`. `Idempotency-Key` makes a retry safe: the same key and body get
the same answer for 24 hours. HEAD works wherever GET does.

**Codes of problems:** """
RESPONSE_HEADERS = {
    "ETag": "The version of what is shown; strong.",
    "Location": "Where what was made now stands.",
    "Link": '`rel="next"`: the next page.',
    "RateLimit": "What is left of the quota, and the seconds until it is full again.",
    "RateLimit-Policy": "The quota and its window in seconds.",
    "Retry-After": "Seconds to wait.",
    "X-Request-Id": "Name this when something went wrong.",
    "Idempotency-Replayed": "`true` when this answer was given before.",
}


def operation_id(route: APIRoute) -> str:
    """camelCase of the function's name: unique, and a good method name in generated clients."""
    first, *rest = route.name.split("_")
    return first + "".join(word.title() for word in rest)


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` build the whole document, once."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def guards_of(app: FastAPI) -> dict[tuple[str, str], frozenset[str] | None]:
    """The roles of every operation by method and path; None where there is no guard."""
    found: dict[tuple[str, str], frozenset[str] | None] = {}
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is None or context.path is None:
            continue
        guards = [d.call for d in dependant.dependencies if isinstance(d.call, Guard | ReceiptGuard)]
        roles = frozenset(str(role) for role in guards[0].roles) if guards else None
        for method in context.methods or ():
            found[method, context.path] = roles
    return found


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Peerline",
        version=app.version,
        openapi_version="3.1.0",
        summary="Backend of a peer-care programme",
        description=INTRODUCTION + ", ".join(f"`{code}`" for code in sorted(REGISTRY)) + ".",
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/", "description": "This deployment."}],
        contact={"name": "Peerline", "url": "https://peerline.dev"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        separate_input_output_schemas=True,
    )
    guards = guards_of(app)
    for path, method, operation in _operations(document):
        _secure(operation, guards.get((method.upper(), path)))
        _correct_responses(operation)
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token from `/v1/auth/token`; the scopes named are roles, of which one is needed.",
        },
        "receipt": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token from `/v1/receipts/session`.",
        },
    }
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    _add_webhooks(document)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _secure(operation: dict[str, Any], roles: frozenset[str] | None) -> None:
    if roles is None:
        operation["security"] = []
    elif "reporter" in roles:
        operation["security"] = [{"receipt": []}]
    else:
        operation["security"] = [{"bearer": sorted(roles)}]


def _correct_responses(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        content = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            response["content"] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
        if int(status) == 304:
            response.pop("content", None)
        names = ["X-Request-Id"]
        if status in ("200", "304") and "304" in responses:
            names.append("ETag")
        if status == "200" and any(p["name"] == "cursor" for p in operation.get("parameters", [])):
            names.append("Link")
        if status in ("201", "202"):
            names += ["ETag", "Location"] if status == "201" else ["Location"]
        if status in ("429", "503"):
            names.append("Retry-After")
        if "429" in responses:
            names += ["RateLimit", "RateLimit-Policy"]
        if any(p["name"].lower() == "idempotency-key" for p in operation.get("parameters", [])):
            names.append("Idempotency-Replayed")
        response["headers"] = {
            name: {"description": RESPONSE_HEADERS[name], "schema": {"type": "string", "maxLength": 1000}}
            for name in names
        }
    if "304" in responses:
        operation.setdefault("parameters", []).append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "ETags that you have: 304 when one of them is still right.",
                "schema": {"type": "string", "maxLength": 400},
            }
        )


def _add_webhooks(document: dict[str, Any]) -> None:
    """Each event as an operation that the receiver implements (Standard Webhooks 1.0.0)."""
    models = [(model, "serialization") for model in dict.fromkeys(PAYLOADS.values())]
    _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # a list is a sequence of pairs
    document["components"]["schemas"].update(definitions["$defs"])
    document["webhooks"] = {
        name: {"post": _webhook(name, model.__name__, model.__doc__ or "")} for name, model in sorted(PAYLOADS.items())
    }


def _webhook(name: str, schema: str, text: str) -> dict[str, Any]:
    words = name.replace(".", "_").split("_")
    return {
        "operationId": "on" + "".join(word.title() for word in words),
        "summary": text.split(".")[0].strip() + ".",
        "description": text,
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            _signed_header("webhook-id", "The same for every attempt and endpoint: drop what you have seen.", "uuid"),
            _signed_header("webhook-timestamp", "Whole seconds since 1970, of this attempt.", None),
            _signed_header("webhook-signature", "`v1,` and a base64 HMAC-SHA256; a list with spaces between.", None),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["type", "timestamp", "data"],
                        "properties": {
                            "type": {"const": name, "type": "string"},
                            "timestamp": {"type": "string", "format": "date-time"},
                            "data": {"$ref": f"#/components/schemas/{schema}"},
                        },
                    }
                }
            },
        },
        "responses": {
            "2XX": {"description": "Received. Anything else is tried again."},
            "410": {"description": "Never send here again: the endpoint is disabled."},
        },
    }


def _signed_header(name: str, text: str, format_: str | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "maxLength": 1000}
    if format_:
        schema["format"] = format_
    return {"name": name, "in": "header", "required": True, "description": text, "schema": schema}
