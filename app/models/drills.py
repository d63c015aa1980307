"""Drills: test pages, and who answered them (domain, 2.2)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary import Level, RosterLine


class Drill(SQLModel, table=True):
    """One round of test pages. `person_id` is who asked for it; nobody where it was the weekly one."""

    __tablename__ = "drills"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    started_at: dt.datetime
    ends_at: dt.datetime
    told: bool = Field(default=False)


class DrillPage(SQLModel, table=True):
    """One person of a drill, and where they are on duty. Its id is the subject of an escalation of their own."""

    __tablename__ = "drill_pages"
    __table_args__ = (sa.UniqueConstraint("drill_id", "person_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    drill_id: uuid.UUID = Field(foreign_key="drills.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    # None for somebody who is asked last, whoever is on duty.
    line: RosterLine | None = Field(default=None, sa_column=enum_column(RosterLine, "drill_line", nullable=True))
    level: Level = Field(sa_column=enum_column(Level, "drill_level"))
