"""Pauses, and the talk that is offered to a supporter after something urgent. Hours, and no reason but a shared one."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary.supporters import AppealDecision, DebriefState, PauseReason


class Pause(SQLModel, table=True):
    """What a pause is beside the absence that it is on the rosters, which says from when to when.

    `asked_by` null: somebody's own, which nobody else ends. `reason` is kept where its person wants coordinators to
    know it, and is otherwise nowhere. The note is what the programme said when it asked for a pause.
    """

    __tablename__ = "pauses"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    absence_id: uuid.UUID = Field(foreign_key="absences.id", unique=True)
    asked_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    reason: PauseReason | None = Field(default=None, sa_column=enum_column(PauseReason, "pause_reason", nullable=True))
    # The day, in the school's zone, on which its person is asked how it is.
    review_on: dt.date
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    appeal_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    appealed_hour: dt.datetime | None = None
    decision: AppealDecision | None = Field(
        default=None, sa_column=enum_column(AppealDecision, "pause_appeal_decision", nullable=True)
    )
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    decided_hour: dt.datetime | None = None
    version: int = Field(default=1)


class DebriefOffer(SQLModel, table=True):
    """A talk that a supporter is offered. It names no contact: what it came of is over, and nobody's business."""

    __tablename__ = "debrief_offers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    # With whom: an adviser who was on call when it was offered.
    adviser_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    state: DebriefState = Field(sa_column=enum_column(DebriefState, "debrief_state"))
    offered_hour: dt.datetime
    # After this it is over by itself.
    open_until: dt.datetime
    # When the supporter would like to talk.
    wanted_at: dt.datetime | None = None
    version: int = Field(default=1)
