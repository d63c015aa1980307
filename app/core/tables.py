"""Tables of comma-separated values (RFC 4180), for spreadsheets; and what any import of many rows has in common. Pure.

A spreadsheet runs a cell that begins like a formula. Such a cell is written with an apostrophe before it, and read
without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints, ValidationError

from app.core.problems import InvalidRequest
from app.core.schemas import Line, OutputModel

MOST_FAULTS = 50
Fault = dict[str, str]
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WRITTEN_FORMULA = re.compile(r"'+[=+\-@\t\r]")
_CODES = {"missing": "required", "extra_forbidden": "unknown_field"}


class ImportMode(StrEnum):
    """`merge` adds and changes; `replace` also does away with what is the importer's own and not in the file."""

    MERGE = "merge"
    REPLACE = "replace"


class RowFault(OutputModel):
    """What is wrong in a row, and where: `#/csv/2/phone_dial` is the second row of a table below its header,
    `#/entries/0/name` the first object."""

    pointer: Annotated[str, StringConstraints(max_length=200)]
    code: Annotated[str, StringConstraints(max_length=60)]
    detail: Line


def read(text: str, *, columns: Collection[str], most_rows: int) -> list[tuple[int, dict[str, str]]]:
    """Each row's filled cells by column, with its number: from 1 below the header, as a spreadsheet shows them, so that
    empty rows count, and are left out. Raises InvalidRequest for what is no table of these columns."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = [(number, line) for number, line in enumerate(reader) if any(cell.strip() for cell in line)]
    except csv.Error as exc:
        raise _refused("csv_malformed", "This is not a table of comma-separated values.") from exc
    if not lines:
        raise _refused("csv_empty", "There is no header line.")
    (first, names), *rows = lines
    header = [cell.strip().lower() for cell in names]
    strange = [number for number, name in enumerate(header, start=1) if name not in columns]
    if strange:
        numbers = ", ".join(str(number) for number in strange[:10])
        raise _refused("csv_header", f"These columns are not known, counted from 1: {numbers}.")
    if len(set(header)) < len(header):
        raise _refused("csv_header", "Each column is there once.")
    if len(rows) > most_rows:
        raise _refused("csv_rows", f"At most {most_rows} rows can be read.")
    wrong = next((number - first for number, line in rows if len(line) != len(header)), None)
    if wrong is not None:
        raise _refused("csv_columns", f"Row {wrong} has not as many cells as the header.")
    return [(number - first, _filled(header, line)) for number, line in rows]


def harmless(cell: str) -> str:
    """The cell as it is written."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def fault(pointer: str, code: str, detail: str) -> Fault:
    return {"pointer": pointer, "code": code, "detail": detail}


def faults_of(error: ValidationError, pointer: str) -> list[Fault]:
    """Without what was sent (contract E5)."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [_fault(each, pointer) for each in found[:MOST_FAULTS]]


def _filled(header: list[str], line: list[str]) -> dict[str, str]:
    return {name: _plain(cell) for name, cell in zip(header, line, strict=True) if cell.strip()}


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _WRITTEN_FORMULA.match(cell) else cell


def _fault(error: Any, pointer: str) -> Fault:
    names = [str(part) for part in error["loc"]]
    kind = str(error["type"])
    code = f"invalid_{(names or ['entry'])[0]}" if kind == "value_error" else _CODES.get(kind, kind)
    detail = "This field is not known here." if code == "unknown_field" else str(error["msg"])[:300]
    return fault(pointer + "".join(f"/{name}" for name in names), code, detail.removeprefix("Value error, "))


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[fault("#/csv", code, detail)])
