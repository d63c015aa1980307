"""A school's directory: what it says over the national entries, who checked what, and what readers said was wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, json_column


class LocalEntry(SQLModel, table=True):
    """What a school says of one entry of its directory.

    `entry`: all fields of one that is its own (`base_version` null), or the fields that it changes of a national one
    (empty where it changes none). `base_version`: of the national entry that was looked at when it was last changed.
    `hidden_until` null while `hidden_reason` is set: until it is shown again by a person.
    """

    __tablename__ = "local_directory_entries"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "entry_id"),
        sa.UniqueConstraint("school_id", "external_id"),
        sa.Index(
            "ix_local_directory_entries_told",
            "school_id",
            sqlite_where=sa.text("told_overdue_at IS NOT NULL"),
            postgresql_where=sa.text("told_overdue_at IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    entry_id: str = Field(max_length=80)
    entry: dict[str, Any] = Field(sa_column=json_column())
    base_version: str | None = Field(default=None, max_length=32)
    # The base version that a review was last asked for, so that it is asked once.
    told_base_version: str | None = Field(default=None, max_length=32)
    external_id: str | None = Field(default=None, max_length=120)
    hidden_reason: str | None = Field(default=None, max_length=500)
    hidden_until: dt.datetime | None = Field(default=None)
    pinned: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    # Inside its tier; those without one come after those with one.
    position: int | None = Field(default=None)
    # Since its number, hours or address were changed and nobody has checked them; null once somebody has.
    unchecked_since: dt.datetime | None = Field(default=None)
    # When this was last told to be overdue for a check; null once it was checked.
    told_overdue_at: dt.datetime | None = Field(default=None)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    updated_at: dt.datetime | None = Field(default=None)


class EntryVerification(SQLModel, table=True):
    """Somebody has checked an entry. Rows are only added: the latest counts, and changing an entry is no check."""

    __tablename__ = "directory_verifications"
    __table_args__ = (sa.Index(None, "school_id", "entry_id", "verified_at"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    entry_id: str = Field(max_length=80)
    verified_by: uuid.UUID = Field(foreign_key="people.id")
    verified_at: dt.datetime
    method: str = Field(max_length=40)
    evidence: str = Field(max_length=500)
    due_on: dt.date


class EntryCorrection(SQLModel, table=True):
    """A reader says that something is wrong. Nobody is asked who they are: an hour, a kind, and a sealed note."""

    __tablename__ = "directory_corrections"
    __table_args__ = (sa.Index(None, "school_id", "state"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    entry_id: str = Field(max_length=80)
    kind: str = Field(max_length=40)
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    state: str = Field(max_length=40)
    received_hour: dt.datetime
    settled_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    settled_at: dt.datetime | None = Field(default=None)


class PublishedState(SQLModel, table=True):
    """What a collection looked like once, for those who ask what has changed since (contract M3).

    `items`: the digest of each, by id. `digest` is that of all of them: a sync token names it. `created_at`: to a day,
    when it was last the present state.
    """

    __tablename__ = "published_states"
    __table_args__ = (sa.UniqueConstraint("school_id", "collection", "digest"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    collection: str = Field(max_length=40)
    digest: str = Field(max_length=32)
    items: dict[str, Any] = Field(sa_column=json_column())
    created_at: dt.datetime = Field(index=True)
