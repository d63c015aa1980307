"""What a release's migrations may do while the release before runs (docs/upgrading.md), and that the rule bites."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import last_release
import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from expanding import faults_of_mark, of_shapes, of_statements, shape

from app.core import migrations
from tests.support.thorough import LONG

Migration = Callable[[], None]


def batch(change: Callable[[Any], object]) -> Migration:
    def migration() -> None:
        with op.batch_alter_table("reports") as table:
            change(table)

    return migration


def unbatched(*statements: str) -> Migration:
    def migration() -> None:
        for statement in statements:
            op.execute(statement)

    return migration


NARROWING: dict[str, tuple[Migration, str]] = {
    "a table goes": (lambda: op.drop_table("reports"), "removes a table"),
    "a table is renamed": (lambda: op.rename_table("reports", "cases"), "renames|removes a table"),
    "a column goes": (batch(lambda t: t.drop_column("text")), "removes a column"),
    "a column is renamed": (
        batch(lambda t: t.alter_column("text", new_column_name="words")),
        "renames|removes a column",
    ),
    "a type changes": (batch(lambda t: t.alter_column("text", type_=sa.Integer())), "changes a type"),
    "what may be empty must not": (
        batch(lambda t: t.alter_column("text", existing_type=sa.String(9), nullable=False)),
        "asks for what old code leaves out",
    ),
    "a default goes": (
        batch(lambda t: t.alter_column("state", existing_type=sa.String(9), server_default=None)),
        "asks for what old code leaves out",
    ),
    "a column that nobody fills": (
        batch(lambda t: t.add_column(sa.Column("kind", sa.String(9), nullable=False))),
        "must not be empty",
    ),
    "a unique constraint": (batch(lambda t: t.create_unique_constraint("uq_text", ["text"])), "adds a constraint"),
    "a unique index": (lambda: op.create_index("uq_text", "reports", ["text"], unique=True), "adds a constraint"),
    "a foreign key": (
        batch(lambda t: t.create_foreign_key("fk_text", "schools", ["text"], ["id"])),
        "adds a constraint",
    ),
    "a check": (batch(lambda t: t.create_check_constraint("ck_text", "text <> ''")), "adds a constraint"),
}
# These hold others up, or lock them out, and leave nothing to be seen afterwards: they are read from the statements.
HEAVY: dict[str, tuple[Migration, str]] = {
    "an index while nobody can write": (lambda: op.create_index("ix_text", "reports", ["text"]), "CONCURRENTLY"),
    "an index that old code looks with": (lambda: op.drop_index("ix_reports_state"), "removes an index"),
    "all rows at once": (unbatched("UPDATE reports SET text = ''"), "batches"),
    "rows that go": (unbatched("DELETE FROM reports"), "batches"),
    "a table that is emptied": (unbatched("TRUNCATE reports"), "its rows"),
    "a trigger": (unbatched("CREATE TRIGGER t BEFORE UPDATE ON reports EXECUTE FUNCTION f()"), "trigger"),
    "two changes in one": (unbatched("ALTER TABLE reports ADD COLUMN a INT, DROP COLUMN text"), "removes a column"),
    "a key in a column": (unbatched("ALTER TABLE reports ADD COLUMN a INT REFERENCES schools (id)"), "constraint"),
}
EXPANDING: dict[str, Migration] = {
    "a table": lambda: op.create_table("more", sa.Column("id", sa.Integer(), sa.ForeignKey("reports.id"))),
    "a column that may be empty": batch(lambda t: t.add_column(sa.Column("kind", sa.String(9), nullable=True))),
    "a column with a default": batch(
        lambda t: t.add_column(sa.Column("kind", sa.String(9), nullable=False, server_default="x"))
    ),
    "what must not be empty may": batch(
        lambda t: t.alter_column("state", existing_type=sa.String(9), existing_server_default="new", nullable=True)
    ),
    "a constraint goes": batch(lambda t: t.drop_constraint("ck_state")),
}


def statements_of(migration: Migration) -> list[str]:
    """What it would send to PostgreSQL."""
    said = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": said})
    with Operations.context(context):
        migration()
    return [statement for statement in said.getvalue().split(";\n") if statement.strip()]


def school(connection: sa.Connection) -> None:
    """Two tables to change."""
    meta = sa.MetaData()
    sa.Table("schools", meta, sa.Column("id", sa.Integer(), primary_key=True))
    states = sa.CheckConstraint("state IN ('new', 'old')", name="ck_state")
    state = sa.Column("state", sa.String(9), states, nullable=False, server_default="new", index=True)
    text = sa.Column("text", sa.String(9))
    sa.Table("reports", meta, sa.Column("id", sa.Integer(), primary_key=True), text, state)
    meta.create_all(connection)


def faults(migration: Migration) -> tuple[list[str], list[str]]:
    """Of what it would send to PostgreSQL, and of what comes of it on SQLite, where not every statement goes."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        school(connection)
        before = shape(connection)
        sent = list(of_statements(statements_of(migration), before=before))
        after = before
        with contextlib.suppress(sa.exc.OperationalError), Operations.context(MigrationContext.configure(connection)):
            migration()
            after = shape(connection)
    engine.dispose()
    return sent, list(of_shapes(before, after))


@pytest.mark.parametrize("case", NARROWING)
def test_what_narrows_is_refused_on_both_databases(case: str) -> None:
    migration, says = NARROWING[case]
    for found in faults(migration):
        assert any(re.search(says, fault) for fault in found), found


@pytest.mark.parametrize("case", HEAVY)
def test_what_holds_others_up_is_refused(case: str) -> None:
    migration, says = HEAVY[case]
    [fault], _ = faults(migration)
    assert says in fault


@pytest.mark.parametrize("case", EXPANDING)
def test_what_expands_is_not(case: str) -> None:
    assert faults(EXPANDING[case]) == ([], [])


@pytest.mark.parametrize(
    ("values", "wrong"),
    [("'new', 'old', 'older'", []), ("'new', 'older'", ["reports: adds a constraint (ck_state)"])],
)
def test_a_list_of_values_may_grow_and_not_lose_one(values: str, wrong: list[str]) -> None:
    rule = f"state IN ({values})"
    changed = batch(lambda t: (t.drop_constraint("ck_state"), t.create_check_constraint("ck_state", rule)))
    assert faults(changed) == ([], wrong)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, ""),
        ({"runs_code_from": "0037", "unused_since": "0.2.0"}, ""),
        ({"runs_code_from": "0040", "unused_since": "0.2.0"}, "needs code of 0040"),
        ({"runs_code_from": "0037", "unused_since": "0.10.0"}, "still uses"),
        ({"runs_code_from": "0037"}, "it takes both"),
        ({"unused_since": "0.2.0"}, "it takes both"),
    ],
)
def test_what_no_release_uses_may_go_one_release_later(said: dict[str, str], wrong: str) -> None:
    released = last_release.Release(version="0.2.0", head="0038", commit="")
    found = list(faults_of_mark(SimpleNamespace(**said), released=released, chain=["0040", "0039", "0038", "0037"]))
    assert found == [] if not wrong else (len(found) == 1 and wrong in found[0])


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None
{says}

def upgrade():
    with op.batch_alter_table("statement_adoptions") as table:
        table.drop_column("adopted_hour")
"""


def upgrade(connection: sa.Connection, alembic: Config) -> list[str]:
    """What is wrong with the migrations since the last release, one after the other."""
    released = last_release.last()
    scripts = list(ScriptDirectory.from_config(alembic).walk_revisions())
    chain = [script.revision for script in scripts]
    alembic.attributes["connection"] = connection
    command.downgrade(alembic, released.head)
    statements: list[str] = []
    sa.event.listen(connection.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    wrong = []
    for script in reversed(scripts[: chain.index(released.head)]):
        before = shape(connection)
        statements.clear()
        command.upgrade(alembic, script.revision)
        connection.commit()
        sent = list(statements) if connection.dialect.name == "postgresql" else []
        found = list(faults_of_mark(script.module, released=released, chain=chain))
        if not hasattr(script.module, "runs_code_from"):
            seen = {*of_statements(sent, before=before), *of_shapes(before, shape(connection))}
            few = getattr(script.module, "few_rows", "")
            found += [fault for fault in sorted(seen) if not (few and "writes rows" in fault)]
        wrong += [f"{script.revision}: {fault}" for fault in found]
    return wrong


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        database_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.pool.NullPool
    )
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_migration_since_the_last_release_only_expands(connection: sa.Connection) -> None:
    """Or takes away what that release no longer uses, and says so."""
    assert upgrade(connection, migrations.config("sqlite://")) == []


# What is looked at is the same in both; the test above runs on each.
@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"] if LONG else ["sqlite"])
@pytest.mark.parametrize("contracts", [False, True])
def test_one_that_did_not_would_be_found(connection: sa.Connection, tmp_path: Path, contracts: bool) -> None:
    copied = tmp_path / "migrations"
    shutil.copytree("migrations", copied, ignore=shutil.ignore_patterns("__pycache__"))
    [head] = migrations.heads()
    says = 'runs_code_from, unused_since = "0037", "0.1.0"' if contracts else ""
    (copied / "versions" / "29990101_9999_next.py").write_text(NEXT.format(head=head, says=says))
    alembic = migrations.config("sqlite://")
    alembic.set_main_option("script_location", str(copied))
    found = upgrade(connection, alembic)
    assert any("removes a column" in fault for fault in found) is not contracts, found
