"""What a school says over the national directory, who checked it, what readers said was wrong, and where sites are.

Revision: 0018, after 0017. 2026-11-26 23:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latitude", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("local_directory_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("base_version", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("told_base_version", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("external_id", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("hidden_reason", sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column("hidden_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("told_overdue_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_local_directory_entries_school_id_external_id"), ["school_id", "external_id"]
        )
    op.create_table(
        "directory_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_directory_verifications_school_id")),
        sa.ForeignKeyConstraint(["verified_by"], ["people.id"], name=op.f("fk_directory_verifications_verified_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_verifications")),
    )
    with op.batch_alter_table("directory_verifications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directory_verifications_school_id_entry_id_verified_at"),
            ["school_id", "entry_id", "verified_at"],
        )
    op.create_table(
        "directory_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("received_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_directory_corrections_school_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name=op.f("fk_directory_corrections_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_corrections")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("directory_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_corrections_school_id_state"), ["school_id", "state"])
    op.create_table(
        "published_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("collection", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("items", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_published_states_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_states")),
        sa.UniqueConstraint(
            "school_id", "collection", "digest", name=op.f("uq_published_states_school_id_collection_digest")
        ),
    )


def downgrade() -> None:
    op.drop_table("published_states")
    op.drop_table("directory_corrections")
    op.drop_table("directory_verifications")
    with op.batch_alter_table("local_directory_entries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_local_directory_entries_school_id_external_id"), type_="unique")
        for name in (
            "updated_at",
            "version",
            "told_overdue_at",
            "position",
            "pinned",
            "hidden_until",
            "hidden_reason",
            "external_id",
            "told_base_version",
            "base_version",
        ):
            batch_op.drop_column(name)
    with op.batch_alter_table("sites", schema=None) as batch_op:
        for name in ("updated_at", "version", "retired", "longitude", "latitude"):
            batch_op.drop_column(name)
