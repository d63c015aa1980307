"""How long things are kept, legal holds, erasure runs; privacy incidents. An advice request can be erased too.

Revision: 0012, after 0009. 2026-11-26 20:40:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None

CLASSES = ("advice_only_unnamed", "named", "withdrawn_restricted", "advice_request", "audit_and_access_log")
SUBJECTS = ("report", "advice_request", "drill")
RESULTS = ("due", "erased", "held", "unread", "updated", "undecided", "changed")
KINDS = (
    "seen_by_wrong_person",
    "told_without_agreement",
    "lost_device_or_credentials",
    "sent_to_wrong_address",
    "other",
)
ROLES = (
    "supporter",
    "adviser",
    "triager",
    "independent_handler",
    "coordinator",
    "sponsor",
    "evaluator",
    "school_it",
    "privacy_officer",
    "platform_operator",
    "student",
)


def upgrade() -> None:
    with op.batch_alter_table("advice_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_hour", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "retention_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        _one_of("retention_class", CLASSES, "policy_class"),
        sa.Column("period_days", sa.Integer(), nullable=True),
        _one_of("trigger", ("closed", "last_used"), "policy_trigger"),
        _one_of("action", ("destroy", "de_identify"), "policy_action"),
        sa.Column("authority_ref", sa.String(length=500), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _refers("retention_policies", "changed_by", "people.id"),
        _refers("retention_policies", "school_id", "schools.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_policies")),
        sa.UniqueConstraint(
            "school_id", "retention_class", name=op.f("uq_retention_policies_school_id_retention_class")
        ),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("authority_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        _refers("legal_holds", "placed_by", "people.id"),
        _refers("legal_holds", "released_by", "people.id"),
        _refers("legal_holds", "report_id", "reports.id"),
        _refers("legal_holds", "school_id", "schools.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_legal_holds_report_id"), "legal_holds", ["report_id"], unique=False)
    op.create_index(op.f("ix_legal_holds_school_id"), "legal_holds", ["school_id"], unique=False)
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("listed_by", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        _one_of("state", ("running", "finished"), "run_state"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _refers("retention_runs", "listed_by", "retention_runs.id"),
        _refers("retention_runs", "person_id", "people.id"),
        _refers("retention_runs", "school_id", "schools.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_retention_runs_school_id"), "retention_runs", ["school_id"], unique=False)
    op.create_table(
        "retention_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        _one_of("subject_kind", SUBJECTS, "item_subject_kind"),
        _one_of("retention_class", CLASSES, "item_class"),
        _one_of("result", RESULTS, "item_result"),
        _refers("retention_items", "run_id", "retention_runs.id"),
        sa.PrimaryKeyConstraint("run_id", "subject_id", name=op.f("pk_retention_items")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_retention_items_subject_id"), "retention_items", ["subject_id"], unique=False)
    op.create_table(
        "privacy_incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        _one_of("kind", KINDS, "incident_kind"),
        sa.Column("what_happened_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=False),
        sa.Column("told_hour", sa.DateTime(timezone=True), nullable=False),
        _one_of("goes_to", ROLES, "incident_goes_to"),
        _one_of("status", ("open", "contained", "closed"), "incident_status"),
        sa.Column("assess_by", sa.Date(), nullable=False),
        _one_of("serious_harm", ("yes", "no", "unsure"), "incident_serious_harm", nullable=True),
        sa.Column("harm_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("people_told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("closed_hour", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _refers("privacy_incidents", "report_id", "reports.id"),
        _refers("privacy_incidents", "school_id", "schools.id"),
        _refers("privacy_incidents", "told_by", "people.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_incidents")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_privacy_incidents_report_id"), "privacy_incidents", ["report_id"], unique=False)
    op.create_index(op.f("ix_privacy_incidents_school_id"), "privacy_incidents", ["school_id"], unique=False)
    op.create_table(
        "privacy_incident_exclusions",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _refers("privacy_incident_exclusions", "incident_id", "privacy_incidents.id"),
        _refers("privacy_incident_exclusions", "person_id", "people.id"),
        sa.PrimaryKeyConstraint("incident_id", "person_id", name=op.f("pk_privacy_incident_exclusions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_privacy_incident_exclusions_person_id"), "privacy_incident_exclusions", ["person_id"], unique=False
    )


def downgrade() -> None:
    for table in (
        "privacy_incident_exclusions",
        "privacy_incidents",
        "retention_items",
        "retention_runs",
        "legal_holds",
        "retention_policies",
    ):
        op.drop_table(table)
    with op.batch_alter_table("advice_requests", schema=None) as batch_op:
        batch_op.drop_column("erased_hour")


def _one_of(column: str, values: tuple[str, ...], name: str, *, nullable: bool = False) -> sa.Column[str]:
    shape = sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)
    return sa.Column(column, shape, nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
