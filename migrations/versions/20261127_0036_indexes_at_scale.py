"""Indexes for what is looked for across a whole deployment, over and over: a thousand schools are no reason to read all.

On PostgreSQL they are built beside the work that goes on (CREATE INDEX CONCURRENTLY), which no transaction can hold: one
that was interrupted leaves an index that is not valid, and the next try makes it anew.

Revision: 0036, after 0038. 2026-11-27 09:00:00+00:00.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0038"
branch_labels = None
depends_on = None

# Name, table, columns, and of which rows alone.
MADE = (
    (
        "ix_reports_open",
        "reports",
        ["school_id", "response_rank", "id"],
        "state NOT IN ('closed', 'expired', 'withdrawn')",
    ),
    (
        "ix_confidentiality_decisions_awaiting",
        "confidentiality_decisions",
        ["report_id"],
        "state = 'awaiting_second_person'",
    ),
    ("ix_report_proposals_awaiting", "report_proposals", ["report_id"], "state = 'awaiting_second_person'"),
    ("ix_escalations_not_over", "escalations", ["next_due_at"], "closed_at IS NULL"),
    ("ix_idempotency_keys_full", "idempotency_keys", ["replay_until"], "reply IS NOT NULL OR ends_with IS NOT NULL"),
    ("ix_contacts_chosen", "contacts", ["accepted_hour"], "choice_id IS NOT NULL"),
    (
        "ix_webhook_endpoints_two_secrets",
        "webhook_endpoints",
        ["previous_secret_until"],
        "previous_secret_until IS NOT NULL",
    ),
    ("ix_events_occurred_at", "events", ["occurred_at"], None),
    ("ix_choices_over_hour", "choices", ["over_hour"], None),
    ("ix_given_contact_codes_good_until", "given_contact_codes", ["good_until"], None),
    ("ix_published_states_created_at", "published_states", ["created_at"], None),
)


def upgrade() -> None:
    with _beside():
        for name, table, columns, where in MADE:
            _make(name, table, columns, where)


def downgrade() -> None:
    with _beside():
        for name, table, *_ in MADE:
            _drop(name, table)


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


@contextlib.contextmanager
def _beside() -> Iterator[None]:
    """On PostgreSQL outside any transaction. A build waits for transactions that are older than it: for as long as they
    take, and it holds up nobody meanwhile."""
    if not _on_postgresql():
        yield
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            op.execute(f"SET lock_timeout = '{before}'")


def _make(name: str, table: str, columns: list[str], where: str | None) -> None:
    if not _on_postgresql():
        op.create_index(name, table, columns, sqlite_where=None if where is None else sa.text(where))
        return
    broken = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    if op.get_bind().execute(broken, {"name": name}).first() is not None:
        _drop(name, table)
    op.create_index(
        name,
        table,
        columns,
        if_not_exists=True,
        postgresql_concurrently=True,
        postgresql_where=None if where is None else sa.text(where),
    )


def _drop(name: str, table: str) -> None:
    if _on_postgresql():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
    else:
        op.drop_index(name, table_name=table)
