"""Succession: plans for who comes next, the shifts at which they look on, and what was told of a programme at risk."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column, json_column
from app.vocabulary.succession import PlanState


class SuccessionPlan(SQLModel, table=True):
    """Who takes over a post, or what a supporter does; exactly one of the two is named. One open plan for each.

    `checklist` are items with `code`, `text` (null for one of the standard ones), `done_by` and `done_on`. A post is
    named by its code, so that it can be done away with.
    """

    __tablename__ = "succession_plans"
    __table_args__ = (
        sa.CheckConstraint("(post_code IS NULL) <> (person_id IS NULL)", name="one_subject"),
        sa.CheckConstraint("successor_id <> person_id", name="two_people"),
        sa.Index(
            "uq_succession_plans_open_post",
            "school_id",
            "post_code",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index(
            "uq_succession_plans_open_person",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    post_code: str | None = Field(default=None, max_length=40)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    successor_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    shadow_from: dt.date | None = None
    checklist: list[dict[str, Any]] = Field(sa_column=json_column())
    state: PlanState = Field(sa_column=enum_column(PlanState, "succession_plan_state"))
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class ShadowShift(SQLModel, table=True):
    """A shift at which somebody looks on. It is named like any shift (models/shifts.py), and is nobody's duty.

    `starts_at` and `ends_at` are where it lay when it was named.
    """

    __tablename__ = "shadow_shifts"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="order"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    plan_id: uuid.UUID = Field(foreign_key="succession_plans.id", index=True)
    # Whose shift it is, and who looks on.
    person_id: uuid.UUID = Field(foreign_key="people.id")
    shadow_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id")
    layer_id: str | None = Field(default=None, max_length=200)
    slot_start: dt.datetime | None = None
    override_id: uuid.UUID | None = None
    starts_at: dt.datetime
    ends_at: dt.datetime


class SuccessionWatch(SQLModel, table=True):
    """What was last told of a programme at risk, one row for each school: the reasons, none where it is well."""

    __tablename__ = "succession_watches"

    school_id: uuid.UUID = Field(foreign_key="schools.id", primary_key=True)
    told: list[str] = Field(sa_column=json_column())
    updated_at: dt.datetime
