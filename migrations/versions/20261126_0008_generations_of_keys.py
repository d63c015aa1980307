"""A school's data key can be replaced: the key before it opens what it sealed until that is sealed anew.

Revision: 0008, after 0007. 2026-11-26 20:20:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("generation", sa.Integer(), server_default="1", nullable=False))
        batch_op.drop_constraint("uq_data_keys_owner_purpose", type_="unique")
        batch_op.create_unique_constraint("uq_data_keys_owner_purpose_generation", ["owner", "purpose", "generation"])


def downgrade() -> None:
    # What a later generation sealed could not be opened by an earlier release: better that it says so than loses it.
    later = op.get_bind().execute(sa.text("SELECT count(*) FROM data_keys WHERE generation > 1")).scalar_one()
    if later:
        raise RuntimeError("A school's keys have been rotated since: this release is the earliest that can read it.")
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.drop_constraint("uq_data_keys_owner_purpose_generation", type_="unique")
        batch_op.drop_column("generation")
        batch_op.create_unique_constraint("uq_data_keys_owner_purpose", ["owner", "purpose"])
