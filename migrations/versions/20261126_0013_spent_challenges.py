"""Challenges that have been used: each counts for one report.

Revision: 0013, after 0011. 2026-11-26 20:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("forget_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_spent_challenges")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("spent_challenges", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_spent_challenges_forget_after"), ["forget_after"], unique=False)


def downgrade() -> None:
    op.drop_table("spent_challenges")
