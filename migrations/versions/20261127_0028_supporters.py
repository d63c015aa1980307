"""Where each supporter stands in the programme.

Revision: 0028, after 0024. 2026-11-27 05:40:00+00:00.

Whoever has the role already is active: an upgrade takes nobody off a roster. New contacts still wait for what the
programme asks of everybody (supporters/standing.py).
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None

STATES = (
    "interested",
    "in_selection",
    "in_training",
    "active",
    "paused",
    "stepping_down",
    "alumni",
    "not_proceeding",
)
BANDS = ("earlier_years", "middle_years", "final_years", "not_said")


def upgrade() -> None:
    op.create_table(
        "supporters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", _enum("supporter_status", *STATES), nullable=False),
        sa.Column("year_band", _enum("supporter_year_band", *BANDS), server_default="not_said", nullable=False),
        sa.Column("languages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("site_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("remote_ok", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("max_open_contacts", sa.Integer(), nullable=True),
        sa.Column("max_on_call_hours_per_week", sa.Integer(), nullable=True),
        sa.Column("expected_end", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_supporters_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_supporters_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporters")),
        sa.UniqueConstraint("person_id", name=op.f("uq_supporters_person_id")),
    )
    with op.batch_alter_table("supporters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supporters_school_id"), ["school_id"])
    _bring_over()


def _bring_over() -> None:
    """Whoever has the role now, or is to have it later."""
    people = sa.table("people", sa.column("id", sa.Uuid()), sa.column("school_id", sa.Uuid()))
    grants = sa.table(
        "role_grants",
        sa.column("person_id", sa.Uuid()),
        sa.column("role", sa.String()),
        sa.column("ended_at", sa.DateTime(timezone=True)),
    )
    held = sa.select(grants.c.person_id).where(grants.c.role == "supporter", grants.c.ended_at.is_(None))
    wanted = sa.select(people.c.id, people.c.school_id).where(people.c.id.in_(held), people.c.school_id.is_not(None))
    now = dt.datetime.now(dt.UTC)
    supporters = sa.table(
        "supporters",
        sa.column("id", sa.Uuid()),
        sa.column("school_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("status", sa.String()),
        sa.column("languages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.column("site_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.column("remote_ok", sa.Boolean()),
        sa.column("listed", sa.Boolean()),
        sa.column("version", sa.Integer()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    rows = [
        {
            "id": uuid.uuid4(),
            "school_id": school_id,
            "person_id": person_id,
            "status": "active",
            "languages": [],
            "site_ids": [],
            "remote_ok": True,
            "listed": False,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        for person_id, school_id in op.get_bind().execute(wanted).all()
    ]
    if rows:
        op.bulk_insert(supporters, rows)


def downgrade() -> None:
    op.drop_table("supporters")


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)
