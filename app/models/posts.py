"""Posts: who answers for what, whoever that is at the time."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id


class Post(SQLModel, table=True):
    """A responsibility with its holder and deputy. Either may have left since: whoever reads this must look.

    `told_covered` is what was last told of it while nobody held it: whether the deputy stood in. Null: nothing.
    """

    __tablename__ = "posts"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "code"),
        sa.CheckConstraint("holder_id <> deputy_id", name="two_people"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code: str = Field(max_length=40)
    title: str = Field(max_length=120)
    holder_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    deputy_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    told_covered: bool | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime
