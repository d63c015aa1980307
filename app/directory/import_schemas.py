"""Many entries at once, as they arrive and leave."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, OutputModel, Slug
from app.core.tables import MOST_FAULTS, ImportMode, RowFault
from app.directory.csv_table import MOST_ROWS
from app.directory.entries import EntryId
from app.directory.keeping_schemas import EntryPut, FieldName, Whole

LARGEST_CSV = 1_048_576
ETag = Annotated[str, StringConstraints(max_length=40)]


class DirectoryImport(InputModel):
    """Entries of the school's own, as objects or as a table: one of the two."""

    entries: list[EntryPut] | None = Field(default=None, max_length=MOST_ROWS)
    csv: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_CSV)] | None = Field(
        default=None,
        description=(
            "With a header line of the names of an entry's fields, lists with `;` between their parts, sources as "
            "`source_1`, `source_1_date` and so on; columns may be left out and stand in any order. A cell that begins "
            "with an apostrophe and then `=`, `+`, `-` or `@` is read without the apostrophe."
        ),
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.entries is None) == (self.csv is None):
            raise PydanticCustomError("one_of_two", "Give the entries as objects or as a table, not as both")
        return self


class ImportedChange(OutputModel):
    """An entry that says something else, and which of its fields."""

    id: EntryId
    fields: list[FieldName] = Field(max_length=60)


class ImportDiff(OutputModel):
    """What an import changes, or has changed. `etag`: of the directory that was compared with, for If-Match.

    `errors`: of rows that cannot be read, the first 50; only a dry run has any. Nothing is told then of what would be
    removed, and the import itself would be refused. `removals_to_confirm`: how many it would do away with, where that
    is so much that `confirm_removals` has to say so.
    """

    stored: bool
    mode: ImportMode
    rows: Whole
    added: list[EntryId] = Field(max_length=MOST_ROWS)
    changed: list[ImportedChange] = Field(max_length=MOST_ROWS)
    removed: list[EntryId] = Field(max_length=MOST_ROWS)
    unchanged: Whole
    errors: list[RowFault] = Field(max_length=MOST_FAULTS)
    removals_to_confirm: Whole | None
    etag: ETag


class DirectoryTag(OutputModel):
    """What the ETag of a school's directory is made of."""

    school: Slug
    revision: Annotated[str, StringConstraints(max_length=32)]
    kind: Annotated[str, StringConstraints(max_length=10)]


class DirectoryExport(OutputModel):
    """All entries of the school's own, as an import takes them."""

    entries: list[EntryPut] = Field(max_length=MOST_ROWS)
