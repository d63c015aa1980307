"""Supervision: when supporters meet somebody who looks after them in it, and who was there. Not what was said."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary.training import Attendance, SupervisionKind


class SupervisionSession(SQLModel, table=True):
    """One meeting. Those that were planned together share `series_id`, and begin at one time of the school's clock.

    One that is called off before it begins is deleted.
    """

    __tablename__ = "supervision_sessions"
    __table_args__ = (sa.Index("ix_supervision_sessions_starts", "school_id", "starts_at"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    series_id: uuid.UUID = Field(index=True)
    kind: SupervisionKind = Field(sa_column=enum_column(SupervisionKind, "supervision_kind"))
    supervisor_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str | None = Field(default=None, max_length=200)
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class SupervisionAttendee(SQLModel, table=True):
    """Somebody who is to be there. `attendance` null: nobody has said yet."""

    __tablename__ = "supervision_attendees"

    session_id: uuid.UUID = Field(foreign_key="supervision_sessions.id", primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True, index=True)
    attendance: Attendance | None = Field(
        default=None, sa_column=enum_column(Attendance, "supervision_attendance", nullable=True)
    )


class SupervisionClock(SQLModel, table=True):
    """From when on somebody's time without supervision counts, if they have been to none since.

    Pauses that ended by `pauses_until` are in it already: what is over of a pause is forgotten after a while.
    `told_from`: the instant from which it counted when it was last told to be overdue.
    """

    __tablename__ = "supervision_clocks"

    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    counts_from: dt.datetime
    pauses_until: dt.datetime
    told_from: dt.datetime | None = None
