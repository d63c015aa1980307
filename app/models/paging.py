"""Escalations: who was asked, in which order, and who answered. Every deadline is a row (design, 4)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import EscalationState, Level, NeedKind, NoteKind, PageState, RosterLine, SubjectKind


class EscalationPolicy(SQLModel, table=True):
    """The steps for one kind of need of a school. A running escalation follows the copy it started with.

    `topic` and `priority` narrow it down; empty, it is for all.
    """

    __tablename__ = "escalation_policies"
    __table_args__ = (sa.UniqueConstraint("school_id", "need", "topic", "priority"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    need: NeedKind = Field(sa_column=enum_column(NeedKind, "policy_need"))
    topic: str = Field(default="", max_length=60)
    priority: str = Field(default="", max_length=40)
    policy: dict[str, Any] = Field(sa_column=json_column())
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class EscalationPolicyVersion(SQLModel, table=True):
    """What a policy said from `created_at` on, until the next version. Rows are added, never changed."""

    __tablename__ = "escalation_policy_versions"
    __table_args__ = (sa.UniqueConstraint("policy_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    # No foreign key: a policy can be removed, what it said stays.
    policy_id: uuid.UUID
    number: int
    policy: dict[str, Any] = Field(sa_column=json_column())
    person_id: uuid.UUID = Field(foreign_key="people.id")
    created_at: dt.datetime


class Escalation(SQLModel, table=True):
    """One matter that a person must answer. `fence` grows with each step: an old timer cannot take a new one's place.

    `next_due_at` is the deadline of the present step; an open escalation always has one, and a work item due then. An
    exhausted one has it where it will be asked through again. `exhausted_at` is the first time: a fact that stays.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        sa.UniqueConstraint("subject_kind", "subject_id"),
        # Of those alone that are not over: the auditor looks at them every minute, whatever has been before.
        sa.Index(
            "ix_escalations_not_over",
            "next_due_at",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    subject_kind: SubjectKind = Field(sa_column=enum_column(SubjectKind, "subject_kind"))
    subject_id: uuid.UUID
    line: RosterLine = Field(sa_column=enum_column(RosterLine, "escalation_line"))
    topic: str | None = Field(default=None, max_length=60)
    priority: str = Field(max_length=40)
    policy: dict[str, Any] = Field(sa_column=json_column())
    # Never asked: people by id, and roles by code, so that it holds for whoever is given one while this runs.
    excluded: list[str] = Field(sa_column=json_column())
    # Nobody but those paged is told anything of it: somebody must not learn that this report exists.
    discreet: bool
    state: EscalationState = Field(sa_column=enum_column(EscalationState, "escalation_state"))
    # Rounds count from 0; in each the steps are asked from the first, or from one that was cut short (decision 61).
    round: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    step: int = Field(default=-1)
    fence: int = Field(default=0)
    # The present round is the one that was promised when everybody had been asked in vain (decision 9).
    asked_again: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    started_at: dt.datetime
    next_due_at: dt.datetime | None = Field(default=None, index=True)
    # Who has just handed it on: not asked in this round.
    handed_over_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    # By when the present step must have reached somebody.
    deliver_by: dt.datetime | None = None
    acknowledged_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    acknowledged_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    exhausted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    # The hour in which a person looked into why nobody answered.
    reviewed_hour: dt.datetime | None = None


class Page(SQLModel, table=True):
    """One person asked at one step. At most one for each person, step and round of an escalation."""

    __tablename__ = "pages"
    __table_args__ = (
        sa.UniqueConstraint("escalation_id", "round", "step", "person_id"),
        sa.Index(None, "person_id", "sent_at", "id"),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    escalation_id: uuid.UUID = Field(foreign_key="escalations.id", index=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    # The school whose handler this person is, where it is not the school of the matter (J11).
    lent_by: uuid.UUID | None = Field(default=None, foreign_key="schools.id")
    # No foreign key: events are pruned, pages are facts that stay.
    event_id: uuid.UUID
    round: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    step: int
    level: Level = Field(sa_column=enum_column(Level, "page_level"))
    state: PageState = Field(sa_column=enum_column(PageState, "page_state"))
    drill: bool = Field(default=False)
    # Told together with others, in one event: that one, once it is sent.
    held: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    told_by: uuid.UUID | None = Field(default=None, index=True)
    # Past facts: which endpoints were tried, in order.
    tried: list[str] = Field(sa_column=json_column())
    sent_at: dt.datetime
    ack_by: dt.datetime
    delivered_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None


class CaseNote(SQLModel, table=True):
    """What somebody who was paged leaves for whoever is asked next; a review, where everybody was asked in vain.

    Never shown to the reporter or supporter.
    """

    __tablename__ = "case_notes"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "position"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    escalation_id: uuid.UUID = Field(foreign_key="escalations.id", index=True)
    position: int
    kind: NoteKind = Field(sa_column=enum_column(NoteKind, "note_kind"))
    person_id: uuid.UUID = Field(foreign_key="people.id")
    body_sealed: bytes = Field(sa_column=bytes_column())
    hour: dt.datetime
