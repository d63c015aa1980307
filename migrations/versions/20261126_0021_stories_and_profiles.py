"""Stories with their reviews, what a school says of itself, and its policy documents.

Revision: 0021, after 0018. 2026-11-26 23:30:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

STATES = (
    "awaiting_review",
    "changes_asked",
    "awaiting_second_person",
    "published",
    "not_published",
    "withdrawn",
)


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", _enum("story_state", *STATES), nullable=False),
        sa.Column("author_kind", _enum("author_kind", "peer", "near_peer", "role_model"), nullable=True),
        sa.Column("includes_careers_advice", sa.Boolean(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consent_version", sa.String(length=40), nullable=True),
        sa.Column("received_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_stories_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_stories_code_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stories_school_id_state"), ["school_id", "state"])
        batch_op.create_index(batch_op.f("ix_stories_school_id_public_hour"), ["school_id", "public_hour"])
    op.create_table(
        "story_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("strengths_based", sa.Boolean(), nullable=False),
        sa.Column("safe_messaging_checked", sa.Boolean(), nullable=False),
        sa.Column("nobody_else_recognisable", sa.Boolean(), nullable=False),
        sa.Column("careers_advice_checked", sa.Boolean(), nullable=True),
        sa.Column("decision", _enum("story_decision", "publish", "ask_for_changes", "do_not_publish"), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("second_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_agreed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["reviewed_by"], ["people.id"], name=op.f("fk_story_reviews_reviewed_by")),
        sa.ForeignKeyConstraint(["second_by"], ["people.id"], name=op.f("fk_story_reviews_second_by")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_reviews_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_reviews")),
        sa.UniqueConstraint("story_id", "number", name=op.f("uq_story_reviews_story_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "school_profiles",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_school_profiles_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_school_profiles")),
    )
    op.create_table(
        "policy_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("owner", _enum("document_owner", "university", "health_service", "school"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("document_version", sa.String(length=40), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("told_overdue", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_policy_documents_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_documents")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_policy_documents_school_id_code")),
    )
    with op.batch_alter_table("policy_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_documents_review_by"), ["review_by"])


def downgrade() -> None:
    op.drop_table("policy_documents")
    op.drop_table("school_profiles")
    op.drop_table("story_reviews")
    op.drop_table("stories")


def _enum(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
