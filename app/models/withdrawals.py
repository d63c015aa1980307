"""What the reporter has asked for when they took a report back, and what was decided about it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import ReportState, WithdrawalDecision, WithdrawalOutcome

TO_BE_DECIDED = "outcome = 'restricted_until_decided' AND decision IS NULL"


class ReportWithdrawal(SQLModel, table=True):
    """One for each report that is withdrawn; none once that is undone.

    `outcome` is what the reporter was told. `state_before` and `paging_ended` are what undoing it goes back to.
    """

    __tablename__ = "report_withdrawals"
    __table_args__ = (
        # What a person must still decide about is asked for with every list of what is open.
        sa.Index(
            "ix_report_withdrawals_to_be_decided",
            "report_id",
            sqlite_where=sa.text(TO_BE_DECIDED),
            postgresql_where=sa.text(TO_BE_DECIDED),
        ),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", unique=True)
    outcome: WithdrawalOutcome = Field(sa_column=enum_column(WithdrawalOutcome, "withdrawal_outcome"))
    state_before: ReportState = Field(sa_column=enum_column(ReportState, "withdrawal_state_before"))
    # Somebody was still being asked, and no longer was because of it.
    paging_ended: bool
    # Of one that was unread and has a red-flag sign: somebody must say whether it may go.
    decision: WithdrawalDecision | None = Field(
        default=None, sa_column=enum_column(WithdrawalDecision, "withdrawal_decision", nullable=True)
    )
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    decided_hour: dt.datetime | None = None
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
