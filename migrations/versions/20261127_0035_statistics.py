"""Statistics: rules of a school, counts that wait for the end of their period, and periods that are closed.

Revision: 0035, after 0032. 2026-11-27 06:00:00+00:00.

Reports that were erased before this are in no count: nothing is left of them that could be counted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistics_rules",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.Column("terms", _json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_statistics_rules_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_statistics_rules")),
    )
    op.create_table(
        "statistics_tallies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("counts_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_statistics_tallies_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_tallies")),
        sa.UniqueConstraint("school_id", "period", name=op.f("uq_statistics_tallies_school_id_period")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.Column("shown", _json(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_statistics_periods_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_periods")),
        sa.UniqueConstraint("school_id", "period", name=op.f("uq_statistics_periods_school_id_period")),
    )


def downgrade() -> None:
    op.drop_table("statistics_periods")
    op.drop_table("statistics_tallies")
    op.drop_table("statistics_rules")


def _json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
