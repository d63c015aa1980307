"""Indexes of reports by the hour in which they came in: the queue of a school, what is open of it, and its records.

The hour is an expression, and a database uses such an index for that very expression alone: it is what the queries say
(app/core/hours.py), in the words of each database. On PostgreSQL it goes through UTC and back, because `date_trunc` of
an instant follows the session's time zone, and nothing of that kind can be in an index.

On PostgreSQL they are built beside the work that goes on, outside any transaction; one that was interrupted is not
valid, and is made anew. `ix_reports_queue` and `ix_reports_open` stay for the code of 0.1.0, which looks with them.

Revision: 0040, after 0039. 2026-11-27 15:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

HOUR = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', submitted_at)",
    "postgresql": "(date_trunc('hour', (submitted_at AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC')",
}
# Name, the columns before the hour and the id, and of which rows alone.
MADE = (
    ("ix_reports_queue_by_hour", ["school_id", "response_rank"], None),
    ("ix_reports_open_by_hour", ["school_id", "response_rank"], "state NOT IN ('closed', 'expired', 'withdrawn')"),
    ("ix_reports_by_hour", ["school_id"], None),
)


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    hour = sa.literal_column(HOUR[dialect])
    if dialect != "postgresql":
        for name, first, where in MADE:
            of = None if where is None else sa.text(where)
            op.create_index(name, "reports", [*first, hour, "id"], sqlite_where=of)
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        # A build waits for transactions that are older than it, and holds up nobody meanwhile.
        op.execute("SET lock_timeout = 0")
        for name, first, where in MADE:
            of = None if where is None else sa.text(where)
            op.drop_index(name, table_name="reports", if_exists=True, postgresql_concurrently=True)
            op.create_index(name, "reports", [*first, hour, "id"], postgresql_concurrently=True, postgresql_where=of)
        op.execute(f"SET lock_timeout = '{before}'")


def downgrade() -> None:
    for name, *_ in MADE:
        op.drop_index(name, table_name="reports")
