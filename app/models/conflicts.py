"""Who was found to be concerned by a report, and to whom a report for independent handlers is given (J14)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import ConflictKind


class ReportConflict(SQLModel, table=True):
    """Somebody was kept out of a report after it had come: by whom, why, and in which hour.

    That it is kept from them is a row of `report_exclusions`, as if the reporter had named them.
    """

    __tablename__ = "report_conflicts"
    __table_args__ = (sa.UniqueConstraint("report_id", "person_id"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    declared_by: uuid.UUID = Field(foreign_key="people.id")
    kind: ConflictKind = Field(sa_column=enum_column(ConflictKind, "conflict_kind"))
    reason_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    hour: dt.datetime


class ReportGrant(SQLModel, table=True):
    """A report for independent handlers that one of them has in hand. They find this one, and no other.

    `given_by` is empty where they took it on themselves, when they were paged for it.
    """

    __tablename__ = "report_grants"
    __table_args__ = ({"sqlite_with_rowid": False},)

    report_id: uuid.UUID = Field(foreign_key="reports.id", primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True, index=True)
    given_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    given_hour: dt.datetime
    ended_hour: dt.datetime | None = None
