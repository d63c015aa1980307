"""One dialect, and one store of compiled statements, for all engines of a test process.

SQLAlchemy turns a statement into SQL once for each engine. A test has a database of its own, and so engines of its own:
each of them would compile every statement of the product again, and ask the server again what it can do. That was a
quarter of the processor time of the suite. The databases stay apart: all that is kept is SQL text and how to fill it.
"""

from __future__ import annotations

import contextlib
import weakref
from collections import defaultdict
from typing import Any, ClassVar, Self

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

# More than the product has for one kind of database.
STATEMENTS = 4000
KEPT_DATABASE = "reused"


class _Once:
    """Made by the first who wants it so and initialised by its first connection; later ones are given the same."""

    _made: ClassVar[dict[frozenset[tuple[str, Any]], Any]]
    _told: dict[str, Any] | None = None
    _initialised = False

    def __init_subclass__(cls) -> None:
        cls._made = {}

    def __new__(cls, **told: Any) -> Self:
        made: Self = cls._made.setdefault(frozenset(told.items()), super().__new__(cls))
        return made

    def __init__(self, **told: Any) -> None:
        if self._told is None:
            super().__init__(**told)
            self._told, self.statements = told, LRUCache[Any, Any](STATEMENTS)

    def initialize(self, connection: sa.Connection) -> None:
        if not self._initialised:
            super().initialize(connection)  # type: ignore[misc]  # the other base has it
            self._initialised = True

    @classmethod
    def engine_created(cls, engine: sa.Engine) -> None:
        engine.update_execution_options(compiled_cache=engine.dialect.statements)  # type: ignore[attr-defined]


# By what they were made with.
_idle: defaultdict[str, list[Any]] = defaultdict(list)
_told: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()

# SQLAlchemy keeps no statement of a dialect that does not say for itself that it may.


class Postgres(_Once, PGDialect_psycopg):
    """Connections to the database that is given to test after test are kept: they know its tables (reused.py)."""

    supports_statement_cache = True

    def connect(self, *arguments: Any, **named: Any) -> Any:
        if named.get("dbname") != KEPT_DATABASE:
            return super().connect(*arguments, **named)
        told = repr((arguments, sorted(named.items())))
        with contextlib.suppress(IndexError):
            return _idle[told].pop()
        made = super().connect(*arguments, **named)
        _told[made] = told
        return made

    def do_close(self, dbapi_connection: Any) -> None:
        told = _told.get(dbapi_connection)
        if told is not None and not dbapi_connection.closed:
            with contextlib.suppress(psycopg.Error):
                dbapi_connection.rollback()
                dbapi_connection.autocommit = True
                dbapi_connection.execute("RESET ALL")
                # As its end would have: who migrates holds one until then.
                dbapi_connection.execute("SELECT pg_advisory_unlock_all()")
                dbapi_connection.autocommit = False
                _idle[told].append(dbapi_connection)
                return
        super().do_close(dbapi_connection)


def keep_those_that_live(pids: set[int]) -> set[int]:
    """Of the connections that nobody uses, close all but those of these backends; whose they are that are left."""
    for told, connections in _idle.items():
        live = [each for each in connections if not each.closed and each.info.backend_pid in pids]
        for each in connections:
            if each not in live:
                each.close()
        _idle[told] = live
    return {each.info.backend_pid for connections in _idle.values() for each in connections}


class Sqlite(_Once, SQLiteDialect_pysqlite):
    supports_statement_cache = True


def share() -> None:
    """From now on, for every engine that this process makes."""
    for name, dialect in (("postgresql.psycopg", Postgres), ("sqlite", Sqlite)):
        registry.register(name, __name__, dialect.__name__)
