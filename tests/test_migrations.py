"""The chain of migrations makes the database that the models describe, on SQLite and PostgreSQL (design, 3)."""

from __future__ import annotations

import ast
import functools
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlmodel import Session, SQLModel, select

from app import startup
from app.core import migrations
from app.core.crypto import KeyRing
from app.core.db import Database
from app.core.engines import LOCK_TIMEOUT
from app.models import DataKey, SigningKey
from app.settings import Settings
from tests.support import postgres, processes
from tests.support.server import environment, master_keys, run_cli
from tests.support.thorough import LONG

KEYS = master_keys("test")
VERSIONS = sorted((processes.REPOSITORY / "migrations" / "versions").glob("*.py"))
MIGRATE_FIRST = "Run: peerline migrate"


class Fresh:
    """A database of its own, empty."""

    def __init__(self, url: str) -> None:
        self.settings = Settings(database_url=url, master_keys=KEYS)
        self.db = Database(self.settings.url)

    @functools.cached_property
    def alembic(self) -> Config:
        return migrations.config(self.settings.url)

    def migrate(self) -> None:
        startup.migrate(self.settings, KeyRing.parse(KEYS))

    def downgrade(self, to: str) -> None:
        with self.db.engine.connect() as connection:
            self.alembic.attributes["connection"] = connection
            command.downgrade(self.alembic, to)
            connection.commit()

    def shape(self, *, versions: bool = False) -> dict[str, Any]:
        """`versions`: with the table in which the database says what it is at, which no model describes."""
        with self.db.engine.connect() as connection:
            return shape(connection, but=frozenset() if versions else {"alembic_version"})


@pytest.fixture
def empty(database_kind: str, tmp_path: Path) -> Iterator[Fresh]:
    yield from _empty(database_kind, tmp_path, "one")


@pytest.fixture
def other(database_kind: str, tmp_path: Path) -> Iterator[Fresh]:
    yield from _empty(database_kind, tmp_path, "two")


def _empty(kind: str, tmp_path: Path, name: str) -> Iterator[Fresh]:
    if kind == "sqlite":
        file = tmp_path / f"{name}.sqlite3"
        file.touch()
        url = f"sqlite:///{file}"
    else:
        url = postgres.shared().create_database(f"migrations_{name}")
    fresh = Fresh(url)
    yield fresh
    fresh.db.close()
    if kind != "sqlite":
        postgres.shared().drop_database(f"migrations_{name}")


def shape(connection: sa.Connection, *, but: Set[str]) -> dict[str, Any]:
    """Everything that the two ways of making a database could disagree on, by table."""
    inspector = sa.inspect(connection)
    found = {}
    for table in sorted(set(inspector.get_table_names()) - but):
        primary = inspector.get_pk_constraint(table)
        found[table] = {
            "columns": {
                column["name"]: (repr(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": (primary["name"], primary["constrained_columns"]),
            "indexes": {
                index["name"]: (index["column_names"], bool(index["unique"]), _where(index))
                for index in inspector.get_indexes(table)
            },
            "definitions of indexes": _definitions(connection, table),
            "unique": {each["name"]: each["column_names"] for each in inspector.get_unique_constraints(table)},
            "checks": {each["name"]: each["sqltext"] for each in inspector.get_check_constraints(table)},
            "foreign keys": {
                key["name"]: (
                    key["constrained_columns"],
                    key["referred_table"],
                    key["referred_columns"],
                    key["options"],
                )
                for key in inspector.get_foreign_keys(table)
            },
            "rows in order": _keeps_row_order(connection, table),
        }
    return found


def _where(index: Any) -> str | None:
    options = index.get("dialect_options", {})
    where = options.get("postgresql_where", options.get("sqlite_where"))
    return None if where is None else str(where)


def _definitions(connection: sa.Connection, table: str) -> dict[str, str]:
    """As the database itself says them: SQLAlchemy leaves out an index that is of an expression, on SQLite."""
    statement = "SELECT name, sql AS made FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name = :table"
    if connection.dialect.name != "sqlite":
        statement = "SELECT indexname AS name, indexdef AS made FROM pg_indexes WHERE tablename = :table"
    return {row.name: row.made for row in connection.execute(sa.text(statement), {"table": table})}


def _keeps_row_order(connection: sa.Connection, table: str) -> bool:
    """Whether SQLite numbers the rows as they come: what a report causes must not tell when (design, 3)."""
    if connection.dialect.name != "sqlite":
        return False
    statement = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    return "WITHOUT ROWID" not in str(connection.execute(statement, {"table": table}).scalar_one())


def test_an_empty_database_becomes_what_the_models_describe(empty: Fresh, other: Fresh) -> None:
    """`alembic check` sees no CHECK, no value of an enum and no WITHOUT ROWID: compare the databases themselves."""
    empty.migrate()
    SQLModel.metadata.create_all(other.db.engine)
    migrated, made = empty.shape(), other.shape()
    assert set(migrated) == set(SQLModel.metadata.tables)
    for table, parts in made.items():
        for part, expected in parts.items():
            assert migrated[table][part] == expected, f"{table}: {part}"
    assert migrated == made


def test_the_comparison_sees_every_part(empty: Fresh) -> None:
    """Each part is there to be compared, somewhere."""
    SQLModel.metadata.create_all(empty.db.engine)
    tables = empty.shape().values()
    for part in ("columns", "primary key", "indexes", "definitions of indexes", "unique", "checks", "foreign keys"):
        assert any(table[part] for table in tables), part
        if part != "columns":
            assert not any(None in table[part] for table in tables if isinstance(table[part], dict)), "all are named"
    assert any(where for table in tables for _, _, where in table["indexes"].values())
    assert any("ondelete" in options for table in tables for *_, options in table["foreign keys"].values())
    if empty.db.dialect == "sqlite":
        assert {table["rows in order"] for table in tables} == {True, False}


def test_the_tables_that_a_report_leads_to_keep_no_order() -> None:
    """Design, 3: by their foreign keys, and the outbox and the work that refer to nothing."""
    tables = SQLModel.metadata.tables
    led_to = {"reports", "escalations", "events", "work_items", "idempotency_keys", "audit_entries"}
    while True:
        more = {
            name for name, table in tables.items() if {key.column.table.name for key in table.foreign_keys} & led_to
        }
        if more <= led_to:
            break
        led_to |= more
    assert {name for name in led_to if tables[name].dialect_options["sqlite"]["with_rowid"]} == set()


def test_there_is_one_head() -> None:
    assert len(migrations.heads()) == 1


def test_models_and_migrations_agree_for_alembic(empty: Fresh) -> None:
    """`alembic check`: raises when a new revision would have something in it."""
    empty.migrate()
    with empty.db.engine.connect() as connection:
        empty.alembic.attributes["connection"] = connection
        command.check(empty.alembic)


def test_one_step_down_and_up_again(empty: Fresh) -> None:
    empty.migrate()
    before = empty.shape(versions=True)
    empty.downgrade("-1")
    assert empty.shape(versions=True) != before
    empty.migrate()
    assert empty.shape(versions=True) == before


def test_all_the_way_down_leaves_nothing(empty: Fresh) -> None:
    empty.migrate()
    empty.downgrade("base")
    assert empty.shape() == {}


def test_migrating_again_changes_nothing(empty: Fresh) -> None:
    empty.migrate()
    before = empty.shape(), keys_of(empty)
    empty.migrate()
    assert (empty.shape(), keys_of(empty)) == before


def keys_of(database: Fresh) -> list[object]:
    def read(session: Session) -> list[object]:
        return [*session.exec(select(DataKey.id)), *session.exec(select(SigningKey.kid))]

    found = database.db.read_now(read)
    assert len(found) == 2
    return found


def test_processes_that_migrate_at_once_all_succeed(empty: Fresh, tmp_path: Path) -> None:
    def migrate(_: int) -> subprocess.CompletedProcess[str]:
        return run_cli(
            "migrate", data_dir=tmp_path, database_url=empty.settings.url, env={"PEERLINE_MASTER_KEYS": KEYS}
        )

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(migrate, range(2)))
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * 2
    assert empty.db.read_now(migrations.require_current) is None
    keys_of(empty)


def test_a_migration_waits_for_another_that_takes_long(migrated_postgres: postgres.PostgresServer) -> None:
    """Longer than a request may wait for any lock."""
    url = migrated_postgres.create_database("migrations_slow")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(url, autocommit=True) as slow:
        slow.execute("SELECT pg_advisory_lock(%s)", [startup.MIGRATION_LOCK])
        waiting = pool.submit(Fresh(url).migrate)
        time.sleep(float(LOCK_TIMEOUT.removesuffix("s")) + 1)
        assert not waiting.done(), waiting.exception()
        slow.execute("SELECT pg_advisory_unlock(%s)", [startup.MIGRATION_LOCK])
        waiting.result(timeout=30)
    migrated_postgres.drop_database("migrations_slow")


def test_a_database_that_is_behind_says_what_to_do(empty: Fresh, tmp_path: Path) -> None:
    assert MIGRATE_FIRST in (empty.db.read_now(migrations.require_current) or "")
    empty.migrate()
    assert empty.db.read_now(migrations.require_current) is None
    empty.downgrade("-1")
    with pytest.raises(startup.SchemaDiffers, match=MIGRATE_FIRST):
        startup.check(empty.settings, empty.db)
    refused = run_cli("check", data_dir=tmp_path, database_url=empty.settings.url)
    assert (refused.returncode, MIGRATE_FIRST in refused.stderr) == (3, True), refused.stderr


@pytest.mark.skipif(not LONG, reason="scripts/smoke.sh, which .ci/run calls, does it with a real wheel")
def test_the_installed_package_brings_its_migrations(empty: Fresh, tmp_path: Path) -> None:
    """In a wheel they are at app/_migrations, and there is no source tree beside it."""
    site = tmp_path / "site"
    shutil.copytree(processes.REPOSITORY / "app", site / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(processes.REPOSITORY / "migrations", site / "app" / "_migrations")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        cwd=site,
        env=environment(data_dir=tmp_path, database_url=empty.settings.url, env={"PEERLINE_MASTER_KEYS": KEYS}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert empty.db.read_now(migrations.require_current) is None


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.stem)
def test_a_migration_needs_nothing_of_the_application(version: Path) -> None:
    """It must go on meaning what it meant, whatever becomes of the code."""
    imported = set()
    for node in ast.walk(ast.parse(version.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= {"__future__", "alembic", "collections", "contextlib", "datetime", "sqlalchemy", "uuid"}
    assert "sqlmodel" not in version.read_text()
