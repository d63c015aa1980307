"""A stored UUID as text, in SQL: to compare it with what names it by its text, as an audit entry does."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class UuidText(FunctionElement[str]):
    """`str()` of a column of UUIDs."""

    name = "uuid_text"
    inherit_cache = True
    type = sa.String()


@compiles(UuidText, "postgresql")
def _postgresql(element: UuidText, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS VARCHAR)"


@compiles(UuidText, "sqlite")
def _sqlite(element: UuidText, compiler: SQLCompiler, **options: Any) -> str:
    # Kept there as 32 hexadecimal digits.
    digits = compiler.process(element.clauses, **options)
    return " || '-' || ".join(f"substr({digits}, {at}, {n})" for at, n in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12)))
