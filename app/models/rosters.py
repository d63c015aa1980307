"""Rosters as stored: definitions that rule one after another, overrides, absences, and who was on call."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column, json_column
from app.vocabulary import AbsenceKind, Expects, Level, OverrideOrigin, RosterLine


class Roster(SQLModel, table=True):
    """Who answers a line at a level, and when. `version` grows with every change of what it says.

    Until `recorded_until` it is a fact who was on call (RosterRecord); from then on it is what the definition says.
    """

    __tablename__ = "rosters"
    __table_args__ = (sa.UniqueConstraint("school_id", "line", "level", "name"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    name: str = Field(max_length=200)
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "roster_line"))
    level: Level = Field(sa_column=enum_column(Level, "roster_level"))
    expects: Expects = Field(sa_column=enum_column(Expects, "roster_expects"))
    recorded_until: dt.datetime
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class RosterVersion(SQLModel, table=True):
    """A definition (contract 1.3, without its overrides) that rules from one instant to the next version's.

    Kept for good: what it said of a time that it no longer rules is what a calendar has to cancel.
    """

    __tablename__ = "roster_versions"
    __table_args__ = (sa.UniqueConstraint("roster_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id", index=True)
    number: int
    effective_from: dt.datetime
    # The next version's `effective_from`; equal to one's own where that one took its place before it had begun.
    effective_until: dt.datetime | None = None
    definition: dict[str, Any] = Field(sa_column=json_column())
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    created_at: dt.datetime


class RosterOverride(SQLModel, table=True):
    """A change for a time: `person_id` null takes cover away; `replaces` limits it to one person's shifts.

    `layer_id` and `slot_start` name the shift that it follows, where it came from an offer or a swap; `whole`: all of
    it. One that was taken back stays, with `removed_at`.
    """

    __tablename__ = "roster_overrides"
    __table_args__ = (
        sa.UniqueConstraint("roster_id", "created_seq"),
        sa.CheckConstraint("ends_at > starts_at", name="order"),
        sa.Index("ix_roster_overrides_ends", "roster_id", "ends_at"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    replaces: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    starts_at: dt.datetime
    ends_at: dt.datetime
    created_seq: int
    origin: OverrideOrigin = Field(sa_column=enum_column(OverrideOrigin, "override_origin"))
    origin_id: uuid.UUID | None = Field(default=None, index=True)
    reason: str | None = Field(default=None, max_length=200)
    layer_id: str | None = Field(default=None, max_length=200)
    slot_start: dt.datetime | None = None
    whole: bool
    removed_at: dt.datetime | None = None


class Absence(SQLModel, table=True):
    """Somebody is on no roster from `starts_at` until `ends_at`; null: until further notice.

    Ending one early sets `ends_at`; one that was called off before it began has `removed_at`. With a `line` it follows
    from what that line asks of its people, such as training: it keeps them off its rosters alone, and nobody ends it by
    hand.
    """

    __tablename__ = "absences"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="order"),
        sa.Index("ix_absences_person", "person_id", "ends_at"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    kind: AbsenceKind = Field(sa_column=enum_column(AbsenceKind, "absence_kind"))
    line: str | None = Field(default=None, max_length=40)
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    removed_at: dt.datetime | None = None
    version: int = Field(default=1)
    created_at: dt.datetime


class RosterRecord(SQLModel, table=True):
    """A stretch of the past: who was on call, and by what. Written once, never changed (roster-semantics, rule 8).

    `turns` are [person, layer, start of the slot] of all that stood behind it.
    """

    __tablename__ = "roster_records"
    __table_args__ = (sa.UniqueConstraint("roster_id", "starts_at"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id")
    starts_at: dt.datetime
    ends_at: dt.datetime
    on_call: list[str] = Field(sa_column=json_column())
    turns: list[list[str]] = Field(sa_column=json_column())
    override_id: uuid.UUID | None = None
    away: list[str] = Field(sa_column=json_column())
