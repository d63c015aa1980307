"""Indexes of what is listed by time: the trail by the hour, and somebody's pages. And of the trail by what an entry is
about, as one report's is looked for.

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

# Name, table, columns.
MADE = (
    ("ix_audit_entries_school_id_hour_id", "audit_entries", ["school_id", "hour", "id"]),
    ("ix_audit_entries_subject", "audit_entries", ["subject"]),
    ("ix_pages_person_id_sent_at_id", "pages", ["person_id", "sent_at", "id"]),
)


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        for name, table, columns in MADE:
            op.create_index(name, table, columns)
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        # A build waits for transactions that are older than it, and holds up nobody meanwhile.
        op.execute("SET lock_timeout = 0")
        for name, table, columns in MADE:
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_concurrently=True)
        op.execute(f"SET lock_timeout = '{before}'")


def downgrade() -> None:
    for name, table, _ in MADE:
        op.drop_index(name, table_name=table)
