"""Due work, events, and answers kept for retries: the tables behind the engine and the outbox."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, json_column


class WorkItem(SQLModel, table=True):
    """Something to do at `due_at`. The row is deleted in the transaction that does it; `dead` ones wait for a person.

    `fence` counts claims: who was overtaken after a lost lease cannot finish. `attempts` counts those that failed by a
    fault of the work: a worker that was killed is none. No row order is kept (design, 3).
    """

    __tablename__ = "work_items"
    __table_args__ = (
        sa.Index(
            "ix_work_items_due",
            "due_at",
            sqlite_where=sa.text("dead = 0"),
            postgresql_where=sa.text("NOT dead"),
        ),
        sa.Index("ix_work_items_dead", "kind", sqlite_where=sa.text("dead = 1"), postgresql_where=sa.text("dead")),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    kind: str = Field(max_length=60)
    subject: uuid.UUID = Field(index=True)
    payload: dict[str, Any] = Field(sa_column=json_column())
    key: str | None = Field(default=None, max_length=200, unique=True)
    due_at: dt.datetime
    lease_until: dt.datetime | None = None
    fence: int = Field(default=0)
    attempts: int = Field(default=0)
    dead: bool = Field(default=False)
    last_error: str | None = Field(default=None, max_length=200)


class Event(SQLModel, table=True):
    """Something that happened and that someone outside is told. Its id is the `webhook-id` of every delivery.

    `data` is what everyone told may read; `sealed` is added for the person it is addressed to, and nobody else. From
    `over_at` on, which is kept to the hour, nobody needs to hear of it again.
    """

    __tablename__ = "events"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    type: str = Field(max_length=60)
    # Forgotten by it, every hour.
    occurred_at: dt.datetime = Field(index=True)
    data: dict[str, Any] = Field(sa_column=json_column())
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    over_at: dt.datetime | None = None


class IdempotencyKey(SQLModel, table=True):
    """A request that was answered, so that its retry gets the same answer. Refers to nothing that it made.

    `reply` is emptied when it may no longer be repeated; the key then still refuses a second effect.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        # Of those alone that have an answer still: emptied every hour, and whenever a report is erased.
        sa.Index(
            "ix_idempotency_keys_full",
            "replay_until",
            sqlite_where=sa.text("reply IS NOT NULL OR ends_with IS NOT NULL"),
            postgresql_where=sa.text("reply IS NOT NULL OR ends_with IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    key_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, primary_key=True))
    fingerprint: bytes = Field(sa_column=bytes_column())
    reply: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    # A keyed hash of the receipt, under a key of its own: lets the first use of a receipt end the replay.
    ends_with: bytes | None = Field(default=None, sa_column=sa.Column(sa.LargeBinary, index=True, nullable=True))
    replay_until: dt.datetime
    forget_after: dt.datetime = Field(index=True)
