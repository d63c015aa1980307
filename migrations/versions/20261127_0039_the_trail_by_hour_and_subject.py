"""Indexes of the trail: by the hour, as it is listed, and by what an entry is about, as one report's is looked for.

On PostgreSQL they are built beside the work that goes on, outside any transaction; one that was interrupted is not
valid, and is made anew.

Revision: 0039, after 0036. 2026-11-27 12:00:00+00:00.
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None

MADE = {
    "ix_audit_entries_school_id_hour_id": ["school_id", "hour", "id"],
    "ix_audit_entries_subject": ["subject"],
}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        for name, columns in MADE.items():
            op.create_index(name, "audit_entries", columns)
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        # A build waits for transactions that are older than it, and holds up nobody meanwhile.
        op.execute("SET lock_timeout = 0")
        for name, columns in MADE.items():
            op.drop_index(name, table_name="audit_entries", if_exists=True, postgresql_concurrently=True)
            op.create_index(name, "audit_entries", columns, postgresql_concurrently=True)
        op.execute(f"SET lock_timeout = '{before}'")


def downgrade() -> None:
    for name in MADE:
        op.drop_index(name, table_name="audit_entries")
