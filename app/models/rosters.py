"""Rosters as stored: a definition that rendering reads, and its overrides."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column, json_column
from app.vocabulary import Level, RosterLine


class Roster(SQLModel, table=True):
    """Who answers a line at a level, and when. `definition` is contract 1.3 without its overrides."""

    __tablename__ = "rosters"
    __table_args__ = (sa.UniqueConstraint("school_id", "line", "level"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    name: str = Field(max_length=200)
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "roster_line"))
    level: Level = Field(sa_column=enum_column(Level, "roster_level"))
    definition: dict[str, Any] = Field(sa_column=json_column())
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class RosterOverride(SQLModel, table=True):
    """A change for a time: `person_id` null takes cover away; `replaces` limits it to one person's shifts."""

    __tablename__ = "roster_overrides"
    __table_args__ = (
        sa.UniqueConstraint("roster_id", "created_seq"),
        sa.CheckConstraint("ends_at > starts_at", name="order"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    replaces: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    starts_at: dt.datetime
    ends_at: dt.datetime
    created_seq: int
