"""Confidentiality decisions: who decided that somebody is told more than was agreed, on what ground, with whom.

Revision: 0010, after 0013. 2026-11-26 20:20:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = {"native_enum": False, "create_constraint": True, "length": 40}
STATES = ("awaiting_second_person", "in_effect", "declined", "taken_back")
BASES = ("consent", "serious_threat_to_life_health_or_safety", "required_by_law", "authorised_by_law")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLE = "confidentiality_decisions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="decision_state", **TEXT), nullable=False),
        sa.Column("basis", sa.Enum(*BASES, name="decision_basis", **TEXT), nullable=False),
        sa.Column("jurisdiction", sa.String(length=10), nullable=False),
        sa.Column("threshold_version", sa.String(length=40), nullable=False),
        sa.Column("threshold", JSON, nullable=False),
        sa.Column("necessary_because_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disclosed_what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disclosed_to_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("person_told", sa.Boolean(), nullable=False),
        sa.Column("person_not_told_because_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("opens_identity", sa.Boolean(), nullable=False),
        sa.Column("after_decline", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_as", sa.String(length=40), nullable=False),
        sa.Column("proposed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alone_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_person", sa.Uuid(), nullable=True),
        sa.Column("second_as", sa.String(length=40), nullable=True),
        sa.Column("second_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("settled_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("alone_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("review_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=f"fk_{TABLE}_school_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=f"fk_{TABLE}_report_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=f"fk_{TABLE}_decided_by"),
        sa.ForeignKeyConstraint(["second_person"], ["people.id"], name=f"fk_{TABLE}_second_person"),
        sa.ForeignKeyConstraint(["reviewed_by"], ["people.id"], name=f"fk_{TABLE}_reviewed_by"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    for column in ("school_id", "report_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column], unique=False)


def downgrade() -> None:
    op.drop_table(TABLE)
