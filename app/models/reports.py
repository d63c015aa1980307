"""Reports: rows that say nothing of who wrote them. No order, no counter, no address (design, 1.7 and 3)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.hours import HourOf
from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import MessageAuthor, ReportState

# What the indexes of reports are of, before there is a table to name.
SUBMITTED_HOUR = HourOf(sa.column("submitted_at"))
OPEN = "state NOT IN ('closed', 'expired', 'withdrawn')"


class Report(SQLModel, table=True):
    """A worry about a peer. `submitted_at` is exact while the report is open, and its hour after that.

    `identity_purpose` names the key that sealed `identity_sealed`: `content`, or `life_at_risk`, which only a
    recorded decision opens.
    """

    __tablename__ = "reports"
    __table_args__ = (
        # The queue of a school: what waits for an answer soonest, first, then the oldest hour.
        sa.Index("ix_reports_queue_by_hour", "school_id", "response_rank", SUBMITTED_HOUR, "id"),
        # Of those alone that are open: what is asked for all day, in ten years of what is over. Without the hour in it,
        # a database goes through all of the queue instead, where what it finds is in order.
        sa.Index(
            "ix_reports_open_by_hour",
            "school_id",
            "response_rank",
            SUBMITTED_HOUR,
            "id",
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
        # A school's records, for privacy officers: the oldest hour first.
        sa.Index("ix_reports_by_hour", "school_id", SUBMITTED_HOUR, "id"),
        # Both are of no use but to the code of 0.1.0, which sorts by the hour itself: they go in the next release.
        sa.Index("ix_reports_queue", "school_id", "response_rank", "id"),
        sa.Index(
            "ix_reports_open",
            "school_id",
            "response_rank",
            "id",
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
        # Of those alone that are in a group: an index is written with every report.
        sa.Index(
            "ix_reports_group_id",
            "group_id",
            sqlite_where=sa.text("group_id IS NOT NULL"),
            postgresql_where=sa.text("group_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    receipt_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    receipt_good_until: dt.date
    state: ReportState = Field(sa_column=enum_column(ReportState, "report_state"))
    about_whom: str = Field(max_length=40)
    about_role: str = Field(max_length=40)
    # Only independent handlers may know of it: it concerns the programme's own people (J14).
    independent: bool
    signs: list[str] = Field(sa_column=json_column())
    priority_stated: str = Field(max_length=40)
    needs_person_check: bool
    wants: str = Field(max_length=40)
    details: dict[str, Any] = Field(sa_column=json_column())
    narrative_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    identity_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    identity_purpose: str | None = Field(default=None, max_length=40)
    statement_version: str | None = Field(default=None, max_length=40)
    promise: dict[str, Any] = Field(sa_column=json_column())
    submitted_at: dt.datetime
    claimed_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    # How soon a person should answer: 0 for `now`, as guidance.signs ranks it. Readers are shown the lowest first.
    response_rank: int = Field(default=2, sa_column_kwargs={"server_default": "2"})
    # What handlers have set instead of what was stated.
    priority_set: str | None = Field(default=None, max_length=40)
    # Reports about the same worry carry the same id, which is of nothing else.
    group_id: uuid.UUID | None = None
    # Its words are hurtful, or the report was no worry: readers get them only where they ask for them.
    text_hidden: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    # The hour of the last thing that anybody did with it; what has just been updated is not erased.
    updated_hour: dt.datetime
    closed_hour: dt.datetime | None = None
    # Asked to be withdrawn in this hour; until `undo_until`, a whole hour, that can be undone.
    withdrawn_hour: dt.datetime | None = None
    undo_until: dt.datetime | None = None
    # Withdrawn, yet not destroyed: its words are for nobody but who must still decide.
    restricted: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    # Nothing but this tombstone is left.
    erased_hour: dt.datetime | None = None
    version: int = Field(default=1)


class ReportMessage(SQLModel, table=True):
    """One message of the dialogue. `position` counts within the report; there is no global order."""

    __tablename__ = "report_messages"
    __table_args__ = (sa.UniqueConstraint("report_id", "position"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    position: int
    author: MessageAuthor = Field(sa_column=enum_column(MessageAuthor, "message_author"))
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    body_sealed: bytes = Field(sa_column=bytes_column())
    # Hurtful to whoever reads it: shown only where they ask for it.
    hidden: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    sent_at: dt.datetime


class ReportExclusion(SQLModel, table=True):
    """A person for whom this report does not exist (STUDY, J14)."""

    __tablename__ = "report_exclusions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    report_id: uuid.UUID = Field(foreign_key="reports.id", primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True, index=True)


class ReportExcludedRole(SQLModel, table=True):
    """A role from which the report is kept: also from whoever is given it later."""

    __tablename__ = "report_excluded_roles"
    __table_args__ = ({"sqlite_with_rowid": False},)

    report_id: uuid.UUID = Field(foreign_key="reports.id", primary_key=True)
    role: str = Field(max_length=40, primary_key=True)


class ReportAccess(SQLModel, table=True):
    """Who read a report, and when, once for each person and hour. The reporter sees role and hour, never a name."""

    __tablename__ = "report_accesses"
    __table_args__ = ({"sqlite_with_rowid": False},)

    report_id: uuid.UUID = Field(foreign_key="reports.id", primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True)
    role: str = Field(max_length=40, primary_key=True)
    hour: dt.datetime = Field(primary_key=True)
