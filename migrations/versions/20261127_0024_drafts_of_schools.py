"""Schools that are set up before anybody relies on them, and the statement that each has adopted.

Revision: 0024, after 0026. 2026-11-27 02:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Schools that are there are relied upon: none is stopped by this.
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "status",
                sa.Enum(
                    "draft",
                    "active",
                    "suspended",
                    name="school_status",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                server_default="active",
                nullable=False,
            )
        )
    op.create_table(
        "statement_adoptions",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("statement_version", sa.String(length=40), nullable=False),
        sa.Column("adopted_by", sa.Uuid(), nullable=False),
        sa.Column("adopted_hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["adopted_by"], ["people.id"], name=op.f("fk_statement_adoptions_adopted_by")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_statement_adoptions_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_statement_adoptions")),
    )


def downgrade() -> None:
    op.drop_table("statement_adoptions")
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_schools_school_status"), type_="check")
        batch_op.drop_column("status")
