"""What may be told of a report to whoever helps, and the contacts of supporters.

Revision: 0016, after 0014. 2026-11-26 20:40:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

WHO = ("peer", "reporter")


def upgrade() -> None:
    op.create_table(
        "relay_summaries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", _enum("relay_purpose", "supporter", "service"), nullable=False),
        sa.Column("who", _enum("relay_who", *WHO), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outing_check", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("anything_else_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outing_risk", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            _enum("relay_summary_state", "awaiting_reporter", "approved", "edited_by_reporter", "not_agreed"),
            nullable=False,
        ),
        sa.Column("written_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_relay_summaries_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_relay_summaries_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_summaries")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_relay_summaries_report_id_number")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("relay_summaries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_relay_summaries_report_id"), ["report_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("who", _enum("contact_who", *WHO), nullable=False),
        sa.Column("summary_number", sa.Integer(), nullable=False),
        sa.Column("summary_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reach_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", _enum("contact_state", "offered", "accepted", "declined", "ended"), nullable=False),
        sa.Column("offered_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_contacts_report_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_contacts_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contacts_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contacts_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_table("contacts")
    op.drop_table("relay_summaries")


def _enum(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
