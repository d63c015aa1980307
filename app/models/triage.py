"""What triagers do with a report beside answering it: what came of it, and what takes two of them. Hours, no order."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import ContactMethod, Outcome, ProposalKind, SecondPersonState


class ReportOutcome(SQLModel, table=True):
    """Something that came of a report; a report may have several. Only `misuse` is not in effect at once."""

    __tablename__ = "report_outcomes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    outcome: Outcome = Field(sa_column=enum_column(Outcome, "outcome"))
    contact_method: ContactMethod = Field(sa_column=enum_column(ContactMethod, "contact_method"))
    state: SecondPersonState = Field(sa_column=enum_column(SecondPersonState, "outcome_state"))
    person_id: uuid.UUID = Field(foreign_key="people.id")
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    # Of `connected_to_service`: the entry of the school's directory, by its id there; whether the peer agreed, and
    # whether somebody went along instead of handing over a number.
    entry_id: str | None = Field(default=None, max_length=80)
    consent: bool | None = None
    warm_handover: bool | None = None
    # The confidentiality decision that it rests on, where something was passed on without the peer's say.
    decision_id: uuid.UUID | None = None
    hour: dt.datetime


class ReportProposal(SQLModel, table=True):
    """Something that a triager set with a note, or proposed to a second person, who confirms or declines it.

    `decided_by` is nobody where no second person was needed, and where it was overtaken by what happened since.
    """

    __tablename__ = "report_proposals"
    __table_args__ = (
        # What waits for a second person is asked for with every list of reports.
        sa.Index(
            "ix_report_proposals_awaiting",
            "report_id",
            sqlite_where=sa.text("state = 'awaiting_second_person'"),
            postgresql_where=sa.text("state = 'awaiting_second_person'"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    kind: ProposalKind = Field(sa_column=enum_column(ProposalKind, "proposal_kind"))
    state: SecondPersonState = Field(sa_column=enum_column(SecondPersonState, "proposal_state"))
    priority: str | None = Field(default=None, max_length=40)
    outcome_id: uuid.UUID | None = Field(default=None, foreign_key="report_outcomes.id")
    proposed_by: uuid.UUID = Field(foreign_key="people.id")
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    proposed_hour: dt.datetime
    decided_hour: dt.datetime | None = None
