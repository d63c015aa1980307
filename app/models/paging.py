"""Escalations: who was asked, in which order, and who answered. Every deadline is a row (design, 4)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import enum_column, json_column
from app.vocabulary import EscalationState, Level, PageState, RosterLine, SubjectKind


class EscalationPolicy(SQLModel, table=True):
    """The steps for one line of one school. A running escalation follows the copy it started with."""

    __tablename__ = "escalation_policies"
    __table_args__ = (sa.UniqueConstraint("school_id", "line"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "policy_line"))
    policy: dict[str, Any] = Field(sa_column=json_column())


class Escalation(SQLModel, table=True):
    """One matter that a person must answer. `fence` grows with each step: an old timer cannot take a new one's place.

    `next_due_at` is the deadline of the present step; an open escalation always has one, and a work item due then. An
    exhausted one has it where it will be asked through again. `exhausted_at` is the first time: a fact that stays.
    """

    __tablename__ = "escalations"
    __table_args__ = (sa.UniqueConstraint("subject_kind", "subject_id"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    subject_kind: SubjectKind = Field(sa_column=enum_column(SubjectKind, "subject_kind"))
    subject_id: uuid.UUID
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "escalation_line"))
    priority: str = Field(max_length=40)
    policy: dict[str, Any] = Field(sa_column=json_column())
    # Never asked: people by id, and roles by code, so that it holds for whoever is given one while this runs.
    excluded: list[str] = Field(sa_column=json_column())
    # Nobody but those paged is told anything of it: somebody must not learn that this report exists.
    discreet: bool
    state: EscalationState = Field(sa_column=enum_column(EscalationState, "escalation_state"))
    step: int = Field(default=-1)
    fence: int = Field(default=0)
    started_at: dt.datetime
    next_due_at: dt.datetime | None = Field(default=None, index=True)
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    acknowledged_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    exhausted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None


class Page(SQLModel, table=True):
    """One person asked at one step. At most one for each person and step of an escalation."""

    __tablename__ = "pages"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "step", "person_id"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    escalation_id: uuid.UUID = Field(foreign_key="escalations.id", index=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    # No foreign key: events are pruned, pages are facts that stay.
    event_id: uuid.UUID
    step: int
    level: Level = Field(sa_column=enum_column(Level, "page_level"))
    state: PageState = Field(sa_column=enum_column(PageState, "page_state"))
    drill: bool = Field(default=False)
    # Past facts: which endpoints were tried, in order.
    tried: list[str] = Field(sa_column=json_column())
    sent_at: dt.datetime
    ack_by: dt.datetime
    delivered_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None
