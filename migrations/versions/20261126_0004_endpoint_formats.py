"""Endpoints: a format, an order without holes, a previous secret for a while; events that are over.

Every endpoint so far is sent the event as JSON. An owner's endpoints keep the order that they had.

Revision: 0004, after 0003. 2026-11-26 17:05:00+00:00.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FORMAT = sa.Enum(
    "standard",
    "slack",
    "ntfy",
    name="endpoint_format",
    native_enum=False,
    create_constraint=True,
    length=40,
)
ENDPOINTS = sa.table(
    "webhook_endpoints",
    sa.column("id", sa.Uuid()),
    sa.column("school_id", sa.Uuid()),
    sa.column("person_id", sa.Uuid()),
    sa.column("position", sa.Integer()),
    sa.column("format", sa.String()),
)


def upgrade() -> None:
    op.add_column("events", sa.Column("over_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.add_column(sa.Column("format", FORMAT, nullable=True))
        batch_op.add_column(sa.Column("previous_secret_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True))
    op.get_bind().execute(sa.update(ENDPOINTS).values(format="standard"))
    _close_up()
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.alter_column("format", existing_type=FORMAT, nullable=False)


def _close_up() -> None:
    """Positions were a count of those there were: after a removal two could have the same."""
    connection = op.get_bind()
    counts: dict[tuple[uuid.UUID, uuid.UUID | None], int] = {}
    for endpoint in connection.execute(sa.select(ENDPOINTS).order_by(ENDPOINTS.c.position, ENDPOINTS.c.id)).all():
        owner = (endpoint.school_id, endpoint.person_id)
        counts[owner] = number = counts.get(owner, -1) + 1
        if endpoint.position != number:
            connection.execute(sa.update(ENDPOINTS).where(ENDPOINTS.c.id == endpoint.id).values(position=number))


def downgrade() -> None:
    """What spoke to a messenger gets the event as JSON from then on, and is known to have stopped working soon."""
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.drop_column("previous_secret_until")
        batch_op.drop_column("previous_secret_sealed")
        batch_op.drop_constraint(batch_op.f("ck_webhook_endpoints_endpoint_format"), type_="check")
        batch_op.drop_column("format")
    op.drop_column("events", "over_at")
