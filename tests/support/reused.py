"""One database of a PostgreSQL that test after test is given, with nothing left in it of the one before.

To copy a database for each test, and to connect to it anew, takes as long as most tests do: the server makes nine
hundred files, and each connection learns every table again. What a test has left is deleted instead, in one call, and
the rows of the migrations put back. A database that is no longer as it was made is made anew.
"""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
from psycopg import sql

from tests.support import engines
from tests.support.postgres import PostgresServer

NAME = engines.KEPT_DATABASE
# Deleted rows stay in the files, because nothing vacuums here.
MOST_TIMES = 150

# Everything about tables that a test may have changed: each row of the catalogue has the transaction that wrote it.
SHAPE = """
    SELECT md5(concat_ws(' ',
        (SELECT string_agg(a.attrelid || '.' || a.attnum || '.' || a.xmin, ' ' ORDER BY a.attrelid, a.attnum)
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace),
        (SELECT string_agg(oid || '.' || xmin, ' ' ORDER BY oid) FROM pg_constraint),
        (SELECT string_agg(oid || '.' || xmin, ' ' ORDER BY oid) FROM pg_trigger),
        (SELECT string_agg(oid || '.' || xmin, ' ' ORDER BY oid) FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace),
        (SELECT string_agg(setdatabase || '.' || setrole || '.' || xmin, ' ' ORDER BY setdatabase, setrole)
           FROM pg_db_role_setting),
        (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg%')))
"""


class Reused:
    """Give it with `begin`, and call `end` after the test."""

    def __init__(self, server: PostgresServer, *, template: str) -> None:
        self._server, self._template = server, template
        self._connection: psycopg.Connection[Any] | None = None
        self._shape = ""
        self._times = 0

    def begin(self) -> str:
        """Its URL."""
        if self._connection is None:
            self._make()
        # Somebody may have ended what is kept: who tests what becomes of a lost connection.
        engines.keep_those_that_live(self._others())
        self._times += 1
        return self._server.url_for(NAME)

    def end(self) -> None:
        """Nobody is connected to it any more, and no row is left."""
        assert self._connection is not None
        try:
            self._end_others()
            self._connection.execute("SELECT kept.put_back()")
            as_it_was = self._connection.execute(SHAPE, prepare=True).fetchone() == (self._shape,)
        except psycopg.Error:
            as_it_was = False
        if not as_it_was or self._times >= MOST_TIMES:
            self._connection.close()
            self._connection = None

    def _others(self) -> set[int]:
        """The processes of all other connections to it."""
        assert self._connection is not None
        there = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [NAME], prepare=True
        )
        return {pid for (pid,) in there}

    def _end_others(self) -> None:
        assert self._connection is not None
        others = self._others()
        for pid in others - engines.keep_those_that_live(others):
            self._connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def _make(self) -> None:
        engines.keep_those_that_live(set())
        self._server.drop_database(NAME)
        url = self._server.create_database(NAME, template=self._template)
        self._connection = connection = psycopg.connect(url, autocommit=True, options="-c lock_timeout=5s")
        connection.execute("CREATE SCHEMA kept")
        steps = []
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            name = sql.Identifier("public", table)
            steps.append(sql.SQL("DELETE FROM {}").format(name))
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone() is not None:
                copy = sql.Identifier("kept", table)
                connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, name))
                steps.append(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(name, copy))
        # As a replica it fires no trigger, and looks at no reference.
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica"
                " AS $$ BEGIN {}; END $$"
            ).format(sql.SQL("; ").join(steps))
        )
        found = connection.execute(SHAPE).fetchone()
        assert found is not None
        self._shape, self._times = found[0], 0
        assert connection.execute("SELECT count(*) FROM pg_sequences WHERE schemaname = 'public'").fetchone() == (0,)

    def close(self) -> None:
        engines.keep_those_that_live(set())
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
