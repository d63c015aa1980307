"""The database says how old the code may be that runs on it, so that processes are replaced one after the other.

Revision: 0037, after 0035. 2026-11-27 08:45:00+00:00.

Beside the version, so that both are read and written together. Code from before this asks for its own version exactly.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None
# `stand` in migrations/env.py writes it, here and whenever a later migration says another.
runs_code_from = "0037"


def upgrade() -> None:
    op.add_column("alembic_version", sa.Column("runs_code_from", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("alembic_version", "runs_code_from")
