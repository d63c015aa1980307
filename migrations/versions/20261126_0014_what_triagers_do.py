"""What comes of a report, and what takes two triagers. Nothing was kept of either before.

Revision: 0014, after 0012. 2026-11-26 21:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = {"native_enum": False, "create_constraint": True, "length": 40}
OUTCOMES = (
    "advice_given_to_reporter",
    "support_offered",
    "support_accepted",
    "support_declined",
    "connected_to_service",
    "already_supported",
    "emergency_help_called",
    "shared_without_consent",
    "redirected_to_other_process",
    "unable_to_reach",
    "not_enough_to_act_on",
    "worry_eased",
    "not_supported_by_what_we_found",
    "misuse",
    "withdrawn",
)
METHODS = (
    "receipt_message",
    "phone",
    "in_person",
    "video",
    "text_message",
    "email",
    "through_someone_else",
    "no_contact",
)
STATES = ("awaiting_second_person", "in_effect", "declined", "taken_back")


def upgrade() -> None:
    op.create_table(
        "report_outcomes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Enum(*OUTCOMES, name="outcome", **TEXT), nullable=False),
        sa.Column("contact_method", sa.Enum(*METHODS, name="contact_method", **TEXT), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="outcome_state", **TEXT), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("warm_handover", sa.Boolean(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_report_outcomes_person_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_outcomes_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_outcomes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_outcomes_report_id", "report_outcomes", ["report_id"], unique=False)
    op.create_table(
        "report_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("priority", "misuse", name="proposal_kind", **TEXT), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="proposal_state", **TEXT), nullable=False),
        sa.Column("priority", sa.String(length=40), nullable=True),
        sa.Column("outcome_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_report_proposals_decided_by"),
        sa.ForeignKeyConstraint(["outcome_id"], ["report_outcomes.id"], name="fk_report_proposals_outcome_id"),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name="fk_report_proposals_proposed_by"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_proposals_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_proposals"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_proposals_report_id", "report_proposals", ["report_id"], unique=False)


def downgrade() -> None:
    op.drop_table("report_proposals")
    op.drop_table("report_outcomes")
