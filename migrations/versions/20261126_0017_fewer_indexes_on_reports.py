"""Fewer indexes on reports: each is written with every report, at a random place.

The index on the school alone is the beginning of that of the queue; hardly any report is in a group.

Revision: 0017, after 0016. 2026-11-26 20:50:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GROUPED = sa.text("group_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_reports_school_id", table_name="reports")
    op.drop_index("ix_reports_group_id", table_name="reports")
    op.create_index("ix_reports_group_id", "reports", ["group_id"], sqlite_where=GROUPED, postgresql_where=GROUPED)


def downgrade() -> None:
    op.drop_index("ix_reports_group_id", table_name="reports")
    op.create_index("ix_reports_group_id", "reports", ["group_id"])
    op.create_index("ix_reports_school_id", "reports", ["school_id"])
