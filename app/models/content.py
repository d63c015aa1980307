"""What a school says over the shipped content, and which reviews it was told to be overdue."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import json_column


class LocalPiece(SQLModel, table=True):
    """A piece of a school's own (`base_version` null), or what it changes of a shipped one, or that it hides it.

    `base_version`: of the shipped piece that was looked at when this was last said. `fields` are empty while
    `hidden_reason` is set. The review is that of the school's words, or of its reason.
    """

    __tablename__ = "local_pieces"
    __table_args__ = (sa.UniqueConstraint("school_id", "piece_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    sort: str = Field(max_length=40)
    piece_id: str = Field(max_length=60)
    language: str = Field(max_length=10)
    fields: dict[str, Any] = Field(sa_column=json_column())
    base_version: str | None = Field(default=None, max_length=32)
    hidden_reason: str | None = Field(default=None, max_length=500)
    reviewed_on: dt.date
    review_by: dt.date
    reviewed_by: uuid.UUID = Field(foreign_key="people.id")
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class ReviewNotice(SQLModel, table=True):
    """A school was told that a piece was due for review on a day: once."""

    __tablename__ = "content_review_notices"
    __table_args__ = (sa.UniqueConstraint("school_id", "piece_id", "due_on"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    piece_id: str = Field(max_length=60)
    due_on: dt.date
    told_at: dt.datetime
