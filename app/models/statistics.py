"""Statistics: what a school goes by, counts that wait for the end of their period, and periods that are closed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, json_column


class StatisticsRules(SQLModel, table=True):
    """One row for each school that has decided something. None: groups of ten, and whole years."""

    __tablename__ = "statistics_rules"

    school_id: uuid.UUID = Field(foreign_key="schools.id", primary_key=True)
    smallest_group: int
    # Each as `StatisticsTerm` (reports/periods.py). A year that has any is counted by them, and never as a year.
    terms: list[dict[str, Any]] = Field(sa_column=json_column())
    version: int = Field(default=1)
    updated_at: dt.datetime


class StatisticsTally(SQLModel, table=True):
    """What was counted of a period's reports when they were erased. Sealed, and emptied when the period is closed:
    counts of few are about people, and nobody reads them."""

    __tablename__ = "statistics_tallies"
    __table_args__ = (sa.UniqueConstraint("school_id", "period"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    period: str = Field(max_length=20)
    counts_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))


class StatisticsPeriod(SQLModel, table=True):
    """A period that is closed. Written once and never changed: what it shows was decided then, for good.

    `shown`: all its tables, as everybody who may see them does. There are no other numbers.
    """

    __tablename__ = "statistics_periods"
    __table_args__ = (sa.UniqueConstraint("school_id", "period"),)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    period: str = Field(max_length=20)
    # Days of the school's own calendar, both included.
    starts_on: dt.date
    ends_on: dt.date
    closed_on: dt.date
    smallest_group: int
    shown: dict[str, Any] = Field(sa_column=json_column())
