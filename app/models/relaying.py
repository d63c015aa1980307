"""What may be told of a report to whoever helps, and the contacts that supporters have because of one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary import ContactState, RelayPurpose, RelaySummaryState, WhoIsMet


class RelaySummary(SQLModel, table=True):
    """One version of what may be passed on: only the newest counts, and only once its reporter agrees to it.

    Rows are added: what was written is never changed, only what the reporter said to it. `number` counts within the
    report.
    """

    __tablename__ = "relay_summaries"
    __table_args__ = (sa.UniqueConstraint("report_id", "number"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    number: int
    purpose: RelayPurpose = Field(sa_column=enum_column(RelayPurpose, "relay_purpose"))
    who: WhoIsMet = Field(sa_column=enum_column(WhoIsMet, "relay_who"))
    # Who wrote these words; null: the reporter.
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    text_sealed: bytes = Field(sa_column=bytes_column())
    # What the handler answered when asked whether it could show who wrote to us. An edit keeps the answers.
    outing_check: dict[str, Any] = Field(sa_column=json_column())
    anything_else_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    outing_risk: bool
    state: RelaySummaryState = Field(sa_column=enum_column(RelaySummaryState, "relay_summary_state"))
    written_hour: dt.datetime
    # When its reporter last said something to it.
    answered_hour: dt.datetime | None = None


class Contact(SQLModel, table=True):
    """Somebody whom a supporter is asked to get in touch with. Both texts are destroyed when it is over.

    The summary is a copy: what the supporter reads is what was agreed to when they were asked. It came of a report, or
    of a peer's own choice, whose words it then has; of a choice that is gone it refers to nothing.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        # Of those that a peer chose: how long one may last is looked after every hour.
        sa.Index(
            "ix_contacts_chosen",
            "accepted_hour",
            sqlite_where=sa.text("choice_id IS NOT NULL"),
            postgresql_where=sa.text("choice_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    report_id: uuid.UUID | None = Field(default=None, foreign_key="reports.id", index=True)
    choice_id: uuid.UUID | None = Field(default=None, foreign_key="choices.id", index=True)
    # The supporter.
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    who: WhoIsMet = Field(sa_column=enum_column(WhoIsMet, "contact_who"))
    # Which version of the report's summary the copy is of. Of a choice there is one.
    summary_number: int
    summary_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    reach_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    # What the supporter says at the end, to whoever handles the report.
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    state: ContactState = Field(sa_column=enum_column(ContactState, "contact_state"))
    # Its supporter cannot go on: it is theirs until somebody else has it.
    needs_handover: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    offered_hour: dt.datetime
    accepted_hour: dt.datetime | None = None
    over_hour: dt.datetime | None = None
