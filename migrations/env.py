"""Alembic's environment: one chain of migrations for SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import app.models  # noqa: F401  registers the tables
from app.settings import Settings


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Keep migrations free of application code, and of names that autogenerate forgets to import."""
    if kind == "type":
        if isinstance(item, UTCDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(item, AutoString):
            return f"sa.String(length={item.length})"
        if isinstance(item, sa.JSON | postgresql.JSONB):
            autogen.imports.add("from sqlalchemy.dialects import postgresql")
            return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        # A migration that has to wait for a lock holds up everyone behind it: give up instead, and try again later.
        patience = context.config.attributes.get("lock_timeout", "5s")
        connection.exec_driver_sql(f"SET lock_timeout = '{patience}'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        on_version_apply=in_each_transaction,
    )
    with references_unchecked(connection), context.begin_transaction():
        context.run_migrations()


@contextlib.contextmanager
def references_unchecked(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: what refers to it must not be looked at until all is done."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def in_each_transaction(ctx: Any, heads: Collection[str], **_: Any) -> None:
    """After each migration, in its transaction."""
    refuse_broken_references(ctx)
    stand(ctx, heads)


def refuse_broken_references(ctx: Any) -> None:
    """Rows that refer to nothing undo a migration."""
    if ctx.dialect.name == "sqlite" and ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("this migration leaves rows that refer to nothing")


def stand(ctx: Any, heads: Collection[str]) -> None:
    """The database says how old the code may be that runs on it: processes of the release before, which do not know a
    migration, read it and go on (docs/upgrading.md)."""
    chain = list(context.script.iterate_revisions(tuple(heads), "base"))
    place = {script.revision: number for number, script in enumerate(chain)}
    said = [each for script in chain if (each := getattr(script.module, "runs_code_from", None)) is not None]
    if said:
        newest = min(said, key=lambda revision: place[revision])
        ctx.connection.execute(sa.text("UPDATE alembic_version SET runs_code_from = :code"), {"code": newest})


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url") or Settings().url
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        run(connection)
