"""Training that supporters have and are to do, and supervision.

Revision: 0030, after 0029. 2026-11-27 06:00:00+00:00.

Whoever serves already had training that was recorded elsewhere: they have 90 days to do the modules here, so that an
upgrade takes nobody off a roster.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MODULES = ("mental_health_responses", "reaching_isolated_students")
BROUGHT_OVER = dt.timedelta(days=90)


def upgrade() -> None:
    op.create_table(
        "training_assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("told", _enum("training_notice", "days_28", "days_7", "overdue"), nullable=True),
        sa.ForeignKeyConstraint(["assigned_by"], ["people.id"], name=op.f("fk_training_assignments_assigned_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_training_assignments_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_training_assignments_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_assignments")),
    )
    with op.batch_alter_table("training_assignments", schema=None) as batch_op:
        batch_op.create_index("ix_training_assignments_person", ["person_id", "done_on"])
        batch_op.create_index(batch_op.f("ix_training_assignments_school_id"), ["school_id"])
    op.create_table(
        "training_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("kind", _enum("training_kind", "exercises", "workshop", "role_play", "brought_over"), nullable=False),
        sa.Column("module_version", sa.String(length=200), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("needs_in_person", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("valid_until >= held_on", name=op.f("ck_training_records_order")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_training_records_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_training_records_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_training_records_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_records")),
    )
    with op.batch_alter_table("training_records", schema=None) as batch_op:
        batch_op.create_index("ix_training_records_person", ["person_id", "module"])
        batch_op.create_index(batch_op.f("ix_training_records_school_id"), ["school_id"])
    _create_supervision()
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("line", sa.String(length=40), nullable=True))
    _bring_over()


def _create_supervision() -> None:
    op.create_table(
        "supervision_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("supervision_kind", "group", "individual"), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_supervision_sessions_school_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["people.id"], name=op.f("fk_supervision_sessions_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_sessions")),
    )
    with op.batch_alter_table("supervision_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_sessions_series_id"), ["series_id"])
        batch_op.create_index("ix_supervision_sessions_starts", ["school_id", "starts_at"])
        batch_op.create_index(batch_op.f("ix_supervision_sessions_supervisor_id"), ["supervisor_id"])
    op.create_table(
        "supervision_attendees",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("attendance", _enum("supervision_attendance", "attended", "missed"), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_supervision_attendees_person_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["supervision_sessions.id"], name=op.f("fk_supervision_attendees_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_supervision_attendees")),
    )
    with op.batch_alter_table("supervision_attendees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_attendees_person_id"), ["person_id"])
    op.create_table(
        "supervision_clocks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("counts_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pauses_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_supervision_clocks_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_supervision_clocks_school_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_supervision_clocks")),
    )
    with op.batch_alter_table("supervision_clocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_clocks_school_id"), ["school_id"])


def _bring_over() -> None:
    supporters = sa.table(
        "supporters",
        sa.column("school_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("status", sa.String()),
    )
    records = sa.table(
        "training_records",
        sa.column("id", sa.Uuid()),
        sa.column("school_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("module", sa.String()),
        sa.column("kind", sa.String()),
        sa.column("held_on", sa.Date()),
        sa.column("valid_until", sa.Date()),
        sa.column("needs_in_person", sa.Boolean()),
    )
    serving = sa.select(supporters.c.school_id, supporters.c.person_id).where(
        supporters.c.status.in_(("active", "stepping_down"))
    )
    today = dt.datetime.now(dt.UTC).date()
    rows = [
        {
            "id": uuid.uuid4(),
            "school_id": school_id,
            "person_id": person_id,
            "module": module,
            "kind": "brought_over",
            "held_on": today,
            "valid_until": today + BROUGHT_OVER,
            "needs_in_person": False,
        }
        for school_id, person_id in op.get_bind().execute(serving).all()
        for module in MODULES
    ]
    if rows:
        op.bulk_insert(records, rows)


def downgrade() -> None:
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_column("line")
    op.drop_table("supervision_clocks")
    op.drop_table("supervision_attendees")
    op.drop_table("supervision_sessions")
    op.drop_table("training_records")
    op.drop_table("training_assignments")


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)
