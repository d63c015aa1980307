"""What an adversary with the machine in their hands would look through, and for what."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core.db import Database, Session
from tests.support.server import Server

DIGESTS = ("md5", "sha1", "sha256")


@dataclass(frozen=True)
class Trace:
    """Something that must be found nowhere: its name for a message, and every form it could be kept in."""

    name: str
    forms: frozenset[bytes]

    def found_in(self, haystack: bytes) -> bool:
        return any(form in haystack for form in self.forms)


def trace(name: str, *values: str | bytes) -> Trace:
    """The values as they are, encoded as people encode, and hashed without a key: such a hash can be tried out."""
    forms: set[bytes] = set()
    for value in values:
        raw = value.encode() if isinstance(value, str) else value
        digests = [hashlib.new(kind, raw).digest() for kind in DIGESTS]
        for each in (raw, *digests):
            forms |= {each, each.hex().encode(), base64.b64encode(each).rstrip(b"=")}
        text = raw.decode(errors="ignore")
        forms |= {urllib.parse.quote(text).encode(), json.dumps(text).strip('"').encode(), text.encode("utf-16-le")}
    return Trace(name, frozenset(form for form in forms if len(form) >= 4))


@dataclass(frozen=True)
class Place:
    """Where something could have been kept, and what is there."""

    name: str
    content: bytes


async def cells_of(db: Database) -> list[Place]:
    """Every cell of every table, as the driver gives it: nothing is turned back into what a model says it is."""

    def look(session: Session) -> list[Place]:
        connection = session.connection()
        places = []
        for table in sa.inspect(connection).get_table_names():
            found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            columns = list(found.keys())
            for row in found:
                places += [Place(f"{table}.{name}", as_bytes(row[at])) for at, name in enumerate(columns)]
        return places

    return await db.read(look)


def files_of(server: Server) -> Iterator[Place]:
    """What the service printed, and its data folder: a SQLite database, its write-ahead log, what is kept of help."""
    yield Place("what the service printed", server.output.read_bytes())
    for path in files_below(server.data_dir):
        yield Place(path.name, path.read_bytes())


def files_below(folder: Path, *, since: float = 0.0) -> list[Path]:
    """The files that were written to since then; a file that goes away meanwhile is none."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_mtime >= since]


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return json.dumps(value, default=str, ensure_ascii=False).encode()


def left_behind(traces: list[Trace], places: Iterable[Place]) -> list[str]:
    """Every place in which something was found, by name."""
    return [f"{trace.name} in {place.name}" for place in places for trace in traces if trace.found_in(place.content)]


def count(wanted: Trace, places: Iterable[Place]) -> int:
    """How often any form of it is found."""
    return sum(place.content.count(form) for place in places for form in wanted.forms)
