"""Schools as a platform operator makes and sees them: nothing of what is in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText, Slug, ZoneName
from app.schools.requirements import LONGEST_NAME, LONGEST_PROGRAM_TYPE, MOST_YEARS
from app.vocabulary import Role, SchoolStatus

# As people are invited: without blanks, and without what cannot be seen.
Login = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", min_length=3, max_length=200)]
Alias = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", max_length=2)]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,10}$", max_length=10)]
Years = Annotated[int, Field(ge=1, le=MOST_YEARS)]


class FirstPerson(InputModel):
    """Somebody who sets the school up. `alias` is what others read; a login is unique in the deployment."""

    login: Login
    alias: Alias


class SchoolCreate(InputModel):
    """A school, and the two who set it up. `formal_program`: whether there are supporters; the school can say otherwise
    later. Slug, country, region and time zone stay."""

    slug: Slug
    name: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
    country: Country = "AU"
    region: Region
    time_zone: ZoneName
    program_type: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PROGRAM_TYPE)] = "graduate_entry"
    years: Years = 4
    formal_program: bool = True
    coordinator: FirstPerson
    sponsor: FirstPerson


class SchoolOut(OutputModel):
    """A school from outside: that it is there, where, and whether it is relied upon."""

    slug: Slug
    name: ShortText
    status: SchoolStatus
    country: Country
    region: Region
    time_zone: ZoneName
    created_at: Instant


class FirstInvitation(OutputModel):
    """For this person alone. The link is shown this once, works once, and only until `expires_at`."""

    role: Role
    login: Annotated[str, StringConstraints(max_length=200)]
    alias: Annotated[str, StringConstraints(max_length=80)]
    link: Annotated[str, StringConstraints(max_length=1000)]
    expires_at: Instant


class SchoolCreated(SchoolOut):
    """A school with the links by which its first two people join."""

    invitations: Annotated[list[FirstInvitation], Field(max_length=2)]


class SchoolPage(Page[SchoolOut]):
    """One page of schools, in the order in which they were made."""
