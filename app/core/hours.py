"""The hour of a stored instant, in SQL: for lists that are ordered by what people may see of a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class HourOf(FunctionElement[dt.datetime]):
    """`clock.hour_of` of a column. Compares as that column does."""

    name = "hour_of"
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(HourOf, "postgresql")
def _postgresql(element: HourOf, compiler: SQLCompiler, **options: Any) -> str:
    # Sessions are in UTC (core/db.py), so that this is an hour of UTC.
    return f"date_trunc('hour', {compiler.process(element.clauses, **options)})"


@compiles(HourOf, "sqlite")
def _sqlite(element: HourOf, compiler: SQLCompiler, **options: Any) -> str:
    # Instants are text here, and are compared as text: the form is that of the column.
    return f"strftime('%Y-%m-%d %H:00:00.000000', {compiler.process(element.clauses, **options)})"
