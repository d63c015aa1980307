"""Whether a migration only expands: what the code of the release before needs is there afterwards, and does as before.

Two looks, because each misses something. `of_statements` reads what was sent to PostgreSQL, and sees what holds others
up. `of_shapes` compares the database before and after, on both kinds, and sees what came of it however it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

NAME = r'(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(?P<name>\w+)"?'
Shape = dict[str, dict[str, Any]]
# The faults of a statement that fits a pattern, with the names of the rules that were there.
Reading = Callable[[re.Match[str], Collection[str]], Iterator[str]]


def faults_of_mark(module: Any, *, released: Any, chain: list[str]) -> Iterator[str]:
    """What is wrong with a migration's word that it contracts. `chain`: every revision, the newest first."""
    code, since = getattr(module, "runs_code_from", None), getattr(module, "unused_since", None)
    if (code is None) != (since is None):
        yield "says one of runs_code_from and unused_since: it takes both to contract"
    elif code is not None:
        if chain.index(code) < chain.index(released.head):
            yield f"needs code of {code}, which {released.version} is not: contract one release later"
        if _numbers(since) > _numbers(released.version):
            yield f"takes away what {released.version} still uses: contract one release later"


def of_statements(statements: Iterable[str], *, before: Shape) -> Iterator[str]:
    """The faults of what was sent to PostgreSQL. What it makes itself, it may change."""
    names = before.keys() | {each for table in before.values() for each in table["indexes"]}
    checks = {each for table in before.values() for each in table["rules"]}
    for statement in statements:
        text = " ".join(statement.split()).rstrip(";")
        for pattern, faults in PATTERNS.items():
            found = re.match(pattern, text, re.IGNORECASE)
            if found is not None and found["name"] in names:
                yield from (f"{found['name']}: {fault}" for fault in faults(found, checks))


def _of_alteration(found: re.Match[str], checks: Collection[str]) -> Iterator[str]:
    """`checks`: names of rules that were there; one that is made anew may be a wider one, and `of_shapes` knows."""
    for action in re.split(r",(?![^(]*\))", found["rest"]):
        text = action.strip()
        if re.match(r"DROP (COLUMN )?(?!CONSTRAINT)", text, re.IGNORECASE):
            yield "removes a column"
        elif re.match(r"RENAME (?!CONSTRAINT)", text, re.IGNORECASE):
            yield "renames"
        elif re.match(r"ALTER (COLUMN )?\S+ (SET DATA )?TYPE", text, re.IGNORECASE):
            yield "changes a type"
        elif re.match(r"ALTER (COLUMN )?\S+ (SET NOT NULL|DROP DEFAULT)", text, re.IGNORECASE):
            yield "asks for what old code leaves out"
        elif rule := re.match(r'ADD CONSTRAINT "?(\w+)"? (UNIQUE|FOREIGN|CHECK|PRIMARY|EXCLUDE)', text, re.IGNORECASE):
            if rule[2].upper() != "CHECK" or rule[1] not in checks:
                yield f"adds a constraint ({rule[1]})"
        elif re.match(r"ADD (COLUMN )?", text, re.IGNORECASE):
            if re.search(r"NOT NULL", text, re.IGNORECASE) and not re.search(r"DEFAULT", text, re.IGNORECASE):
                yield "adds a column that must not be empty, and has no default"
            if re.search(r"\b(UNIQUE|REFERENCES|CHECK)\b", text, re.IGNORECASE):
                yield "adds a constraint (of a column)"


def _of_index(found: re.Match[str], _: Collection[str]) -> Iterator[str]:
    if found["unique"]:
        yield "adds a constraint (unique index)"
    if not found["concurrently"]:
        yield "makes an index while nobody can write: make it CONCURRENTLY"


def _always(fault: str) -> Reading:
    return lambda _found, _checks: iter((fault,))


PATTERNS: dict[str, Reading] = {
    rf"ALTER TABLE {NAME} (?P<rest>.*)": _of_alteration,
    rf"CREATE (?P<unique>UNIQUE )?INDEX (?P<concurrently>CONCURRENTLY )?.*?\bON {NAME}": _of_index,
    rf"(DROP TABLE|TRUNCATE( TABLE)?) {NAME}": _always("removes a table or its rows"),
    rf"DROP INDEX (CONCURRENTLY )?{NAME}": _always("removes an index"),
    rf"(UPDATE|DELETE FROM|INSERT INTO) {NAME}": _always("writes rows: let due work do that in batches"),
    rf"CREATE (OR REPLACE )?TRIGGER .*?\bON {NAME}": _always("sets a trigger on what others write"),
}


def shape(connection: sa.Connection) -> Shape:
    """The tables, but Alembic's own, and of each what old code could miss, or stumble over."""
    inspector, found = sa.inspect(connection), {}
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        indexes = inspector.get_indexes(table)
        found[table] = {
            "indexes": {index["name"]: index for index in indexes},
            "columns": {column["name"]: column for column in inspector.get_columns(table)},
            "rules": {
                **{each["name"]: () for each in indexes if each["unique"]},
                **{each["name"]: () for each in inspector.get_unique_constraints(table)},
                **{each["name"]: () for each in inspector.get_foreign_keys(table)},
                **{each["name"]: _words(each["sqltext"]) for each in inspector.get_check_constraints(table)},
            },
        }
    return found


def of_shapes(before: Shape, after: Shape) -> Iterator[str]:
    """The faults of what came of a migration."""
    for table, was in before.items():
        if table not in after:
            yield f"{table}: removes a table"
            continue
        yield from (f"{table}.{each}" for each in _of_columns(was["columns"], after[table]["columns"]))
        for name, words in after[table]["rules"].items():
            # A list of values that grew: what old code writes is still in it.
            known = was["rules"].get(name)
            if known is None or not set(known) <= set(words):
                yield f"{table}: adds a constraint ({name})"


def _of_columns(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, was in before.items():
        now = after.get(name)
        if now is None:
            yield f"{name}: removes a column"
            continue
        if repr(now["type"]) != repr(was["type"]):
            yield f"{name}: changes a type"
        emptied = was["default"] is not None and now["default"] is None
        if (was["nullable"] and not now["nullable"]) or emptied:
            yield f"{name}: asks for what old code leaves out"
    for name in after.keys() - before.keys():
        if not after[name]["nullable"] and after[name]["default"] is None:
            yield f"{name}: adds a column that must not be empty, and has no default"


def _words(check: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", check)) or (check,)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
