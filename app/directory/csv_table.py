"""A directory as a table of comma-separated values, for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core import tables
from app.directory.keeping_schemas import EntryPut
from app.directory.pack import LISTS as LISTS_OF_PACKS

MOST_ROWS = 2000
MOST_SOURCES = 10
LISTS = (*LISTS_OF_PACKS, "site_ids")
# In the order of the pack, and behind it what only a school says.
FIELDS = tuple(field.alias or name for name, field in EntryPut.model_fields.items() if name != "sources")
SOURCES = tuple(name for number in range(1, MOST_SOURCES + 1) for name in (f"source_{number}", f"source_{number}_date"))
COLUMNS = (*FIELDS, *SOURCES)


def read(text: str) -> list[tuple[int, dict[str, Any]]]:
    """Each row's number and filled cells, lists split at `;` and sources gathered. Raises InvalidRequest for what is no
    table."""
    return [(number, _fields(cells)) for number, cells in tables.read(text, columns=COLUMNS, most_rows=MOST_ROWS)]


def write(entries: Sequence[Mapping[str, Any]]) -> str:
    """The table of these, as `read` reads it. Each is what an EntryPut is written as."""
    most = max((len(entry.get("sources", ())) for entry in entries), default=1)
    columns = [*FIELDS, *SOURCES[: 2 * most]]
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(columns)
    for entry in entries:
        cells = dict(_cells(entry))
        table.writerow([tables.harmless(cells.get(column, "")) for column in columns])
    return out.getvalue()


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


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
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
