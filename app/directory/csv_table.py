"""A directory as a table of comma-separated values (RFC 4180), for spreadsheets. Pure.

A spreadsheet runs a cell that begins like a formula. Such a cell is written with an apostrophe before it, and read
without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.problems import InvalidRequest
from app.directory.keeping_schemas import EntryPut
from app.directory.pack import LISTS as LISTS_OF_PACKS

MOST_ROWS = 2000
MOST_SOURCES = 10
LISTS = (*LISTS_OF_PACKS, "site_ids")
# In the order of the pack, and behind it what only a school says.
FIELDS = tuple(field.alias or name for name, field in EntryPut.model_fields.items() if name != "sources")
SOURCES = tuple(name for number in range(1, MOST_SOURCES + 1) for name in (f"source_{number}", f"source_{number}_date"))
COLUMNS = (*FIELDS, *SOURCES)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WRITTEN_FORMULA = re.compile(r"'+[=+\-@\t\r]")


def read(text: str) -> list[dict[str, Any]]:
    """Each row's filled cells, lists split at `;` and sources gathered. Raises InvalidRequest for what is no table."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as exc:
        raise _refused("csv_malformed", "This is not a table of comma-separated values.") from exc
    if not lines:
        raise _refused("csv_empty", "There is no header line.")
    header = [cell.strip().lower() for cell in lines[0]]
    strange = [number for number, name in enumerate(header, start=1) if name not in COLUMNS]
    if strange:
        numbers = ", ".join(str(number) for number in strange[:10])
        raise _refused("csv_header", f"These columns are not known, counted from 1: {numbers}.")
    if len(set(header)) < len(header):
        raise _refused("csv_header", "Each column is there once.")
    if len(lines) - 1 > MOST_ROWS:
        raise _refused("csv_rows", f"At most {MOST_ROWS} rows can be read.")
    wrong = next((number for number, line in enumerate(lines[1:], start=1) if len(line) != len(header)), None)
    if wrong is not None:
        raise _refused("csv_columns", f"Row {wrong} has not as many cells as the header.")
    return [_fields(header, line) for line in lines[1:]]


def write(entries: Sequence[Mapping[str, Any]]) -> str:
    """The table of these, as `read` reads it. Each is what an EntryPut is written as."""
    most = max((len(entry.get("sources", ())) for entry in entries), default=1)
    columns = [*FIELDS, *SOURCES[: 2 * most]]
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(columns)
    for entry in entries:
        cells = dict(_cells(entry))
        table.writerow([harmless(cells.get(column, "")) for column in columns])
    return out.getvalue()


def harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _WRITTEN_FORMULA.match(cell) else cell


def _cells(entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in entry.items():
        if name == "sources":
            for number, source in enumerate(value, start=1):
                yield f"source_{number}", source["url_or_text"]
                yield f"source_{number}_date", source["date"]
        elif name in LISTS:
            yield name, ";".join(str(each) for each in value)
        elif isinstance(value, bool):
            yield name, "yes" if value else "no"
        elif value is not None:
            yield name, str(value)


def _fields(header: Sequence[str], line: Sequence[str]) -> dict[str, Any]:
    cells = {name: _plain(cell) for name, cell in zip(header, line, strict=True) if cell.strip()}
    fields: dict[str, Any] = {name: cell for name, cell in cells.items() if name not in SOURCES}
    for name in LISTS:
        if name in fields:
            fields[name] = [part.strip() for part in fields[name].split(";")]
    sources = [
        {"url_or_text": cells.get(name, ""), "date": cells.get(f"{name}_date", "")}
        for name in SOURCES[::2]
        if name in cells or f"{name}_date" in cells
    ]
    return fields | ({"sources": sources} if sources else {})


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": "#/csv", "code": code, "detail": detail}])
