"""What a reporter who takes a report back was told, what undoing that goes back to, and what was decided about it.

Revision: 0011, after 0008. 2026-11-26 20:15:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

OUTCOMES = ("destroyed", "restricted", "restricted_until_decided", "continues")
STATES = (
    "new",
    "claimed",
    "in_conversation",
    "awaiting_reporter",
    "with_supporter",
    "referred",
    "confidentiality_decision",
    "closed",
    "withdrawn",
    "expired",
)
DECISIONS = ("let_go", "continue")


def upgrade() -> None:
    op.create_table(
        "report_withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", _one_of(OUTCOMES, "withdrawal_outcome"), nullable=False),
        sa.Column("state_before", _one_of(STATES, "withdrawal_state_before"), nullable=False),
        sa.Column("paging_ended", sa.Boolean(), nullable=False),
        sa.Column("decision", _one_of(DECISIONS, "withdrawal_decision"), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_report_withdrawals_decided_by")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_withdrawals_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_withdrawals")),
        sa.UniqueConstraint("report_id", name=op.f("uq_report_withdrawals_report_id")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("report_withdrawals")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)
