"""How PostgreSQL finds what a statement asks for: every statement of the hot paths, explained with its own values.

Two questions, of which each proves what the other cannot. On a big database: what does the planner choose, and how many
rows does it look at? On a small one, with sequential scans forbidden: is there an index that could be used at all?
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

# Tables that are read as a whole on purpose, and why that stays cheap.
SMALL: Mapping[str, str] = {
    "alembic_version": "one row",
    "signing_keys": "a key for each half year of a deployment",
    "schools": "one row a school; the sweeps look at each of them, and the public list shows them all",
    "audit_heads": "one row a school",
    "data_keys": "two or three rows a school, read once by each process that starts (/readyz)",
    "posts": "a dozen rows a school, looked at once an hour",
    "policy_documents": "a handful of rows a school, looked at once an hour",
    "rosters": "some rows a school; once an hour each is to be looked at",
}
# A table with fewer rows is read as a whole whatever there is: what happens once it has more is asked with `forbid`.
FEW = 2_000
# So many rows may be looked at and thrown away before a statement counts as a scan by another name.
THROWN_AWAY = 2_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and the values it was run with. `path`: which request or work ran it."""

    path: str
    text: str
    values: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with how a statement is answered."""

    statement: Statement
    what: str

    def __str__(self) -> str:
        return f"{self.statement.path}: {self.what}\n    {' '.join(self.statement.text.split())[:1500]}"


class Capture:
    """What an engine runs while somebody listens. `count` is of all of them, kept or not."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._path: str | None = None
        self.count = 0
        self._kept: dict[tuple[str, str], Statement] = {}
        event.listen(engine, "before_cursor_execute", self._before)

    @contextlib.contextmanager
    def of(self, path: str) -> Iterator[None]:
        self._path, self.count = path, 0
        try:
            yield
        finally:
            self._path = None

    def close(self) -> None:
        event.remove(self._engine, "before_cursor_execute", self._before)

    @property
    def statements(self) -> list[Statement]:
        """Each once for each path: the last values of it."""
        return list(self._kept.values())

    def _before(
        self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if self._path is None:
            return
        self.count += 1
        verb = statement.lstrip().partition(" ")[0].upper()
        if verb in ("SELECT", "UPDATE", "DELETE", "WITH"):
            values = parameters[0] if many and parameters else parameters
            self._kept[self._path, statement] = Statement(self._path, statement, values)


def faults(
    engine: sa.Engine, statements: Iterable[Statement], *, forbid: bool, allowed: Mapping[str, str] = SMALL
) -> list[Fault]:
    """`forbid`: with sequential scans switched off, so that one which is left has no index to use. Else each statement
    is run, undone, and what it looked at is counted."""
    found = list[Fault]()
    partial = _partial(engine)
    if not forbid:
        allowed = {**allowed, **dict.fromkeys(_with_few_rows(engine), "few rows")}
    with engine.connect() as connection:
        if forbid:
            for way in ("seqscan", "hashjoin", "mergejoin", "material"):
                connection.exec_driver_sql(f"SET enable_{way} = off")
        connection.commit()
        how = "FORMAT JSON" if forbid else "ANALYZE, FORMAT JSON"
        for statement in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN ({how}) {statement.text}", statement.values).scalar_one()
            connection.rollback()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            found += [Fault(statement, what) for what in _wrong(plan[0]["Plan"], partial, allowed, strict=forbid)]
    return found


def _wrong(
    node: Mapping[str, Any], partial: frozenset[str], allowed: Mapping[str, str], *, strict: bool
) -> Iterator[str]:
    kind, table = str(node["Node Type"]), str(node.get("Relation Name", ""))
    if table and table not in allowed:
        if kind == "Seq Scan":
            yield f"reads all of {table}"
        elif kind in ("Index Scan", "Index Only Scan"):
            # All of an index is all of the table, but where the index has few of its rows or the first are enough.
            index = str(node.get("Index Name", ""))
            if not strict and "Index Cond" not in node and index not in partial and _looked_at(node) > THROWN_AWAY:
                yield f"reads all of {table} along {index}"
        thrown = _looked_at(node)
        if thrown > THROWN_AWAY:
            yield f"looks at {thrown:.0f} rows of {table} that it does not want"
    for child in node.get("Plans", ()):
        yield from _wrong(child, partial, allowed, strict=strict)


def _looked_at(node: Mapping[str, Any]) -> float:
    """Rows that were found and thrown away, over all rounds of the node."""
    thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float(thrown) * float(node.get("Actual Loops", 1))


def _with_few_rows(engine: sa.Engine) -> list[str]:
    """By the statistics that the planner goes by."""
    with engine.connect() as connection:
        statement = f"SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples < {FEW}"
        return list(connection.exec_driver_sql(statement).scalars())


def _partial(engine: sa.Engine) -> frozenset[str]:
    """Indexes of some of their table's rows: to read all of one is to read those."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
        ).scalars()
        return frozenset(rows)
