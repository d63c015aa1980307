"""The envelopes of HSDS: what its root says, and a page of each collection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from app.core.schemas import Line
from app.directory.hsds.shapes import (
    HsdsOrganization,
    HsdsService,
    HsdsServiceAtLocation,
    HsdsTaxonomy,
    HsdsTaxonomyTerm,
    Uri,
)

VERSION: Literal["3.2"] = "3.2"
# The standard as it stands: this is no profile of its own.
PROFILE = "https://docs.openreferral.org/en/latest/hsds/"
MOST_PER_PAGE = 100
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class HsdsAbout(TypedDict):
    """Which version of the standard is spoken here, and where the rest is described."""

    version: Literal["3.2"]
    profile: Uri
    openapi_url: Uri
    description: Line


class HsdsEnvelope(TypedDict):
    """`size` is how many are on this page."""

    total_items: Count
    total_pages: Count
    page_number: Count
    size: Count
    first_page: bool
    last_page: bool
    empty: bool


class HsdsServicePage(HsdsEnvelope):
    """A page of services."""

    contents: Annotated[list[HsdsService], Field(max_length=MOST_PER_PAGE)]


class HsdsOrganizationPage(HsdsEnvelope):
    """A page of organizations."""

    contents: Annotated[list[HsdsOrganization], Field(max_length=MOST_PER_PAGE)]


class HsdsServiceAtLocationPage(HsdsEnvelope):
    """A page of services at their doors."""

    contents: Annotated[list[HsdsServiceAtLocation], Field(max_length=MOST_PER_PAGE)]


class HsdsTaxonomyPage(HsdsEnvelope):
    """A page of lists of terms."""

    contents: Annotated[list[HsdsTaxonomy], Field(max_length=MOST_PER_PAGE)]


class HsdsTaxonomyTermPage(HsdsEnvelope):
    """A page of terms."""

    contents: Annotated[list[HsdsTaxonomyTerm], Field(max_length=MOST_PER_PAGE)]
