"""Links that open one thing once: joining, and choosing a new password."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary import LinkPurpose


class OneTimeLink(SQLModel, table=True):
    """A link for one person of a school. Its secret is kept as a keyed hash; `ended_at`: taken back, or replaced.

    `by_it`: made by somebody who may do it for a few roles only. Whether a second person is needed is asked when it is
    used, of the roles as they are then; `confirmed_by` is that person.
    """

    __tablename__ = "one_time_links"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    purpose: LinkPurpose = Field(sa_column=enum_column(LinkPurpose, "link_purpose"))
    secret_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    made_by: uuid.UUID = Field(foreign_key="people.id")
    by_it: bool
    created_at: dt.datetime
    expires_at: dt.datetime
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    confirmed_at: dt.datetime | None = None
    used_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None


class Invitation(SQLModel, table=True):
    """Who was asked to join, by whom. Its links come and go; one that was withdrawn is shown to nobody."""

    __tablename__ = "invitations"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", unique=True)
    invited_by: uuid.UUID = Field(foreign_key="people.id")
    language: str | None = Field(default=None, max_length=35)
    created_at: dt.datetime
    accepted_at: dt.datetime | None = None
    withdrawn_at: dt.datetime | None = None
