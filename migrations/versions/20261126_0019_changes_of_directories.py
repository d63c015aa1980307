"""A name for each state of a school's directory, and since when an entry is unchecked.

Revision: 0019, after 0021. 2026-11-26 23:40:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("directory_revision", sa.String(length=32), server_default="0", nullable=False))
    with op.batch_alter_table("local_directory_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unchecked_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("local_directory_entries", schema=None) as batch_op:
        batch_op.drop_column("unchecked_since")
    with op.batch_alter_table("schools", schema=None) as batch_op:
        batch_op.drop_column("directory_revision")
