"""How times, zones and weekdays are written in a roster definition, read strictly and with stable error codes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.schemas import Instant, ZoneName, zone_names
from app.rosters.definition import WeekTime

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Years in which a roster can lie: far from the ends of the calendar, where adding a rotation's length would overflow.
_YEAR = "(?:19|20|21)[0-9]{2}"
_DATE = f"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = f"{_DATE}[Tt][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\\.[0-9]{{1,9}})?)?(?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})?"
_LOCAL = f"{_DATE}T{_CLOCK}(?::00)?"
_WEEK_TIME = f"(?:{'|'.join(DAYS)}) {_CLOCK}"


def _read_instant(value: object) -> object:
    """Of JSON, only text that is RFC 3339 goes on: numbers and dates alone would be read as times too."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        with suppress(ValueError):  # a date that the calendar does not have
            return dt.datetime.fromisoformat(value.upper())
    raise PydanticCustomError("instant_invalid", "Give an RFC 3339 date and time with its offset, from 1900 to 2199")


def _whole_minute(value: dt.datetime) -> dt.datetime:
    if value.second or value.microsecond:
        raise PydanticCustomError("not_whole_minute", "Rosters know whole minutes only")
    return value


def _local_time(value: object) -> dt.datetime:
    if isinstance(value, str) and re.fullmatch(_LOCAL, value):
        with suppress(ValueError):  # a date that the calendar does not have
            return dt.datetime.fromisoformat(value)
    raise PydanticCustomError(
        "local_time_invalid", "Give a wall-clock time as YYYY-MM-DDTHH:MM, without an offset, from 1900 to 2199"
    )


def _clock_time(value: object) -> dt.time:
    if isinstance(value, str) and re.fullmatch(_CLOCK, value):
        return dt.time.fromisoformat(value)
    raise PydanticCustomError("clock_time_invalid", "Give a time of day as HH:MM, from 00:00 to 23:59")


def _week_time(value: object) -> WeekTime:
    if isinstance(value, str) and re.fullmatch(_WEEK_TIME, value):
        day, _, time = value.partition(" ")
        return WeekTime(DAYS.index(day), dt.time.fromisoformat(time))
    raise PydanticCustomError("week_time_invalid", "Give a weekday and a time as in FR 17:00")


def _written_local(value: dt.datetime) -> str:
    return value.isoformat(timespec="minutes")


def _written_clock(value: dt.time) -> str:
    return value.isoformat(timespec="minutes")


def _written_week_time(value: WeekTime) -> str:
    return f"{DAYS[value.day]} {_written_clock(value.time)}"


def _known_zone(value: str) -> str:
    if value not in zone_names():
        raise PydanticCustomError("time_zone_unknown", "Not a name in the IANA time zone database")
    return value


def _text(pattern: str, example: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "pattern": f"^{pattern}$", "maxLength": 32, "examples": [example]}
    return WithJsonSchema(schema)


Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
KnownZone = Annotated[ZoneName, AfterValidator(_known_zone)]
InstantText = Annotated[Instant, BeforeValidator(_read_instant)]
WholeMinute = Annotated[InstantText, AfterValidator(_whole_minute)]
LocalTime = Annotated[
    dt.datetime,
    PlainValidator(_local_time),
    PlainSerializer(_written_local, when_used="json"),
    _text(_LOCAL, "2027-03-15T09:00"),
]
ClockTime = Annotated[
    dt.time, PlainValidator(_clock_time), PlainSerializer(_written_clock, when_used="json"), _text(_CLOCK, "09:00")
]
WeekTimeText = Annotated[
    WeekTime,
    PlainValidator(_week_time),
    PlainSerializer(_written_week_time, when_used="json"),
    _text(_WEEK_TIME, "FR 17:00"),
]


@dataclass(frozen=True, slots=True)
class NullMeans:
    """Marks a field where null means the same as absence: the value that `make` gives."""

    make: Callable[[], object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def filled(value: object) -> object:
            return self.make() if value is None else value

        return core_schema.no_info_before_validator_function(filled, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler(schema)
        return described if handler.mode == "serialization" else {"anyOf": [described, {"type": "null"}]}
