"""Invitations, and links for another password, as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.identity.people_schemas import Alias
from app.vocabulary import InvitationState, PasswordLinkState, Role

# What somebody types to sign in, mostly an address: without blanks, and without what cannot be seen.
Login = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", min_length=3, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,3}$", max_length=35)]
Link = Annotated[
    str,
    StringConstraints(max_length=1000),
    Field(description="For the person alone. It is shown this once, and works once."),
]


class InvitationCreate(InputModel):
    """Whom to let in, and as what. `language`: of those texts that are in several."""

    login: Login
    alias: Alias
    roles: Annotated[list[Role], Field(max_length=10)]
    language: Language | None = None


class Nothing(InputModel):
    """What stands for the body of an operation that takes none."""


class InvitationOut(OutputModel):
    """Somebody who was asked to join. `roles` are those that they have or are to have; some wait for a second person.

    `expires_at` is of the link that was made last.
    """

    id: uuid.UUID
    person: uuid.UUID
    login: Annotated[str, StringConstraints(max_length=200)]
    alias: Annotated[str, StringConstraints(max_length=80)]
    roles: Annotated[list[Role], Field(max_length=20)]
    language: Annotated[str, StringConstraints(max_length=35)] | None
    state: InvitationState
    invited_by: uuid.UUID
    created_at: Instant
    expires_at: Instant
    accepted_at: Instant | None


class InvitationMade(InvitationOut):
    """The same with its link."""

    link: Link


class InvitationPage(Page[InvitationOut]):
    """One page of invitations."""


class PasswordLinkOut(OutputModel):
    """A link by which somebody chooses another password; who asked for it, and who confirmed it."""

    id: uuid.UUID
    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    state: PasswordLinkState
    asked_by: uuid.UUID
    created_at: Instant
    expires_at: Instant
    confirmed_by: uuid.UUID | None
    confirmed_at: Instant | None
    used_at: Instant | None


class PasswordLinkMade(PasswordLinkOut):
    """The same with its link."""

    link: Link


class PasswordLinkPage(Page[PasswordLinkOut]):
    """One page of links for another password."""
