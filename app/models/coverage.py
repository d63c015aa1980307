"""Gaps as facts: found ahead, told, covered or passed."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary import GapCause, GapNotice, GapState


class CoverageGap(SQLModel, table=True):
    """Time in which a roster should have somebody, and has nobody who can be reached.

    `notice` is the nearest that has been told. `external_entry_id`: a 24/7 service that stands in; the gap stays one.
    """

    __tablename__ = "coverage_gaps"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="order"),
        sa.Index("ix_coverage_gaps_open", "roster_id", "state", "starts_at"),
        sa.Index("ix_coverage_gaps_school", "school_id", "starts_at"),
        sa.Index(
            "ix_coverage_gaps_ends",
            "ends_at",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    roster_id: uuid.UUID = Field(foreign_key="rosters.id")
    cause: GapCause = Field(sa_column=enum_column(GapCause, "gap_cause"))
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: GapState = Field(sa_column=enum_column(GapState, "gap_state"))
    notice: GapNotice | None = Field(default=None, sa_column=enum_column(GapNotice, "gap_notice", nullable=True))
    external_entry_id: str | None = Field(default=None, max_length=80)
    version: int = Field(default=1)
    found_at: dt.datetime
    closed_at: dt.datetime | None = None
