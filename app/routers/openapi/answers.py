"""The document's shared parts: every response header, and one response for each error status."""

from __future__ import annotations

from typing import Any

from app.core.problems import TYPE_BASE
from app.routers.openapi import examples
from app.routers.openapi.texts import RESPONSE_HEADERS, STATUS_TEXTS, problems

PROBLEM = "application/problem+json"
# The names of the responses in `components`; every operation that can give such an answer refers to it.
ERRORS = {
    400: "BadRequest",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "BodyTooLarge",
    414: "UriTooLong",
    415: "UnsupportedMediaType",
    422: "Unprocessable",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    431: "HeadersTooLarge",
    500: "InternalError",
    503: "Unavailable",
}
_HEADERS_OF = {
    401: ("WWW-Authenticate",),
    409: ("Idempotency-Replayed", "Retry-After"),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
# Refused before anything is counted.
_UNCOUNTED = (413, 414, 415, 431)
# Not on every answer that can have them.
_SOMETIMES = ("Idempotency-Replayed", "Link", "RateLimit", "RateLimit-Policy", "Retry-After")


def headers() -> dict[str, Any]:
    """Every response header."""
    return {
        name: {
            "description": text,
            "required": name not in _SOMETIMES,
            "schema": {"type": "string", "maxLength": 1000},
            "example": example,
        }
        for name, (text, example) in RESPONSE_HEADERS.items()
    }


def header_refs(*names: str) -> dict[str, Any]:
    """The headers of one response. Each answer has a request id and says whether it may be kept."""
    found = sorted({"Cache-Control", "X-Request-Id", *names})
    return {name: {"$ref": f"#/components/headers/{name}"} for name in found}


def responses() -> dict[str, Any]:
    """One response for each error status, with an example of each code."""
    found: dict[str, Any] = {}
    for status, name in ERRORS.items():
        counted = () if status in _UNCOUNTED else ("RateLimit", "RateLimit-Policy")
        found[name] = {
            "description": STATUS_TEXTS[status],
            "headers": header_refs(*counted, *_HEADERS_OF.get(status, ())),
            "content": {
                PROBLEM: {
                    "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                    "examples": {
                        code: {"summary": kind.title, "value": examples.problem(code, kind, TYPE_BASE)}
                        for code, kind in problems().items()
                        if kind.status == status
                    },
                }
            },
        }
    return found
