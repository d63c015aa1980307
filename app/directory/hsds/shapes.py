"""What HSDS 3.2 calls things, as far as a directory entry has something to say (docs/hsds.md).

The names and their meanings are those of the standard, and nothing else is sent. What is not known is left out: the
standard has no null, so that contract R9 cannot hold here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

from app.core.schemas import Line, ShortText, Text

Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Date = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Uri = Annotated[str, WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2000})]
Code = Annotated[str, StringConstraints(max_length=80)]
Age = Annotated[int, Field(ge=0, le=120)]
# With its offset from UTC where the zone is known.
ClockTime = Annotated[
    str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9](Z|[+-][0-9]{2}:[0-9]{2})?$", max_length=11)
]


class HsdsTaxonomy(TypedDict, total=False):
    """A list of terms."""

    id: Required[Uuid]
    name: Required[ShortText]
    description: Required[Line]
    version: ShortText


class HsdsTaxonomyTerm(TypedDict, total=False):
    """One term of a list. `code` is what the rest of this API calls it; `taxonomy_detail` only where a term is shown
    by itself."""

    id: Required[Uuid]
    code: Code
    name: Required[ShortText]
    description: Required[Line]
    taxonomy: ShortText
    taxonomy_detail: HsdsTaxonomy
    language: Code
    taxonomy_id: Uuid


class HsdsAttribute(TypedDict, total=False):
    """That a term is true of a service. `link_type` says in which way, `value` what the term alone does not say."""

    id: Required[Uuid]
    link_id: Uuid
    taxonomy_term_id: Uuid
    link_type: Code
    link_entity: Code
    value: ShortText
    taxonomy_term: HsdsTaxonomyTerm


class HsdsPhone(TypedDict, total=False):
    """A number as it is dialled."""

    id: Required[Uuid]
    service_id: Uuid
    number: Required[ShortText]
    type: Code


class HsdsLanguage(TypedDict, total=False):
    """A language that is spoken there. `note` has the whole tag where that says more than the language."""

    id: Required[Uuid]
    service_id: Uuid
    code: Code
    note: ShortText


class When(TypedDict, total=False):
    """Of a schedule: the days and times."""

    valid_from: Date
    valid_to: Date
    timezone: Annotated[float, Field(ge=-14, le=14)]
    freq: Literal["WEEKLY"]
    byday: ShortText
    opens_at: ClockTime
    closes_at: ClockTime


class HsdsSchedule(When, total=False):
    """One opening on some days of the week. A closing that is not after its opening is on the next day.

    Without opening and closing: the hours are known in words alone, or not at all.
    """

    id: Required[Uuid]
    service_id: Uuid
    description: ShortText
    notes: Line


class HsdsCostOption(TypedDict, total=False):
    """What it costs, in words; an amount only where it is free."""

    id: Required[Uuid]
    service_id: Uuid
    option: ShortText
    amount: Annotated[int, Field(ge=0, le=0)]


class HsdsServiceArea(TypedDict, total=False):
    """Where somebody has to be for it, by an ISO 3166 code."""

    id: Required[Uuid]
    service_id: Uuid
    name: ShortText
    extent: Code
    extent_type: Code


class HsdsAddress(TypedDict, total=False):
    """An address that could be taken apart without guessing."""

    id: Required[Uuid]
    location_id: Uuid
    address_1: Required[ShortText]
    city: Required[ShortText]
    state_province: Required[ShortText]
    postal_code: Required[ShortText]
    country: Required[Code]
    address_type: Required[Literal["physical"]]


class HsdsLocation(TypedDict, total=False):
    """A door. `description` is the address as it was written down."""

    id: Required[Uuid]
    location_type: Required[Literal["physical"]]
    name: ShortText
    description: ShortText
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    addresses: Annotated[list[HsdsAddress], Field(max_length=1)]


class HsdsOrganization(TypedDict, total=False):
    """Who runs a service: the school itself, or the one behind a service, of which only that service is known.

    `services` only where it is asked for.
    """

    id: Required[Uuid]
    name: Required[ShortText]
    description: Required[Line]
    services: Annotated[list[HsdsService], Field(max_length=10_000)]


class HsdsServiceAtLocation(TypedDict, total=False):
    """That a service has a door. Inside a service without that service."""

    id: Required[Uuid]
    service_id: Uuid
    location_id: Uuid
    location: HsdsLocation
    service: HsdsService


class HsdsService(TypedDict, total=False):
    """A service. Lists have the fields that are one for each service, and its organization, if not asked for all."""

    id: Required[Uuid]
    organization_id: Uuid
    name: Required[ShortText]
    description: Text
    url: Uri
    status: Required[Literal["active"]]
    fees_description: ShortText
    eligibility_description: Line
    minimum_age: Age
    maximum_age: Age
    assured_date: Date
    alert: Line
    organization: HsdsOrganization
    phones: Annotated[list[HsdsPhone], Field(max_length=2)]
    schedules: Annotated[list[HsdsSchedule], Field(max_length=2000)]
    service_areas: Annotated[list[HsdsServiceArea], Field(max_length=100)]
    service_at_locations: Annotated[list[HsdsServiceAtLocation], Field(max_length=100)]
    languages: Annotated[list[HsdsLanguage], Field(max_length=30)]
    cost_options: Annotated[list[HsdsCostOption], Field(max_length=1)]
    attributes: Annotated[list[HsdsAttribute], Field(max_length=100)]
