"""Tenants: a school, its placement sites, and the keys of its texts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import SchoolStatus


class School(SQLModel, table=True):
    """One tenant. `policies` holds its reading hours and advice clocks (schools/policies.py).

    `status`: only one that is active is asked for anything (schools/service.py). A row that says nothing of it was
    there before there was a word for it.
    """

    __tablename__ = "schools"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    region: str = Field(max_length=10)
    time_zone: str = Field(max_length=64)
    program_type: str = Field(max_length=40)
    years: int
    features: dict[str, Any] = Field(sa_column=json_column())
    policies: dict[str, Any] = Field(sa_column=json_column())
    # Another one for each change to its directory: what is kept of that is kept for one of these (directory/words.py).
    directory_revision: str = Field(default="0", max_length=32, sa_column_kwargs={"server_default": "0"})
    demo: bool = Field(default=False)
    status: SchoolStatus = Field(
        default=SchoolStatus.DRAFT,
        sa_column=enum_column(SchoolStatus, "school_status", default=SchoolStatus.ACTIVE),
    )
    created_at: dt.datetime


class StatementAdoption(SQLModel, table=True):
    """The version of the privacy statement that a school has made its own. The audit log has the earlier ones."""

    __tablename__ = "statement_adoptions"

    school_id: uuid.UUID = Field(foreign_key="schools.id", primary_key=True)
    statement_version: str = Field(max_length=40)
    adopted_by: uuid.UUID = Field(foreign_key="people.id")
    adopted_hour: dt.datetime


class Site(SQLModel, table=True):
    """A place where students study or are placed. Directory entries name the sites they belong to (STUDY I07)."""

    __tablename__ = "sites"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=40)
    region: str = Field(max_length=10)
    is_teaching_site: bool
    # Degrees, WGS 84: of the place, for how far it is from there to a service. Nobody's own place is ever asked.
    latitude: float | None = Field(default=None)
    longitude: float | None = Field(default=None)
    # No longer used for placements; reports and entries that name it still do.
    retired: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    updated_at: dt.datetime | None = Field(default=None)


class DataKey(SQLModel, table=True):
    """A data key, wrapped by a master key. `owner` is a school's id, or `deployment`.

    The highest generation seals; an earlier one opens what it sealed until all of that is sealed anew.
    """

    __tablename__ = "data_keys"
    __table_args__ = (sa.UniqueConstraint("owner", "purpose", "generation"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    owner: str = Field(max_length=40)
    purpose: str = Field(max_length=40)
    generation: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    master_kid: str = Field(max_length=80)
    wrapped: bytes = Field(sa_column=bytes_column())
    created_at: dt.datetime
