"""When supporters go, who comes after them, suggestions, and weekly digests.

Revision: 0033, after 0028. 2026-11-27 06:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("supporters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_end", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
    op.create_table(
        "succession_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("post_code", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("shadow_from", sa.Date(), nullable=True),
        sa.Column("checklist", _json(), nullable=False),
        sa.Column("state", _enum("succession_plan_state", "open", "done"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(post_code IS NULL) <> (person_id IS NULL)", name=op.f("ck_succession_plans_one_subject")),
        sa.CheckConstraint("successor_id <> person_id", name=op.f("ck_succession_plans_two_people")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_succession_plans_school_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_succession_plans_person_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["people.id"], name=op.f("fk_succession_plans_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession_plans")),
    )
    open_only = {"sqlite_where": sa.text("state = 'open'"), "postgresql_where": sa.text("state = 'open'")}
    with op.batch_alter_table("succession_plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_succession_plans_school_id"), ["school_id"])
        batch_op.create_index("uq_succession_plans_open_post", ["school_id", "post_code"], unique=True, **open_only)
        batch_op.create_index("uq_succession_plans_open_person", ["person_id"], unique=True, **open_only)
    op.create_table(
        "shadow_shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("layer_id", sa.String(length=200), nullable=True),
        sa.Column("slot_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shadow_shifts_order")),
        sa.ForeignKeyConstraint(["plan_id"], ["succession_plans.id"], name=op.f("fk_shadow_shifts_plan_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shadow_shifts_person_id")),
        sa.ForeignKeyConstraint(["shadow_id"], ["people.id"], name=op.f("fk_shadow_shifts_shadow_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_shadow_shifts_roster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_shifts")),
    )
    with op.batch_alter_table("shadow_shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shadow_shifts_plan_id"), ["plan_id"])
        batch_op.create_index(batch_op.f("ix_shadow_shifts_shadow_id"), ["shadow_id"])
    op.create_table(
        "succession_watches",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("told", _json(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_succession_watches_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_succession_watches")),
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", _enum("suggestion_state", "new", "read", "answered"), nullable=False),
        sa.Column("received_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_suggestions_school_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name=op.f("fk_suggestions_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("suggestions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestions_school_id_received_hour"), ["school_id", "received_hour"])
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("found", _json(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_digests_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("school_id", "week", name=op.f("uq_digests_school_id_week")),
    )


def downgrade() -> None:
    for table in ("digests", "suggestions", "succession_watches", "shadow_shifts", "succession_plans"):
        op.drop_table(table)
    with op.batch_alter_table("supporters", schema=None) as batch_op:
        for column in ("left_on", "told_end", "ends_at"):
            batch_op.drop_column(column)


def _json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _enum(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
