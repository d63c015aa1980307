"""Supporters as they see themselves, and as a coordinator sees them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText
from app.vocabulary.selection import BindingText, Owed
from app.vocabulary.supporters import SupporterStatus, YearBand

# BCP 47, 2.1, as far as a language that somebody speaks needs it.
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", max_length=35)]
Languages = Annotated[list[Language], Field(max_length=10)]
SiteIds = Annotated[list[uuid.UUID], Field(max_length=40)]
TextVersion = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Alias = Annotated[str, StringConstraints(max_length=80)]


class ListingUpdate(InputModel):
    """How a peer may find and choose you. What is left out stays as it is. `listed`: whether they may at all."""

    year_band: YearBand | None = None
    languages: Languages | None = None
    site_ids: SiteIds | None = None
    remote_ok: bool | None = None
    listed: bool | None = None


class Listing(OutputModel):
    """How a peer may find and choose somebody: nothing more exact than this (STUDY D06)."""

    year_band: YearBand
    languages: Languages
    site_ids: SiteIds
    remote_ok: bool
    listed: bool


class TextStanding(OutputModel):
    """`asked_version` is what is asked for now; `signed_version` what they last said yes to. `counts`: that is enough
    now. `earlier_until`: until then an earlier version is enough. Null where there is nothing to say."""

    asked_version: TextVersion | None
    signed_version: TextVersion | None
    signed_hour: Instant | None
    counts: bool
    earlier_until: Instant | None


class OwedOut(OutputModel):
    """What is still to be done before somebody is active."""

    what: Owed
    says: Line


class SupporterMe(OutputModel):
    """Where you stand in the programme. `paused` while you pause; what you were before comes back after it."""

    id: uuid.UUID
    status: SupporterStatus
    listing: Listing
    agreement: TextStanding
    role_card: TextStanding
    owed: Annotated[list[OwedOut], Field(max_length=10)]
    expected_end: dt.date | None


class ProgrammeSupporterOut(OutputModel):
    """A supporter of the school, for its coordinators. A pause is not in it."""

    id: uuid.UUID
    person_id: uuid.UUID
    alias: Alias
    status: SupporterStatus
    listing: Listing
    agreement: TextStanding
    role_card: TextStanding
    owed: Annotated[list[OwedOut], Field(max_length=10)]
    expected_end: dt.date | None


class SupporterPage(Page[ProgrammeSupporterOut]):
    """One page of supporters."""


class SignatureCreate(InputModel):
    """The version that was read, as `GET /v1/supporters/me` names it."""

    version: TextVersion


class SignatureOut(OutputModel):
    """What was said yes to, in its own words, and when. It is kept."""

    id: uuid.UUID
    kind: BindingText
    version: TextVersion
    title: ShortText
    signed_hour: Instant


class SignaturePage(Page[SignatureOut]):
    """One page of what somebody has signed."""
