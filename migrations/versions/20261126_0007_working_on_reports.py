"""What readers and reporters do with a report: priority, grouping, hidden words, withdrawal; and the hours of its life.

A report is ranked by the clock it was put on. What was closed before counts as closed now: nothing was kept of when.

Revision: 0007, after 0006. 2026-11-26 20:05:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = "state IN ('new', 'claimed', 'in_conversation', 'awaiting_reporter', 'closed')"
NEW_STATES = (
    "state IN ('new', 'claimed', 'in_conversation', 'awaiting_reporter', 'with_supporter', 'referred', "
    "'confidentiality_decision', 'closed', 'withdrawn', 'expired')"
)
HOUR = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', {})",
    "postgresql": "date_trunc('hour', {})",
}
ADDED = (
    "response_rank",
    "priority_set",
    "group_id",
    "text_hidden",
    "updated_hour",
    "closed_hour",
    "withdrawn_hour",
    "undo_until",
    "restricted",
    "erased_hour",
)


def upgrade() -> None:
    with _changed("reports") as batch_op:
        batch_op.add_column(sa.Column("response_rank", sa.Integer(), server_default="2", nullable=False))
        batch_op.add_column(sa.Column("priority_set", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("group_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("text_hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("updated_hour", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_hour", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_hour", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("restricted", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("erased_hour", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_reports_queue", ["school_id", "response_rank", "id"], unique=False)
        batch_op.create_index("ix_reports_group_id", ["group_id"], unique=False)
        _check(batch_op, NEW_STATES)
    _fill()
    with _changed("reports") as batch_op:
        batch_op.alter_column("updated_hour", nullable=False)
    with _changed("report_messages") as batch_op:
        batch_op.add_column(sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with _changed("report_messages") as batch_op:
        batch_op.drop_column("hidden")
    op.execute("UPDATE reports SET state = 'in_conversation' WHERE state IN ('with_supporter', 'referred')")
    op.execute("UPDATE reports SET state = 'in_conversation' WHERE state = 'confidentiality_decision'")
    op.execute("UPDATE reports SET state = 'closed' WHERE state IN ('withdrawn', 'expired')")
    with _changed("reports") as batch_op:
        batch_op.drop_index("ix_reports_group_id")
        batch_op.drop_index("ix_reports_queue")
        _check(batch_op, STATES)
        for column in reversed(ADDED):
            batch_op.drop_column(column)


def _fill() -> None:
    hour = HOUR[op.get_bind().dialect.name]
    op.execute(f"UPDATE reports SET updated_hour = {hour.format('submitted_at')}")  # noqa: S608  our own texts
    op.execute(
        "UPDATE reports SET response_rank = CASE WHEN needs_person_check THEN 0 ELSE CASE priority_stated "
        "WHEN 'now' THEN 0 WHEN 'today' THEN 1 WHEN 'when_you_can' THEN 3 ELSE 2 END END"
    )
    op.execute(f"UPDATE reports SET closed_hour = {hour.format('CURRENT_TIMESTAMP')} WHERE state = 'closed'")  # noqa: S608


def _changed(table: str):  # type: ignore[no-untyped-def]  # what alembic gives has no name to import
    """SQLite makes the table anew; that it keeps no order of rows must be said again."""
    return op.batch_alter_table(table, schema=None, table_kwargs={"sqlite_with_rowid": False})


def _check(batch_op, text: str) -> None:  # type: ignore[no-untyped-def]  # as above
    batch_op.drop_constraint(op.f("ck_reports_report_state"), type_="check")
    batch_op.create_check_constraint(op.f("ck_reports_report_state"), sa.text(text))
