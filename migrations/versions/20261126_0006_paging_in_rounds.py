"""Rounds of an escalation, policies for kinds of need, notes among those who are paged, drills, outcomes of advice.

A policy was for a line, and no route has ever made one: those of the demo are for reports, and become that.

Revision: 0006, after 0005. 2026-11-26 17:05:00+00:00.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LINES = ("peer_support", "clinical_advice", "academic_advice", "independent_advice", "triage")
TEXT = {"native_enum": False, "create_constraint": True, "length": 40}
STATES = "'queued', 'sent', 'delivered', 'acknowledged', 'declined', 'timed_out', 'escalated', 'cancelled'"
PAGE_STATE = f"state IN ({STATES})"
SUBJECT_KIND = "subject_kind IN ('report', 'advice_request')"
NEW_PAGE_STATE = f"state IN ({STATES}, 'handed_over')"
NEW_SUBJECT_KIND = "subject_kind IN ('report', 'advice_request', 'drill')"
ADVICE_OUTCOME = "outcome IN ('i_continue', 'i_hand_over', 'i_pause')"


def upgrade() -> None:
    with _changed("pages") as batch_op:
        batch_op.add_column(sa.Column("round", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("told_by", sa.Uuid(), nullable=True))
        batch_op.drop_constraint("uq_pages_escalation_id_step_person_id", type_="unique")
        batch_op.create_unique_constraint(
            "uq_pages_escalation_id_round_step_person_id", ["escalation_id", "round", "step", "person_id"]
        )
        batch_op.create_index("ix_pages_told_by", ["told_by"], unique=False)
        _check(batch_op, "ck_pages_page_state", NEW_PAGE_STATE)
    with _changed("escalations") as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("round", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("asked_again", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("deliver_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("handed_over_by", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key("fk_escalations_handed_over_by", "people", ["handed_over_by"], ["id"])
        batch_op.add_column(sa.Column("reviewed_hour", sa.DateTime(timezone=True), nullable=True))
        _check(batch_op, "ck_escalations_subject_kind", NEW_SUBJECT_KIND)
    with op.batch_alter_table("advice_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outcome", sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(op.f("ck_advice_requests_advice_outcome"), sa.text(ADVICE_OUTCOME))
    _remember_second_rounds()
    _policies_for_needs()
    op.create_table(
        "case_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "note", "hand_over", "review", name="note_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name="fk_case_notes_escalation_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_case_notes_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_notes"),
        sa.UniqueConstraint("escalation_id", "position", name="uq_case_notes_escalation_id_position"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_notes_escalation_id", "case_notes", ["escalation_id"], unique=False)
    op.create_table(
        "drills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_drills_person_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_drills_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_drills"),
    )
    op.create_index("ix_drills_school_id", "drills", ["school_id"], unique=False)
    op.create_table(
        "drill_pages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("drill_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Enum(*LINES, name="drill_line", **TEXT), nullable=True),
        sa.Column("level", sa.Enum("primary", "backup", "coordinator", name="drill_level", **TEXT), nullable=False),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.id"], name="fk_drill_pages_drill_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_drill_pages_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_drill_pages"),
        sa.UniqueConstraint("drill_id", "person_id", name="uq_drill_pages_drill_id_person_id"),
    )
    op.create_index("ix_drill_pages_drill_id", "drill_pages", ["drill_id"], unique=False)


def downgrade() -> None:
    op.drop_table("drill_pages")
    op.drop_table("drills")
    with op.batch_alter_table("advice_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_advice_requests_advice_outcome"), type_="check")
        batch_op.drop_column("outcome")
    op.drop_table("case_notes")
    op.drop_table("escalation_policy_versions")
    op.drop_table("escalation_policies")
    _create_policies_for_lines()
    # Drills, and what came of later rounds, are nothing that an earlier release knows.
    op.execute("DELETE FROM pages WHERE round > 0 OR drill OR state = 'handed_over'")
    op.execute("DELETE FROM escalations WHERE subject_kind = 'drill'")
    with _changed("escalations") as batch_op:
        _check(batch_op, "ck_escalations_subject_kind", SUBJECT_KIND)
        batch_op.drop_constraint("fk_escalations_handed_over_by", type_="foreignkey")
        for column in ("reviewed_hour", "handed_over_by", "deliver_by", "asked_again", "round", "topic"):
            batch_op.drop_column(column)
    with _changed("pages") as batch_op:
        _check(batch_op, "ck_pages_page_state", PAGE_STATE)
        batch_op.drop_index("ix_pages_told_by")
        batch_op.drop_constraint("uq_pages_escalation_id_round_step_person_id", type_="unique")
        for column in ("told_by", "held", "round"):
            batch_op.drop_column(column)
        batch_op.create_unique_constraint(
            "uq_pages_escalation_id_step_person_id", ["escalation_id", "step", "person_id"]
        )


def _changed(table: str):  # type: ignore[no-untyped-def]  # what alembic gives has no name to import
    """SQLite makes the table anew; that it keeps no order of rows must be said again."""
    return op.batch_alter_table(table, schema=None, table_kwargs={"sqlite_with_rowid": False})


def _check(batch_op, name: str, text: str) -> None:  # type: ignore[no-untyped-def]  # as above
    batch_op.drop_constraint(op.f(name), type_="check")
    batch_op.create_check_constraint(op.f(name), sa.text(text))


def _remember_second_rounds() -> None:
    """What was told in the copy of the policy: the promised round has begun, and there is no other."""
    table = sa.table(
        "escalations", sa.column("id", sa.Uuid()), sa.column("policy", DOCUMENT), sa.column("asked_again", sa.Boolean())
    )
    rows = op.get_bind().execute(sa.select(table.c.id, table.c.policy)).all()
    for key in (key for key, policy in rows if policy.get("second_round_from") is not None):
        op.execute(sa.update(table).where(table.c.id == key).values(asked_again=True))


def _policies_for_needs() -> None:
    old = sa.table("escalation_policies", *(sa.column(name) for name in ("id", "school_id", "line", "policy")))
    rows = (
        op.get_bind()
        .execute(
            sa.select(
                sa.type_coerce(old.c.id, sa.Uuid()),
                sa.type_coerce(old.c.school_id, sa.Uuid()),
                old.c.line,
                sa.type_coerce(old.c.policy, DOCUMENT),
            ).order_by(old.c.line.desc())
        )
        .all()
    )
    op.drop_table("escalation_policies")
    policies = op.create_table(
        "escalation_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column(
            "need",
            sa.Enum(
                "report",
                "advice",
                "independent",
                name="policy_need",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("priority", sa.String(length=40), nullable=False),
        sa.Column("policy", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_escalation_policies_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_policies"),
        sa.UniqueConstraint(
            "school_id", "need", "topic", "priority", name="uq_escalation_policies_school_id_need_topic_priority"
        ),
    )
    op.create_index("ix_escalation_policies_school_id", "escalation_policies", ["school_id"], unique=False)
    op.create_table(
        "escalation_policy_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("policy", DOCUMENT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_escalation_policy_versions_person_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_escalation_policy_versions_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_policy_versions"),
        sa.UniqueConstraint("policy_id", "number", name="uq_escalation_policy_versions_policy_id_number"),
    )
    op.create_index(
        "ix_escalation_policy_versions_school_id", "escalation_policy_versions", ["school_id"], unique=False
    )
    kept = {}
    for key, school, line, policy in rows:
        need = {"independent_advice": "independent", "triage": "report"}.get(line, "advice")
        now = dt.datetime.now(dt.UTC)
        kept[(school, need)] = {
            "id": key,
            "school_id": school,
            "need": need,
            "topic": "",
            "priority": "",
            "policy": policy,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
    if kept:
        op.bulk_insert(policies, list(kept.values()))


def _create_policies_for_lines() -> None:
    op.create_table(
        "escalation_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column(
            "line",
            sa.Enum(
                "peer_support",
                "clinical_advice",
                "academic_advice",
                "independent_advice",
                "triage",
                name="policy_line",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("policy", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_escalation_policies_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_policies"),
        sa.UniqueConstraint("school_id", "line", name="uq_escalation_policies_school_id_line"),
    )
    op.create_index("ix_escalation_policies_school_id", "escalation_policies", ["school_id"], unique=False)
