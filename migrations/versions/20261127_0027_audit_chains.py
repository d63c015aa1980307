"""The audit log in chains, which the database itself lets nobody change.

Revision: 0027, after 0023. 2026-11-27 02:20:00+00:00.

Entries that are there already are taken in by `peerline migrate` after this: SQL has no key to mark them with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None

FIELDS = ("id", "school_id", "person_id", "action", "subject", "hour")
HEAD = "SELECT 1 FROM audit_heads h WHERE"
REFUSED = {
    "audit_entries": "audit_entries is append-only",
    "audit_blocks": "audit_blocks is append-only",
    "audit_heads": "a head of the audit log is never deleted",
}


def upgrade() -> None:
    # Not in a batch: that would make the table anew, and its rows.
    op.add_column("audit_entries", sa.Column("block", sa.Integer(), nullable=True))
    op.add_column("audit_entries", sa.Column("mac", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_audit_entries_school_id_block"), "audit_entries", ["school_id", "block"])
    op.create_table(
        "audit_blocks",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.LargeBinary(), nullable=False),
        sa.Column("legacy", sa.Boolean(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_audit_blocks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.LargeBinary(), nullable=False),
        sa.Column("last", sa.LargeBinary(), nullable=False),
        sa.Column("pruned_to", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
        sqlite_with_rowid=False,
    )
    _append_only(op.get_bind().dialect.name)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in REFUSED:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_not_emptied ON {table}")
            op.execute(f"DROP FUNCTION {table}_append_only()")
    else:
        for table in REFUSED:
            op.execute(f"DROP TRIGGER {table}_not_deleted")
        op.execute("DROP TRIGGER audit_entries_not_changed")
        op.execute("DROP TRIGGER audit_blocks_not_changed")
    op.drop_table("audit_heads")
    op.drop_table("audit_blocks")
    op.drop_index(op.f("ix_audit_entries_school_id_block"), table_name="audit_entries")
    op.drop_column("audit_entries", "mac")
    op.drop_column("audit_entries", "block")


def _append_only(dialect: str) -> None:
    """An entry is written once and stays, until its chain was pruned past it; one without a mark gets one, once."""
    if dialect == "postgresql":
        kept = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in FIELDS)
        nil = "'00000000-0000-0000-0000-000000000000'::uuid"
        pruned = f"{HEAD} h.chain = coalesce(OLD.school_id, {nil}) AND h.pruned_to >= OLD.block"
        _guard("audit_entries", f"OLD.mac IS NULL AND NEW.mac IS NOT NULL AND {kept}", f"EXISTS ({pruned})")
        past = f"{HEAD} h.chain = OLD.chain AND h.pruned_to >= OLD.number"
        _guard("audit_blocks", "FALSE", f"EXISTS ({past})")
        _guard("audit_heads", "TRUE", "FALSE")
        return
    kept = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in FIELDS)
    changed = f"NOT (OLD.mac IS NULL AND NEW.mac IS NOT NULL AND {kept})"
    pruned = f"h.chain = coalesce(OLD.school_id, '{'0' * 32}') AND h.pruned_to >= OLD.block"
    past = "h.chain = OLD.chain AND h.pruned_to >= OLD.number"
    _refuse("audit_entries", "not_changed", "UPDATE", changed)
    _refuse("audit_entries", "not_deleted", "DELETE", f"NOT EXISTS ({HEAD} {pruned})")
    _refuse("audit_blocks", "not_changed", "UPDATE", "TRUE")
    _refuse("audit_blocks", "not_deleted", "DELETE", f"NOT EXISTS ({HEAD} {past})")
    _refuse("audit_heads", "not_deleted", "DELETE", "TRUE")


def _refuse(table: str, name: str, what: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED[table]}'); END"
    )


def _guard(table: str, may_change: str, may_go: str) -> None:
    op.execute(
        f"""
        CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {may_change} THEN RETURN NEW; END IF;
            ELSIF TG_OP = 'DELETE' THEN
                IF {may_go} THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{REFUSED[table]}';
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
