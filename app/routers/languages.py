"""What answers in several languages have in common: the header that asks, and those that say what was given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Header, Request
from pydantic import WithJsonSchema

_HEADER = "Accept-Language"
AcceptLanguage = Annotated[
    Annotated[str, WithJsonSchema({"type": "string", "maxLength": 8192})] | None,
    Header(
        alias=_HEADER,
        description="The languages that you read (RFC 9110, 12.5.4). What is in none of them is given in another.",
    ),
]
VARY = {"Vary": _HEADER}


def asked_for(request: Request) -> str | None:
    """All lines of the header, as one list (RFC 9110, 5.3)."""
    return ", ".join(request.headers.getlist(_HEADER)) or None


def given(languages: Iterable[str]) -> dict[str, str]:
    """The languages that an answer is in, the one that was chosen first."""
    return VARY | {"Content-Language": ", ".join(languages)}
