"""People of the programme, what they may do, and how they sign in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import GrantEnd, Role


def _no_schools() -> sa.Column[Any]:
    return sa.Column(
        sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False, server_default=sa.text("'[]'")
    )


class Person(SQLModel, table=True):
    """Someone who signs in. A reporter never is one. `school_id` is null for a platform operator only.

    `token_epoch` is in every access token: raising it ends all that were issued so far. `assesses_at` are the slugs of
    the schools whose students this person assesses (domain D17).

    `service`: no human being but a program (models/service_accounts.py), which no list of people shows. `external_id`
    is what the school's own system calls somebody who came by an import; `deprovisioned_at` when that system has ended
    their access, which it alone may then give back.
    """

    __tablename__ = "people"
    __table_args__ = (sa.UniqueConstraint("school_id", "external_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID | None = Field(default=None, foreign_key="schools.id", index=True)
    login: str = Field(max_length=200, unique=True)
    alias: str = Field(max_length=80)
    password_hash: str | None = Field(default=None, max_length=400)
    active: bool = Field(default=True)
    assesses_at: list[str] = Field(default_factory=list, sa_column=_no_schools())
    token_epoch: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # When they left the programme; who has come back has left no more.
    left_at: dt.datetime | None = None
    service: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    external_id: str | None = Field(default=None, max_length=100)
    deprovisioned_at: dt.datetime | None = None
    created_at: dt.datetime


class RoleGrant(SQLModel, table=True):
    """A role of a person. Ending it is a fact with a time; the row stays.

    Whether it holds now, identity/grant_states.py says: neither a row nor an empty `ended_at` does. `confirm_by` is
    empty where no second person is waited for, any more or from the start. `granted_by` and `ended_by` are empty for
    the command line and for time.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        sa.Index(
            "uq_role_grants_current",
            "person_id",
            "role",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    role: Role = Field(sa_column=enum_column(Role, "role"))
    granted_at: dt.datetime
    granted_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    confirm_by: dt.datetime | None = None
    confirmed_at: dt.datetime | None = None
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    ended_at: dt.datetime | None = None
    ended_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    ended_because: GrantEnd | None = Field(
        default=None, sa_column=enum_column(GrantEnd, "role_grant_end", nullable=True)
    )


class SignIn(SQLModel, table=True):
    """A refresh family: what one sign-in on one device led to. Revoking it ends all its tokens.

    `device` is what its owner calls it, if they do. Nothing else of it is kept: no address, no name of a program.
    One that came from the school's own provider has the roles that its claims gave, and ends at `ends_at`, when the
    claims have to be asked for anew. `provider_id` is no foreign key: what was removed leaves the record as it is.
    """

    __tablename__ = "sign_ins"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    created_at: dt.datetime
    last_used_at: dt.datetime
    device: str | None = Field(default=None, max_length=60)
    revoked_at: dt.datetime | None = None
    revoked_because: str | None = Field(default=None, max_length=40)
    provider_id: uuid.UUID | None = Field(default=None, index=True)
    claimed_roles: list[str] | None = Field(default=None, sa_column=json_column(nullable=True))
    ends_at: dt.datetime | None = None


class RefreshToken(SQLModel, table=True):
    """One token of a family, kept as a keyed hash. `used_at` starts the grace in which a retry is honest."""

    __tablename__ = "refresh_tokens"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    sign_in_id: uuid.UUID = Field(foreign_key="sign_ins.id", index=True)
    token_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    expires_at: dt.datetime
    used_at: dt.datetime | None = None


class SigningKey(SQLModel, table=True):
    """A key pair for access tokens. Published while `retired_at` is empty or in the future."""

    __tablename__ = "signing_keys"

    kid: str = Field(max_length=40, primary_key=True)
    public_pem: str = Field(max_length=1000)
    private_sealed: bytes = Field(sa_column=bytes_column())
    created_at: dt.datetime
    retired_at: dt.datetime | None = None
