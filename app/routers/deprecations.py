"""What is to go one day: said in every answer of the operation, and in the document (contract V2, V3).

An operation is named here with the day on which that became known and the day on which it may stop. Between the two
lies a year at least; until the second it works as ever. Nothing is deprecated at present.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from fastapi.routing import APIRoute

from app.core.asgi import Scope
from app.routers.docs import operation_id

SHORTEST = dt.timedelta(days=365)
HEADERS = {
    "Deprecation": ("Since when this operation is deprecated (RFC 9745): seconds since 1970.", "@1798761600"),
    "Sunset": ("After that it may stop (RFC 8594).", "Sat, 01 Jan 2028 00:00:00 GMT"),
}


@dataclass(frozen=True, slots=True)
class Deprecation:
    """`read`: the address of what says why, and what to use instead. Raises ValueError for a notice that is short."""

    since: dt.datetime
    sunset: dt.datetime
    read: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < SHORTEST:
            raise ValueError("Between the notice and the end lies a year at least.")

    def headers(self) -> Iterator[tuple[str, str]]:
        """RFC 9745, 2.1 and 3; RFC 8594, 3 and 6."""
        yield "Deprecation", f"@{int(self.since.timestamp())}"
        yield "Sunset", format_datetime(self.sunset.astimezone(dt.UTC), usegmt=True)
        yield "Link", f'<{self.read}>; rel="deprecation", <{self.read}>; rel="sunset"'


# By operationId.
DEPRECATED: dict[str, Deprecation] = {}


def headers_of(scope: Scope) -> Iterator[tuple[str, str]]:
    """What every answer of a deprecated operation has, its errors included; of any other, nothing."""
    if DEPRECATED:
        route = scope.get("route")
        found = DEPRECATED.get(operation_id(route)) if isinstance(route, APIRoute) else None
        if found is not None:
            yield from found.headers()


def mark(document: dict[str, Any]) -> None:
    """Say it in an OpenAPI document, in place."""
    for methods in document["paths"].values():
        for operation in methods.values():
            found = DEPRECATED.get(operation["operationId"])
            if found is not None:
                _mark(operation, found)
                document["components"]["headers"] |= {
                    name: {
                        "description": text,
                        "required": False,
                        "schema": {"type": "string", "maxLength": 100},
                        "example": example,
                    }
                    for name, (text, example) in HEADERS.items()
                }


def _mark(operation: dict[str, Any], found: Deprecation) -> None:
    operation["deprecated"] = True
    operation["description"] += f"\n\n**Deprecated:** it may stop on {found.sunset.date()}; see {found.read}."
    for response in operation["responses"].values():
        # One that several operations share is not of a deprecated one alone.
        if "headers" in response:
            response["headers"] |= {name: {"$ref": f"#/components/headers/{name}"} for name in ("Link", *HEADERS)}
