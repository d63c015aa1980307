"""How long things are kept, what must not be erased, and the runs that erase the rest (domain, 3.5)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import RetentionAction, SubjectKind
from app.vocabulary.keeping import RetentionClass, RetentionResult, RetentionRunState, RetentionTrigger


class RetentionPolicy(SQLModel, table=True):
    """How long a school keeps one class of things. No row: the suggested default (retention/policies.py)."""

    __tablename__ = "retention_policies"
    __table_args__ = (sa.UniqueConstraint("school_id", "retention_class"),)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    retention_class: RetentionClass = Field(sa_column=enum_column(RetentionClass, "policy_class"))
    # None: kept until the school says otherwise.
    period_days: int | None = None
    trigger: RetentionTrigger = Field(sa_column=enum_column(RetentionTrigger, "policy_trigger"))
    action: RetentionAction = Field(sa_column=enum_column(RetentionAction, "policy_action"))
    # Which law, or whose authority, says so. About a class of things, never about a report.
    authority_ref: str | None = Field(default=None, max_length=500)
    automatic: bool
    changed_by: uuid.UUID = Field(foreign_key="people.id")
    changed_hour: dt.datetime
    version: int = Field(default=1)


class LegalHold(SQLModel, table=True):
    """Nothing of this report, or without one of the whole school, is erased until it is released."""

    __tablename__ = "legal_holds"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    report_id: uuid.UUID | None = Field(default=None, foreign_key="reports.id", index=True)
    reason_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    authority_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    placed_by: uuid.UUID = Field(foreign_key="people.id")
    placed_hour: dt.datetime
    released_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    released_hour: dt.datetime | None = None
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))


class RetentionRun(SQLModel, table=True):
    """One erasure run, or a dry one, which only lists. `person_id`: who asked for it; nobody where the week did.

    Its times are exact: which list is the newest must be known, and no reporter was there.
    """

    __tablename__ = "retention_runs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    dry_run: bool
    # Begun by itself: each week a dry one, then one that erases what policies say is erased without being asked.
    automatic: bool
    # The dry run whose list this one goes by.
    listed_by: uuid.UUID | None = Field(default=None, foreign_key="retention_runs.id")
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    state: RetentionRunState = Field(sa_column=enum_column(RetentionRunState, "run_state"))
    started_at: dt.datetime
    finished_at: dt.datetime | None = None


class RetentionItem(SQLModel, table=True):
    """One record of a run, and what was found. What is still `due` in a run that erases is what is left to do."""

    __tablename__ = "retention_items"
    __table_args__ = ({"sqlite_with_rowid": False},)

    run_id: uuid.UUID = Field(foreign_key="retention_runs.id", primary_key=True)
    # No foreign key: of a report, or of an advice request.
    subject_id: uuid.UUID = Field(primary_key=True, index=True)
    subject_kind: SubjectKind = Field(sa_column=enum_column(SubjectKind, "item_subject_kind"))
    retention_class: RetentionClass = Field(sa_column=enum_column(RetentionClass, "item_class"))
    result: RetentionResult = Field(sa_column=enum_column(RetentionResult, "item_result"))
