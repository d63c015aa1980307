"""The fenced code blocks of a document in Markdown, with the kind that each one names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")


@dataclass(frozen=True)
class Block:
    """`kind` is the first word after the fence, `about` the rest; `line` is that of the fence, from 1."""

    document: str
    line: int
    kind: str
    about: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """README and whatever is written in docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(path: Path) -> list[Block]:
    """Raises ValueError for a fence that is not closed."""
    return list(_read(path.relative_to(ROOT).as_posix(), path.read_text().splitlines()))


def _read(document: str, lines: list[str]) -> Iterator[Block]:
    opened: tuple[int, str, str] | None = None
    text: list[str] = []
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence is None:
            text.append(line)
        elif opened is None:
            opened, text = (number, fence["info"].strip(), fence["indent"]), []
        else:
            start, info, indent = opened
            kind, _, about = info.partition(" ")
            whole = "".join(f"{each.removeprefix(indent)}\n" for each in text)
            yield Block(document, start, kind, about.strip(), whole)
            opened = None
    if opened is not None:
        raise ValueError(f"{document}:{opened[0]}: this block is not closed")
