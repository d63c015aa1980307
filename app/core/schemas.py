"""Base classes and bounded types of everything that crosses the HTTP edge.

Input refuses what it does not know (contract R8) and text that a database cannot keep (contract E6). Output has no
defaults, so that every field is always present (contract R9).
"""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)


class InputModel(BaseModel):
    """A request body. An unknown field is a 422 `unknown_field`, never dropped in silence."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        # What was sent and is shown again, such as a roster, is shown with its defaults (contract R9).
        json_schema_serialization_defaults_required=True,
    )


class OutputModel(BaseModel):
    """A response body, built inside the transaction that read it. Declare no defaults here."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


def as_utc(value: dt.datetime) -> dt.datetime:
    """The same instant in UTC."""
    return value.astimezone(dt.UTC)


def rfc3339(value: dt.datetime) -> str:
    """RFC 3339 with `Z`, seconds always present, fractions only when there are any."""
    return as_utc(value).isoformat().replace("+00:00", "Z")


# An aware instant: naive input is refused (contract R3), output is always UTC with Z.
Instant = Annotated[
    AwareDatetime,
    AfterValidator(as_utc),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    # A serializer that returns text would otherwise be described as any text (contract R3).
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$", min_length=2, max_length=40)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+\-/]{1,64}$", max_length=64)]
Limit = Annotated[int, Field(ge=1, le=100)]


@functools.cache
def zone_names() -> frozenset[str]:
    """Every IANA time zone, read once: the machine's zones are found by walking folders."""
    return frozenset(zoneinfo.available_timezones())
