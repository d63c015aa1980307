"""A chain as lines of JSON, for whoever has the whole database: every entry in its place, every link, and the head.

Not for people of the programme: numbers of links, beside the entries that an officer may see, would tell that there are
some they may not.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from sqlmodel import Session, col, select

from app.audit import chain
from app.core import crypto
from app.models import AuditBlock, AuditEntry

# Rows that are fetched at a time.
STREAMED = 5000


def lines(session: Session, of: uuid.UUID, *, head: str) -> Iterator[str]:
    """Entries by link, within one in no order of time; then the links, and a head to keep."""
    entries = select(AuditEntry).where(chain.entries_of(of)).order_by(col(AuditEntry.block), col(AuditEntry.id))
    for entry in session.exec(entries.execution_options(yield_per=STREAMED)):
        yield _line(
            kind="entry",
            id=str(entry.id),
            link=entry.block,
            action=entry.action,
            person=None if entry.person_id is None else str(entry.person_id),
            subject=entry.subject,
            hour=entry.hour.isoformat(),
            mac=None if entry.mac is None else crypto.encode_b64(entry.mac),
        )
        session.expunge(entry)
    links = select(AuditBlock).where(AuditBlock.chain == of).order_by(col(AuditBlock.number))
    for block in session.exec(links.execution_options(yield_per=STREAMED)):
        yield _line(
            kind="link",
            number=block.number,
            hour=block.hour.isoformat(),
            entries=block.count,
            legacy=block.legacy,
            previous=crypto.encode_b64(block.previous),
            mac=crypto.encode_b64(block.mac),
        )
        session.expunge(block)
    yield _line(kind="head", head=head)


def _line(**said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
