"""Sites as those write and read them who keep them."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, Instant, OutputModel, ShortText
from app.directory.keeping_schemas import Latitude, Longitude

SiteRegion = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,10}$", max_length=10)]


class SiteKind(StrEnum):
    """What kind of place it is."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    GENERAL_PRACTICE = "general_practice"
    COMMUNITY = "community"
    CAMPUS = "campus"
    OTHER = "other"


class SiteCreate(InputModel):
    """A place where students study or are placed. Where it is, in degrees (WGS 84), tells how far services are.

    `region`: a state or territory of the school's country. Whoever names the site finds the services of that one.
    """

    name: ShortText
    kind: SiteKind
    region: SiteRegion
    is_teaching_site: bool
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _a_place_has_both(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("place_has_both", "A place has a latitude and a longitude")
        return self


class SitePatch(InputModel):
    """What of a site is other than it was."""

    name: ShortText | None = None
    kind: SiteKind | None = None
    region: SiteRegion | None = None
    is_teaching_site: bool | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class KeptSite(OutputModel):
    """A place where students study or are placed."""

    id: uuid.UUID
    name: ShortText
    kind: Annotated[str, StringConstraints(max_length=40)]
    region: Annotated[str, StringConstraints(max_length=10)]
    is_teaching_site: bool
    latitude: float | None = Field(ge=-90, le=90)
    longitude: float | None = Field(ge=-180, le=180)
    version: Annotated[int, Field(ge=1, le=2**31)]
    updated_at: Instant | None
