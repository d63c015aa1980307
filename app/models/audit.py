"""The trail of what people of the programme did. Rows are added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id


class AuditEntry(SQLModel, table=True):
    """Someone did something to something. No text, no reporter, no address."""

    __tablename__ = "audit_entries"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID | None = Field(default=None, foreign_key="schools.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    action: str = Field(max_length=60)
    subject: str | None = Field(default=None, max_length=80)
    hour: dt.datetime
