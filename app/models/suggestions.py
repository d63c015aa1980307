"""Suggestions: what anybody would have otherwise. Nothing of who says it, no order, and no time but the hour."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary.succession import SuggestionState


class Suggestion(SQLModel, table=True):
    """A sealed text and the hour in which it came. Its author has no way back to it."""

    __tablename__ = "suggestions"
    __table_args__ = (sa.Index(None, "school_id", "received_hour"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    text_sealed: bytes = Field(sa_column=bytes_column())
    state: SuggestionState = Field(sa_column=enum_column(SuggestionState, "suggestion_state"))
    received_hour: dt.datetime
    settled_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    settled_hour: dt.datetime | None = None
