"""Evaluation: waves, the codes that open them, and answers that are nobody's.

Revision: 0034, after 0030. 2026-11-27 06:00:00+00:00.

Codes and answers have no row id on SQLite, and no time anywhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0030"
branch_labels = None
depends_on = None

POPULATIONS = (
    "received_support",
    "provided_support",
    "reported_a_concern",
    "general_cohort",
    "staff",
    "did_not_use",
)


def upgrade() -> None:
    op.create_table(
        "evaluation_instruments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("document", _json(), nullable=False),
        sa.Column("loaded_by", sa.Uuid(), nullable=False),
        sa.Column("loaded_hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loaded_by"], ["people.id"], name=op.f("fk_evaluation_instruments_loaded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_evaluation_instruments_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_instruments")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_evaluation_instruments_school_id_code")),
    )
    op.create_table(
        "evaluation_waves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("state", _enum("wave_state", "draft", "open", "closed"), nullable=False),
        sa.Column("design", _json(), nullable=False),
        sa.Column("items", _json(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("previous_wave_id", sa.Uuid(), nullable=True),
        sa.Column("results", sa.Text(), nullable=True),
        sa.Column("opened_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["previous_wave_id"], ["evaluation_waves.id"], name=op.f("fk_evaluation_waves_previous_wave_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_evaluation_waves_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_waves")),
    )
    op.create_table(
        "evaluation_wave_populations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.Column("population", _enum("wave_population", *POPULATIONS), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("code_prefix", sa.String(8), nullable=False),
        sa.Column("codes_given", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["evaluation_waves.id"], name=op.f("fk_evaluation_wave_populations_wave_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_wave_populations")),
        sa.UniqueConstraint("code_prefix", name=op.f("uq_evaluation_wave_populations_code_prefix")),
        sa.UniqueConstraint("wave_id", "population", name=op.f("uq_evaluation_wave_populations_wave_id_population")),
    )
    op.create_table(
        "evaluation_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["evaluation_waves.id"], name=op.f("fk_evaluation_tokens_wave_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_evaluation_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evaluation_responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.Column("population", _enum("response_population", *POPULATIONS), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["evaluation_waves.id"], name=op.f("fk_evaluation_responses_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_responses")),
        sqlite_with_rowid=False,
    )
    for table, column in (
        ("evaluation_waves", "school_id"),
        ("evaluation_tokens", "wave_id"),
        ("evaluation_responses", "wave_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in (
        "evaluation_responses",
        "evaluation_tokens",
        "evaluation_wave_populations",
        "evaluation_waves",
        "evaluation_instruments",
    ):
        op.drop_table(table)


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)
