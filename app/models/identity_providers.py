"""The school's own sign-in: whom it is asked of, whom a token of it stands for, and which tokens were used."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import json_column


class IdentityProvider(SQLModel, table=True):
    """An OpenID Connect provider of a school. `issuer` never changes: people are known by it and their subject.

    `rules` are those of sso/schemas.py, in JSON. A sign-in lasts `sign_in_days` before its claims are asked for anew.
    """

    __tablename__ = "identity_providers"
    __table_args__ = (sa.UniqueConstraint("school_id", "issuer"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    name: str = Field(max_length=120)
    issuer: str = Field(max_length=300)
    client_ids: list[str] = Field(sa_column=json_column())
    rules: list[dict[str, Any]] = Field(sa_column=json_column())
    alias_claim: str | None = Field(default=None, max_length=120)
    external_id_claim: str | None = Field(default=None, max_length=120)
    sign_in_days: int
    enabled: bool
    created_at: dt.datetime
    updated_at: dt.datetime


class PersonIdentity(SQLModel, table=True):
    """Who a person is to an issuer (OpenID Connect Core, 2). It outlives the provider's entry: who has left, stays out
    when the same provider is registered again."""

    __tablename__ = "person_identities"
    __table_args__ = (sa.UniqueConstraint("school_id", "issuer", "subject"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    issuer: str = Field(max_length=300)
    subject: str = Field(max_length=255)
    linked_at: dt.datetime


class UsedIdToken(SQLModel, table=True):
    """An ID token that was used, as a keyed hash, until nobody would accept it any more. `sign_in_id` is what it opened
    or was linked in; null when it opened nothing."""

    __tablename__ = "used_id_tokens"

    token_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, primary_key=True))
    sign_in_id: uuid.UUID | None = Field(default=None, foreign_key="sign_ins.id", index=True, ondelete="CASCADE")
    used_at: dt.datetime
    expires_at: dt.datetime = Field(index=True)
