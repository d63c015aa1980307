"""Pauses, what is offered after something urgent, and contacts whose supporter cannot go on.

Revision: 0031, after 0033. 2026-11-27 05:50:00+00:00.

Whoever is paused until further notice now has made that pause themselves, as far as anybody can tell: it is theirs to
end.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0033"
branch_labels = None
depends_on = None

REASONS = (
    "study_or_exams",
    "own_wellbeing",
    "placement",
    "workload",
    "personal",
    "prefer_not_to_say",
    "program_asked",
)


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("absence_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("reason", _enum("pause_reason", *REASONS), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("appeal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("appealed_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", _enum("pause_appeal_decision", "kept", "ended"), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["absence_id"], ["absences.id"], name=op.f("fk_pauses_absence_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_pauses_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_pauses_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pauses_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_pauses_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
        sa.UniqueConstraint("absence_id", name=op.f("uq_pauses_absence_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("pauses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pauses_person_id"), ["person_id"])
        batch_op.create_index(batch_op.f("ix_pauses_school_id"), ["school_id"])
    op.create_table(
        "debrief_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("adviser_id", sa.Uuid(), nullable=True),
        sa.Column("state", _enum("debrief_state", "offered", "taken", "declined", "lapsed"), nullable=False),
        sa.Column("offered_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["adviser_id"], ["people.id"], name=op.f("fk_debrief_offers_adviser_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_debrief_offers_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_debrief_offers_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debrief_offers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("debrief_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_debrief_offers_person_id"), ["person_id"])
        batch_op.create_index(batch_op.f("ix_debrief_offers_school_id"), ["school_id"])
    op.add_column("contacts", sa.Column("needs_handover", sa.Boolean(), server_default=sa.false(), nullable=False))
    _bring_over()


def _bring_over() -> None:
    absences = sa.table(
        "absences",
        sa.column("id", sa.Uuid()),
        sa.column("school_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("kind", sa.String()),
        sa.column("ends_at", sa.DateTime(timezone=True)),
        sa.column("removed_at", sa.DateTime(timezone=True)),
    )
    wanted = sa.select(absences.c.id, absences.c.school_id, absences.c.person_id).where(
        absences.c.kind == "paused", absences.c.ends_at.is_(None), absences.c.removed_at.is_(None)
    )
    pauses = sa.table(
        "pauses",
        sa.column("id", sa.Uuid()),
        sa.column("school_id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("absence_id", sa.Uuid()),
        sa.column("review_on", sa.Date()),
        sa.column("version", sa.Integer()),
    )
    review_on = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)
    rows = [
        {
            "id": uuid.uuid4(),
            "school_id": school_id,
            "person_id": person_id,
            "absence_id": absence_id,
            "review_on": review_on,
            "version": 1,
        }
        for absence_id, school_id, person_id in op.get_bind().execute(wanted).all()
    ]
    if rows:
        op.bulk_insert(pauses, rows)


def downgrade() -> None:
    op.drop_column("contacts", "needs_handover")
    op.drop_table("debrief_offers")
    op.drop_table("pauses")


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)
