"""What schools say over the shipped content, and which overdue reviews they were told of.

Revision: 0020, after 0019. 2026-11-26 23:20:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_pieces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column("piece_id", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("base_version", sa.String(length=32), nullable=True),
        sa.Column("hidden_reason", sa.String(length=500), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reviewed_by"], ["people.id"], name=op.f("fk_local_pieces_reviewed_by")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_local_pieces_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_pieces")),
        sa.UniqueConstraint("school_id", "piece_id", name=op.f("uq_local_pieces_school_id_piece_id")),
    )
    op.create_table(
        "content_review_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("piece_id", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_content_review_notices_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_review_notices")),
        sa.UniqueConstraint(
            "school_id", "piece_id", "due_on", name=op.f("uq_content_review_notices_school_id_piece_id_due_on")
        ),
    )


def downgrade() -> None:
    op.drop_table("content_review_notices")
    op.drop_table("local_pieces")
