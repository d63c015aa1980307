"""Data shipped with the product. It is read as package resources, so that it works from a wheel or a zip as well."""

from __future__ import annotations

import importlib.resources


class PackError(Exception):
    """Shipped or imported data that cannot be used. Names the file and, where there is one, the row and the column.

    `row` is the line in a spreadsheet: the header is 1, the first entry 2.
    """

    def __init__(self, message: str, *, file: str, row: int | None = None, column: str | None = None) -> None:
        self.message, self.file, self.row, self.column = message, file, row, column
        place = [file]
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {message}")


def countries() -> tuple[str, ...]:
    """The countries that a directory of services is shipped for, by their codes of two letters."""
    files = (importlib.resources.files(__name__) / "directory").iterdir()
    return tuple(sorted(file.name.removesuffix(".csv").upper() for file in files if file.name.endswith(".csv")))


def texts_in(folder: str) -> tuple[str, ...]:
    """The YAML files that are shipped in a folder, as `read_pack` names them."""
    files = (importlib.resources.files(__name__) / folder).iterdir()
    return tuple(sorted(f"{folder}/{file.name}" for file in files if file.name.endswith(".yaml")))


def read_pack(file: str) -> str:
    """The text of a shipped file, named from this package on, as in `directory/au.csv`. Raises PackError if missing."""
    resource = importlib.resources.files(__name__)
    for part in file.split("/"):
        resource = resource.joinpath(part)
    if not resource.is_file():
        raise PackError("there is no such pack", file=file)
    try:
        return resource.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PackError("the file is not UTF-8", file=file) from error
