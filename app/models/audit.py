"""The trail of what people of the programme did, and the chain that proves it whole. Rows are added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column


class AuditEntry(SQLModel, table=True):
    """Someone did something to something. No text, no reporter, no address.

    `block` is the link of its chain that it belongs to, about an hour; within one there is no order. Both that and
    `mac` are null only for what was written before there were chains, until `peerline migrate` takes it in.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        sa.Index(None, "school_id", "block"),
        sa.Index(None, "school_id", "hour", "id"),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID | None = Field(default=None, foreign_key="schools.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    action: str = Field(max_length=60)
    subject: str | None = Field(default=None, max_length=80, index=True)
    hour: dt.datetime
    block: int | None = Field(default=None)
    mac: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))


class AuditBlock(SQLModel, table=True):
    """A finished link of a chain: how many entries are under its number, and what their marks add up to.

    `legacy`: they were there before the chain, which says nothing of what became of them until then.
    """

    __tablename__ = "audit_blocks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    chain: uuid.UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    hour: dt.datetime
    count: int
    total: bytes = Field(sa_column=bytes_column())
    legacy: bool
    previous: bytes = Field(sa_column=bytes_column())
    mac: bytes = Field(sa_column=bytes_column())


class AuditHead(SQLModel, table=True):
    """Where a chain stands: the link that entries are being added to, and how far it was pruned from its beginning.

    `chain` is the school's id, or the nil UUID for the deployment. `anchor` is the mac of the last link that was
    pruned, `last` that of the newest finished one.
    """

    __tablename__ = "audit_heads"
    __table_args__ = ({"sqlite_with_rowid": False},)

    chain: uuid.UUID = Field(primary_key=True)
    number: int
    hour: dt.datetime
    count: int
    total: bytes = Field(sa_column=bytes_column())
    last: bytes = Field(sa_column=bytes_column())
    pruned_to: int
    anchor: bytes = Field(sa_column=bytes_column())
    mac: bytes = Field(sa_column=bytes_column())
