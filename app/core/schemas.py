"""Base classes and bounded types of everything that crosses the HTTP edge.

Input refuses what it does not know (contract R8) and text that a database cannot keep (contract E6). Output has no
defaults, so that every field is always present (contract R9).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
import zoneinfo
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# The context in which a row of a table is validated: there, everything is text.
FROM_TABLE = {"from_table": True}
_KINDS: dict[str, tuple[tuple[type, ...], PydanticCustomError]] = {
    "bool": ((bool,), PydanticCustomError("bool_type", "Input should be true or false")),
    "int": ((int, float), PydanticCustomError("int_type", "Input should be a whole number")),
    "float": ((int, float), PydanticCustomError("float_type", "Input should be a number")),
    "date": ((dt.date,), PydanticCustomError("date_type", "Input should be a date, as in 2027-03-15")),
    "datetime": ((dt.date,), PydanticCustomError("datetime_type", "Input should be a date and time of RFC 3339")),
}
# Seconds since 1970 would be taken for a time, even where they are written as a text.
_TIMES = ("date", "datetime")
_DAY = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _of_one_kind(schema: Any) -> Any:
    """The same schema, in which a number, a truth and a time are taken from nothing else."""
    if isinstance(schema, list):
        return [_of_one_kind(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # Where it is said, a model within this one has done it, or the field does it itself.
    if schema.get("type") in _KINDS and "strict" not in schema:
        kinds, fault = _KINDS[schema["type"]]
        time = schema["type"] in _TIMES

        def only(value: Any, info: ValidationInfo) -> Any:
            if isinstance(value, str) and (_DAY.match(value) if time else info.context == FROM_TABLE):
                return value
            if isinstance(value, kinds) and isinstance(value, bool) == (bool in kinds):
                return value
            raise fault

        return core_schema.with_info_before_validator_function(only, schema | {"strict": False})
    return {name: part if name == "metadata" else _of_one_kind(part) for name, part in schema.items()}


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

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Of JSON, a number is no time, and true is neither 1 nor "yes": pydantic would take each for the other."""
        made: CoreSchema = _of_one_kind(handler(source))
        return made


class OutputModel(BaseModel):
    """A response body, built inside the transaction that read it. Declare no defaults here."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


def composed(value: Any) -> Any:
    """Of a text its one spelling: a macron or an accent is typed in more than one way. What is no text stays."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def as_utc(value: dt.datetime) -> dt.datetime:
    """The same instant in UTC. Raises PydanticCustomError for one that is in no year there, such as the last evening of
    9999 west of it."""
    try:
        return value.astimezone(dt.UTC)
    except OverflowError as exc:
        raise PydanticCustomError("datetime_out_of_range", "Input should be within the years 1 to 9999 of UTC") from exc


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
# Offsets and rules without a place, and copies of the whole database by other names.
_NOWHERE = ("Etc/", "SystemV/", "posix/", "right/")
Limit = Annotated[int, Field(ge=1, le=100)]


@functools.cache
def zone_names() -> frozenset[str]:
    """Every IANA time zone that is somewhere, and UTC; read once: the machine's zones are found by walking folders.

    Not `localtime`, which is where the server happens to stand, not `Factory`, which is nowhere, and no mere offsets
    and abbreviations such as `EST`: whoever means a place by one would get another clock than theirs in summer.
    """
    places = {name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(_NOWHERE)}
    return frozenset(places | {"UTC", "Etc/UTC"})
