"""The way into the programme: interest, applications, what was signed, and what a school says of its selection.

Revision: 0029, after 0031. 2026-11-27 06:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0031"
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


def upgrade() -> None:
    op.create_table(
        "selection_pages",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("supporter_title", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("agreement_points", _json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_selection_pages_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_selection_pages")),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", _enum("interest_state", "waiting", "invited"), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_interests_school_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_interests_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_interests_code_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_school_id_state"), ["school_id", "state"])
    _applications()
    op.create_table(
        "supporter_signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("binding_text", "agreement", "role_card"), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("text", _json(), nullable=False),
        sa.Column("signed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_supporter_signatures_school_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_supporter_signatures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_signatures")),
        sa.UniqueConstraint(
            "person_id", "kind", "text_version", name=op.f("uq_supporter_signatures_person_id_kind_text_version")
        ),
    )
    with op.batch_alter_table("supporter_signatures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supporter_signatures_school_id"), ["school_id"])
    op.create_table(
        "binding_texts_in_force",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("binding_text", "agreement", "role_card"), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_binding_texts_in_force_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_texts_in_force")),
        sa.UniqueConstraint("school_id", "kind", name=op.f("uq_binding_texts_in_force_school_id_kind")),
    )


def _applications() -> None:
    op.create_table(
        "supporter_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("was", _enum("supporter_status", *STATES), nullable=True),
        sa.Column(
            "state", _enum("application_state", "waiting", "later", "accepted", "not_proceeding"), nullable=False
        ),
        sa.Column("has_training", sa.Boolean(), nullable=True),
        sa.Column("can_give_time", sa.Boolean(), nullable=True),
        sa.Column("has_support_i_need", _enum("support_i_need", "yes", "not_now", "want_to_talk"), nullable=True),
        sa.Column(
            "study_on_track",
            _enum("study_on_track", "attested_by_student", "attested_by_school", "not_yet"),
            nullable=True,
        ),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("applied_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", _json(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("appeal", _enum("appeal_state", "waiting", "stands", "changed"), nullable=True),
        sa.Column("appeal_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("appealed_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_decided_by", sa.Uuid(), nullable=True),
        sa.Column("appeal_decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_supporter_applications_school_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_supporter_applications_person_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_supporter_applications_decided_by")),
        sa.ForeignKeyConstraint(
            ["appeal_decided_by"], ["people.id"], name=op.f("fk_supporter_applications_appeal_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_applications")),
        sa.UniqueConstraint("person_id", name=op.f("uq_supporter_applications_person_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("supporter_applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supporter_applications_school_id_state"), ["school_id", "state"])


def downgrade() -> None:
    op.drop_table("binding_texts_in_force")
    op.drop_table("supporter_signatures")
    op.drop_table("supporter_applications")
    op.drop_table("interests")
    op.drop_table("selection_pages")


def _json() -> sa.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)
