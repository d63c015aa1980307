"""An index of the withdrawals about which a person must still decide: they are in every list of what is open.

On PostgreSQL it is built beside the work that goes on, outside any transaction; one that was interrupted is not valid,
and is made anew.

Revision: 0041, after 0040. 2026-11-27 18:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_report_withdrawals_to_be_decided", "report_withdrawals"
OF = "outcome = 'restricted_until_decided' AND decision IS NULL"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        op.create_index(NAME, TABLE, ["report_id"], sqlite_where=sa.text(OF))
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        # A build waits for transactions that are older than it, and holds up nobody meanwhile.
        op.execute("SET lock_timeout = 0")
        op.drop_index(NAME, table_name=TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(NAME, TABLE, ["report_id"], postgresql_concurrently=True, postgresql_where=sa.text(OF))
        op.execute(f"SET lock_timeout = '{before}'")


def downgrade() -> None:
    op.drop_index(NAME, table_name=TABLE)
