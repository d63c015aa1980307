"""A table as CSV: the values of the JSON in the same order, and no others (J12). Pure."""

from __future__ import annotations

import csv
import io

from app.evaluation.statistics_schemas import StatisticsTable

TOTAL = "total"


def written(table: StatisticsTable) -> str:
    """A header, the total, then the cells. What is not shown is empty, with why in the last column.

    All that is written is a code, a number or nothing: nothing that a spreadsheet would run.
    """
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(["period", *table.by, "count", "of", "percent", "suppressed"])
    blank = [""] * (len(table.by) - 1)
    out.writerow([table.period, TOTAL, *blank, *_values(table.total.count, None, None, table.total.suppressed)])
    for cell in table.cells:
        out.writerow([table.period, *cell.codes, *_values(cell.count, cell.of, cell.percent, cell.suppressed)])
    return text.getvalue()


def _values(*values: object) -> list[str]:
    return ["" if value is None else str(value) for value in values]
