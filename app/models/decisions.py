"""Confidentiality decisions: that somebody is told more than was agreed, who decided it, and what they read before."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import ConfidentialityBasis, SecondPersonState


class ConfidentialityDecision(SQLModel, table=True):
    """One proposal, and what became of it. Rows are never removed: what was told cannot be taken back (STUDY I05).

    `threshold` is the text that the decider had before them. `alone_from`, the only exact time, is there while a second
    person is waited for, and no longer. What anybody wrote is sealed.
    """

    __tablename__ = "confidentiality_decisions"
    __table_args__ = (
        # What waits for a second person is asked for with every list of reports.
        sa.Index(
            "ix_confidentiality_decisions_awaiting",
            "report_id",
            sqlite_where=sa.text("state = 'awaiting_second_person'"),
            postgresql_where=sa.text("state = 'awaiting_second_person'"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    state: SecondPersonState = Field(sa_column=enum_column(SecondPersonState, "decision_state"))
    basis: ConfidentialityBasis = Field(sa_column=enum_column(ConfidentialityBasis, "decision_basis"))
    jurisdiction: str = Field(max_length=10)
    threshold_version: str = Field(max_length=40)
    threshold: dict[str, Any] = Field(sa_column=json_column())
    necessary_because_sealed: bytes = Field(sa_column=bytes_column())
    disclosed_what_sealed: bytes = Field(sa_column=bytes_column())
    disclosed_to_sealed: bytes = Field(sa_column=bytes_column())
    person_told: bool
    person_not_told_because_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    opens_identity: bool
    # Somebody had said no to telling more of this report before.
    after_decline: bool
    decided_by: uuid.UUID = Field(foreign_key="people.id")
    decided_as: str = Field(max_length=40)
    proposed_hour: dt.datetime
    alone_from: dt.datetime | None = None
    second_person: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    second_as: str | None = Field(default=None, max_length=40)
    second_note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    settled_hour: dt.datetime | None = None
    alone: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    alone_reason_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    # By when somebody must have looked into one that was made alone: a whole hour.
    review_by: dt.datetime | None = None
    reviewed_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    reviewed_hour: dt.datetime | None = None
    review_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
