"""What clients send and get of service accounts."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from app.core import clock
from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.vocabulary import Scope

LONGEST_OVERLAP_MINUTES = 10_080

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Scopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=20),
    # In one order and once each, so that the same scopes always have the same ETag.
    AfterValidator(lambda given: sorted(set(given))),
]


class ServiceAccountCreate(InputModel):
    """A program of the school's IT. It ends by itself: `expires_at` is at most 400 days from now, and can be moved."""

    name: Name = Field(examples=["Directory sync"])
    scopes: Scopes
    expires_at: Instant


class ServiceAccountUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays as it is."""

    # A factory, so that the document shows no default: what is absent is never read.
    name: Name = Field(default_factory=str)
    scopes: Scopes = Field(default_factory=list)
    expires_at: Instant = Field(default_factory=clock.now)


class ServiceAccountOut(OutputModel):
    """`client_id` and its secret open tokens at `/v1/auth/token`.

    `last_used_at`: when a token was last opened, to the hour. The secret before the present one works until
    `previous_secret_until`; null when it does not.
    """

    id: uuid.UUID
    client_id: Annotated[str, StringConstraints(max_length=100)]
    name: Name
    scopes: Annotated[list[Scope], Field(max_length=20)]
    expires_at: Instant
    last_used_at: Instant | None
    previous_secret_until: Instant | None
    created_by: Annotated[str, StringConstraints(max_length=80)]
    created_at: Instant
    updated_at: Instant


class ServiceAccountCreated(ServiceAccountOut):
    """The only answer that holds this secret. Keep it: it is not shown again."""

    client_secret: Annotated[str, StringConstraints(max_length=120, pattern=r"^psa_")]


class ServiceAccountPage(Page[ServiceAccountOut]):
    """One page of service accounts."""


class ClientSecretRotation(InputModel):
    """For so many minutes the secret before works as well; 0 ends it at once, with the tokens that it opened."""

    overlap_minutes: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP_MINUTES)] = 1440
