"""What is told of the people of a school: their roles, and that they have left."""

from __future__ import annotations

import uuid

from app.core.schemas import Instant, OutputModel
from app.events.fields import Code, SchoolSlug


class RoleGrantWaiting(OutputModel):
    """Somebody is to have a role that reads cases, and a second person is needed. Read it with your token, and confirm
    or decline it by `confirm_by`: it comes to nothing otherwise."""

    school: SchoolSlug
    grant_id: uuid.UUID
    role: Code
    confirm_by: Instant


class RoleGrantChanged(OutputModel):
    """Somebody has a role that reads cases from now on, or at a time, or has it no more. Read it with your token."""

    school: SchoolSlug
    grant_id: uuid.UUID
    role: Code
    state: Code


class PersonLeft(OutputModel):
    """Somebody has left: they can do nothing any more, and shifts that were theirs have nobody. For coordinators."""

    school: SchoolSlug
    person_id: uuid.UUID


class PasswordLinkAsked(OutputModel):
    """Somebody has asked for a link by which this person chooses another password. If that is you and you know nothing
    of it, change your password at once: that ends the link. Where a second person is awaited, read it with your token,
    ask the person, and confirm it or do not."""

    school: SchoolSlug
    link_id: uuid.UUID
    person_id: uuid.UUID
    awaits_second_person: bool
    expires_at: Instant
