"""Entries of the trail as a file: an object of JSON for each line, or a table for spreadsheets. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.crypto import encode_b64
from app.core.schemas import rfc3339
from app.core.tables import harmless

COLUMNS = ("id", "hour", "person", "action", "subject", "mac")


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did in which hour, and the mark that the chain knows it by: without the key, 32 bytes of noise."""

    id: uuid.UUID
    hour: dt.datetime
    person: uuid.UUID | None
    action: str
    subject: str | None
    mac: bytes | None


def ndjson(entries: Sequence[Entry], *, head: str) -> bytes:
    """A line for each, and last the head of the chain, so that the file alone proves it."""
    lines = [_line(dict(zip(COLUMNS, _told(entry), strict=True))) for entry in entries]
    return "".join([*lines, _line({"head": head})]).encode()


def table(entries: Sequence[Entry]) -> bytes:
    """With a header and nothing else: RFC 4180 has no place for a head."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    rows.writerows([harmless(cell or "") for cell in _told(entry)] for entry in entries)
    return out.getvalue().encode()


def _told(entry: Entry) -> tuple[str | None, ...]:
    person = None if entry.person is None else str(entry.person)
    mac = None if entry.mac is None else encode_b64(entry.mac)
    return str(entry.id), rfc3339(entry.hour), person, entry.action, entry.subject, mac


def _line(said: dict[str, str | None]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"
