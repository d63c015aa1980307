"""The hour of a stored instant, in SQL: for lists that are ordered by what people may see of a time.

Indexes are made of it as well (models/reports.py). A database knows them again by the text of the expression alone: who
changes what is written here makes those indexes anew in a migration, or every such list is sorted as a whole again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class HourOf(FunctionElement[dt.datetime]):
    """`clock.hour_of` of a column: the hour of UTC that it lies in. Compares as that column does."""

    name = "hour_of"
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(HourOf, "postgresql")
def _postgresql(element: HourOf, compiler: SQLCompiler, **options: Any) -> str:
    # There and back: what goes by the time zone of the session, as `date_trunc` of an instant does, can be in no index.
    # Every bracket is one that PostgreSQL writes, and Alembic compares what it writes.
    column = compiler.process(element.clauses, **options)
    return f"(date_trunc('hour', ({column} AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC')"


@compiles(HourOf, "sqlite")
def _sqlite(element: HourOf, compiler: SQLCompiler, **options: Any) -> str:
    # Instants are text here, and are compared as text: the form is that of the column.
    return f"strftime('%Y-%m-%d %H:00:00.000000', {compiler.process(element.clauses, **options)})"
