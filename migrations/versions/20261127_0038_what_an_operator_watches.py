"""Indexes of the few rows that an operator is told of: work given up, gaps, failing endpoints, overdue entries.

Revision: 0038, after 0037. 2026-11-27 08:50:00+00:00.

Each holds only what is wrong, so that keeping it costs nothing in a place where nothing is. On PostgreSQL they are made
while everybody goes on writing; one that was left half made by an interruption is made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Name, table, columns, and the condition on PostgreSQL and on SQLite.
INDEXES = (
    ("ix_work_items_dead", "work_items", ["kind"], "dead", "dead = 1"),
    ("ix_coverage_gaps_ends", "coverage_gaps", ["ends_at"], "state = 'open'", "state = 'open'"),
    (
        "ix_webhook_endpoints_failing",
        "webhook_endpoints",
        ["id"],
        "health = 'failing' AND enabled",
        "health = 'failing' AND enabled = 1",
    ),
    (
        "ix_local_directory_entries_told",
        "local_directory_entries",
        ["school_id"],
        "told_overdue_at IS NOT NULL",
        "told_overdue_at IS NOT NULL",
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        for name, table, columns, _, where in INDEXES:
            op.create_index(name, table, columns, sqlite_where=sa.text(where))
        return
    with op.get_context().autocommit_block():
        for name, table, columns, where, _ in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)


def downgrade() -> None:
    for name, table, *_ in INDEXES:
        op.drop_index(name, table)
