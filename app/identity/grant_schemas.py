"""The giving of roles as it arrives and leaves."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.vocabulary import GrantEnd, GrantState, Role


class RoleGrantCreate(InputModel):
    """Which role, for whom. Without `starts_at` it begins as soon as it may; without `ends_at` it has no end."""

    person: uuid.UUID
    role: Role
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class RoleGrantOut(OutputModel):
    """A role that somebody was given. It lets them do something only while its `state` is `current`.

    `confirm_by` is there while a second person is waited for: without their word by then it comes to nothing. Nobody is
    named in `granted_by` or `ended_by` where it was done at the command line, or by time.
    """

    id: uuid.UUID
    person: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    role: Role
    state: GrantState
    granted_at: Instant
    granted_by: uuid.UUID | None
    starts_at: Instant | None
    ends_at: Instant | None
    confirm_by: Instant | None
    confirmed_at: Instant | None
    confirmed_by: uuid.UUID | None
    ended_at: Instant | None
    ended_by: uuid.UUID | None
    ended_because: GrantEnd | None


class RoleGrantPage(Page[RoleGrantOut]):
    """One page of roles that were given."""
