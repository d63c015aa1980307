"""The national directory: read from the shipped pack, checked line by line, and only then shown to anyone.

A row carries its sources and how well it was checked. What is published:

- `verified`: as it stands. `verified_old`: the source is years old; its date is shown with that remark.
- `partly_verified`, `secondary_only`: published, because a service that exists and a number that several lists agree on
  help more than a hole would. `verified_on` then says in words what was not checked, and the entry comes after the
  better checked ones of its tier.
- `conflict`, `number_unverified`: never. Two sources disagree, or no source has the number.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.directory.entries import TIER_RANK, TRUST_RANK, UNPUBLISHED, Entry, Tier
from app.directory.fields import EntryFields, entry_from_fields
from app.directory.overlay import Base, digest
from app.packs import PackError, read_pack

LISTS = ("regions", "for", "topics", "channels", "languages", "culturally_safe_for")
# A national entry has no door, and belongs to no site.
ONLY_OF_SCHOOLS = ("site_ids", "address", "latitude", "longitude", "cost_kind")
SOURCE_COLUMNS = ("source_1", "source_1_date", "source_2", "source_2_date")
COLUMNS = (
    *(
        field.alias or name
        for name, field in EntryFields.model_fields.items()
        if name not in (*ONLY_OF_SCHOOLS, "sources", "notes")
    ),
    *SOURCE_COLUMNS,
    "notes",
)


def load_pack(country: str = "AU") -> tuple[Entry, ...]:
    """The published entries of a country's pack, by tier and, inside a tier, the best checked first.

    Read once for each process. Raises PackError if there is no such pack or anything in it is wrong.
    """
    code = country.upper()
    if re.fullmatch("[A-Z]{2}", code) is None:
        raise PackError("a country has a code of two letters", file="directory")
    return _load(code)


@functools.cache
def ids(country: str) -> frozenset[str]:
    """Those of the published entries. Raises PackError as `load_pack` does."""
    return frozenset(entry.id for entry in load_pack(country))


@functools.cache
def bases(country: str) -> Mapping[str, Base]:
    """Every entry of a country's pack by its id, the unpublished ones too, with what a school can lay a word over.

    In the order of `load_pack`. Raises PackError as that does.
    """
    load_pack(country)
    file = f"directory/{country.lower()}.csv"
    found = []
    for row, given in _rows(read_pack(file), file=file):
        written = EntryFields.model_validate(given).model_dump(mode="json", by_alias=True, exclude_defaults=True)
        entry = entry_from_fields(given, country=country.upper(), file=file, row=row)
        found.append(Base(entry=entry, fields=written, version=digest(written)))
    found.sort(key=lambda base: (TIER_RANK[base.entry.tier], TRUST_RANK[base.entry.verification]))
    return {base.entry.id: base for base in found}


def published(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Without what must not be shown, in the order of tiers and of trust; what ties keeps its place."""
    shown = (entry for entry in entries if entry.verification not in UNPUBLISHED)
    return tuple(sorted(shown, key=lambda entry: (TIER_RANK[entry.tier], TRUST_RANK[entry.verification])))


def parse_pack(text: str, *, country: str, file: str) -> tuple[Entry, ...]:
    """Every row of a pack (CSV with a header), the unpublished ones too. Raises PackError at the first fault."""
    entries: dict[str, Entry] = {}
    for row, fields in _rows(text, file=file):
        entry = entry_from_fields(fields, country=country, file=file, row=row)
        if entry.id in entries:
            raise PackError("this id is taken", file=file, row=row, column="id")
        entries[entry.id] = entry
    return tuple(entries.values())


@functools.cache
def _load(country: str) -> tuple[Entry, ...]:
    file = f"directory/{country.lower()}.csv"
    entries = published(parse_pack(read_pack(file), country=country, file=file))
    if not any(entry.tier is Tier.EMERGENCY and not entry.regions for entry in entries):
        raise PackError("there is no emergency entry for the whole country", file=file, column="tier")
    if sum(entry.tier is Tier.CRISIS and entry.always_open and entry.for_anyone for entry in entries) < 2:
        raise PackError("there are not two crisis lines that anyone can call at any hour", file=file, column="hours")
    return entries


def _rows(text: str, *, file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise PackError(f"this is not CSV ({error})", file=file) from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise PackError(f"the header must be {','.join(COLUMNS)}", file=file, row=1)
    for row, line in enumerate(lines[1:], start=2):
        if len(line) != len(COLUMNS):
            raise PackError(f"a row has {len(COLUMNS)} cells", file=file, row=row)
        cells = zip(COLUMNS, line, strict=True)
        yield row, _fields({column: cell.strip() for column, cell in cells if cell.strip()})


def _fields(cells: dict[str, str]) -> dict[str, Any]:
    """A row's filled cells, with its lists split at `;` and its sources gathered."""
    fields: dict[str, Any] = {column: cell for column, cell in cells.items() if column not in SOURCE_COLUMNS}
    for column in LISTS:
        if column in fields:
            fields[column] = [part.strip() for part in fields[column].split(";")]
    pairs = [
        {"url_or_text": cells.get(name, ""), "date": cells.get(f"{name}_date", "")}
        for name in ("source_1", "source_2")
        if name in cells or f"{name}_date" in cells
    ]
    return fields | {"sources": pairs}
