"""Training of supporters: what somebody is to do, and what they have. Of an attempt only that it passed is kept."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary.training import TrainingKind, TrainingNotice


class TrainingAssignment(SQLModel, table=True):
    """A module that somebody is to do by a day of the school's. One at a time is open for a person and a module.

    `assigned_by` null: by the rule that everybody has both, and has them again before they end. `told` is the nearest
    notice of it that was given.
    """

    __tablename__ = "training_assignments"
    __table_args__ = (sa.Index("ix_training_assignments_person", "person_id", "done_on"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    module: str = Field(max_length=40)
    assigned_on: dt.date
    assigned_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    due_on: dt.date
    done_on: dt.date | None = None
    told: TrainingNotice | None = Field(
        default=None, sa_column=enum_column(TrainingNotice, "training_notice", nullable=True)
    )


class TrainingRecord(SQLModel, table=True):
    """That somebody has a part of a module, from the day they had it to the end of `valid_until` at the school.

    `needs_in_person`: the school asked for that as well when these exercises were passed. `module_version` is that of
    the exercises. There is no score, no answer, and no word of how often somebody tried.
    """

    __tablename__ = "training_records"
    __table_args__ = (
        sa.Index("ix_training_records_person", "person_id", "module"),
        sa.CheckConstraint("valid_until >= held_on", name="order"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    module: str = Field(max_length=40)
    kind: TrainingKind = Field(sa_column=enum_column(TrainingKind, "training_kind"))
    module_version: str | None = Field(default=None, max_length=200)
    held_on: dt.date
    valid_until: dt.date
    needs_in_person: bool
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
