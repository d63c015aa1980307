"""The code blocks of a document in Markdown, with the kind that each one names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """`kind` is the first word after the fence, `about` the rest: none where a block is only indented."""

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
    document, found = path.relative_to(ROOT).as_posix(), []
    for token in MarkdownIt().parse(path.read_text()):
        if token.type in ("fence", "code_block"):
            kind, _, about = token.info.strip().partition(" ")
            first, _ = token.map or (0, 0)
            found.append(Block(document, first + 1, kind, about.strip(), token.content))
    return found
