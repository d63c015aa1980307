"""Programs of a school that act without a person: which, by which secrets, for what, and until when."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import bytes_column, json_column


class ServiceAccount(SQLModel, table=True):
    """What is more than a row of `people` (flag `service`) about a program; `id` is that row's, and the client id.

    A secret is kept as a keyed hash. Its own id is in each token it opened, so that those end with it. `scopes` are
    codes of `Scope`, in order.
    """

    __tablename__ = "service_accounts"

    id: uuid.UUID = Field(foreign_key="people.id", primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    scopes: list[str] = Field(sa_column=json_column())
    expires_at: dt.datetime
    secret_id: uuid.UUID = Field(default_factory=new_id)
    secret_hash: bytes = Field(sa_column=bytes_column())
    previous_secret_id: uuid.UUID | None = None
    previous_secret_hash: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    previous_secret_until: dt.datetime | None = None
    last_used_hour: dt.datetime | None = None
    version: int = 0
    created_by: uuid.UUID = Field(foreign_key="people.id")
    created_at: dt.datetime
    updated_at: dt.datetime
    ended_at: dt.datetime | None = None
