"""Case advice: what a supporter asks, and the thread with the adviser who answers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import AdviceOutcome, AdviceStatus, MessageAuthor, RosterLine, Topic


class AdviceRequest(SQLModel, table=True):
    """A question. There is no field for a name, on purpose (J4)."""

    __tablename__ = "advice_requests"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    topic: Topic = Field(sa_column=enum_column(Topic, "advice_topic"))
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "advice_line"))
    priority: str = Field(max_length=40)
    summary_sealed: bytes = Field(sa_column=bytes_column())
    promise: dict[str, Any] = Field(sa_column=json_column())
    # What the supporter does next; said when they close it.
    outcome: AdviceOutcome | None = Field(
        default=None, sa_column=enum_column(AdviceOutcome, "advice_outcome", nullable=True)
    )
    status: AdviceStatus = Field(sa_column=enum_column(AdviceStatus, "advice_status"))
    version: int = Field(default=1)
    created_at: dt.datetime
    # Its texts are gone since then; the rest is kept for counting.
    erased_hour: dt.datetime | None = None


class AdviceMessage(SQLModel, table=True):
    """One message of an advice thread."""

    __tablename__ = "advice_messages"
    __table_args__ = (sa.UniqueConstraint("request_id", "position"),)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    request_id: uuid.UUID = Field(foreign_key="advice_requests.id", index=True)
    position: int
    author: MessageAuthor = Field(sa_column=enum_column(MessageAuthor, "advice_author"))
    person_id: uuid.UUID = Field(foreign_key="people.id")
    body_sealed: bytes = Field(sa_column=bytes_column())
    sent_at: dt.datetime
