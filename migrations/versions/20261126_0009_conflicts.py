"""Who is kept out of a report later, what an independent handler has in hand, and pages to a partner school's handlers.

Revision: 0009, after 0010. 2026-11-26 20:10:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("conflict", "recused")


def upgrade() -> None:
    op.create_table(
        "report_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="conflict_kind", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["declared_by"], ["people.id"], name=op.f("fk_report_conflicts_declared_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_report_conflicts_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_conflicts_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_conflicts")),
        sa.UniqueConstraint("report_id", "person_id", name=op.f("uq_report_conflicts_report_id_person_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_conflicts_report_id", "report_conflicts", ["report_id"], unique=False)
    op.create_table(
        "report_grants",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_report_grants_given_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_report_grants_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_grants_report_id")),
        sa.PrimaryKeyConstraint("report_id", "person_id", name=op.f("pk_report_grants")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_grants_person_id", "report_grants", ["person_id"], unique=False)
    with _changed("pages") as batch_op:
        batch_op.add_column(sa.Column("lent_by", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_pages_lent_by"), "schools", ["lent_by"], ["id"])


def downgrade() -> None:
    # Whoever was asked for another school finds none of it from here on.
    with _changed("pages") as batch_op:
        batch_op.drop_constraint(op.f("fk_pages_lent_by"), type_="foreignkey")
        batch_op.drop_column("lent_by")
    op.drop_table("report_grants")
    op.drop_table("report_conflicts")


def _changed(table: str):  # type: ignore[no-untyped-def]  # what alembic gives has no name to import
    """SQLite makes the table anew; that it keeps no order of rows must be said again."""
    return op.batch_alter_table(table, schema=None, table_kwargs={"sqlite_with_rowid": False})
