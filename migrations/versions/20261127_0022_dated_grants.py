"""Roles from and until a time, and with a second person's word; what ends every token of somebody at once.

Every role so far is held by whoever has it, without an end. Who gave it is not known.

Revision: 0022, after 0020. 2026-11-27 02:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

ENDS = sa.Enum(
    "ended",
    "given_up",
    "declined",
    "not_confirmed",
    "ran_out",
    "left",
    name="role_grant_end",
    native_enum=False,
    create_constraint=True,
    length=40,
)
GRANTS = sa.table(
    "role_grants",
    sa.column("granted_at", sa.DateTime(timezone=True)),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("ends_at", sa.DateTime(timezone=True)),
    sa.column("confirm_by", sa.DateTime(timezone=True)),
    sa.column("ended_at", sa.DateTime(timezone=True)),
)
PEOPLE = ("granted_by", "confirmed_by", "ended_by")
INSTANTS = ("starts_at", "ends_at", "confirm_by", "confirmed_at")


def upgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "assesses_at",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                server_default=sa.text("'[]'"),
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("token_epoch", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        for name in INSTANTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in PEOPLE:
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_role_grants_{name}"), "people", [name], ["id"])
        batch_op.add_column(sa.Column("ended_because", ENDS, nullable=True))
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=60), nullable=True))


def downgrade() -> None:
    # What the release before knows is that a role without an end is held: nobody may come to one by going back.
    bind, given = op.get_bind(), GRANTS.c.granted_at
    unheld = sa.or_(GRANTS.c.confirm_by.is_not(None), GRANTS.c.ends_at.is_not(None), GRANTS.c.starts_at > sa.func.now())
    bind.execute(sa.update(GRANTS).where(GRANTS.c.ended_at.is_(None), unheld).values(ended_at=given))
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_column("device")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_role_grants_role_grant_end"), type_="check")
        batch_op.drop_column("ended_because")
        for name in reversed(PEOPLE):
            batch_op.drop_constraint(op.f(f"fk_role_grants_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
        for name in reversed(INSTANTS):
            batch_op.drop_column(name)
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("left_at")
        batch_op.drop_column("token_epoch")
        batch_op.drop_column("assesses_at")
