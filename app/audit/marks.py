"""The marks of the audit log: what each is an HMAC-SHA256 of, and how marks add up. Bytes in, bytes out.

An entry's mark is of all that it says and of the link that it belongs to. A link's is of how many entries it has, of
the sum of their marks, and of the link before it. A sum has no order, so that none of the entries is kept (a multiset
hash as in Clarke et al. 2003, MSet-Add-Hash; without the key nobody can make an entry that would fit into it).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from typing import Protocol

# The chain of what belongs to no school.
DEPLOYMENT = uuid.UUID(int=0)
# Where a chain begins, and what no entries add up to.
NOTHING = bytes(32)
_MODULUS = 1 << 256


class Entry(Protocol):
    """A row of audit_entries, or what one would be."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def school_id(self) -> uuid.UUID | None: ...
    @property
    def person_id(self) -> uuid.UUID | None: ...
    @property
    def action(self) -> str: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def hour(self) -> dt.datetime: ...


class Link(Protocol):
    """A row of audit_blocks."""

    @property
    def hour(self) -> dt.datetime: ...
    @property
    def count(self) -> int: ...
    @property
    def total(self) -> bytes: ...
    @property
    def legacy(self) -> bool: ...


class Head(Protocol):
    """A row of audit_heads."""

    @property
    def chain(self) -> uuid.UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def hour(self) -> dt.datetime: ...
    @property
    def count(self) -> int: ...
    @property
    def total(self) -> bytes: ...
    @property
    def last(self) -> bytes: ...
    @property
    def pruned_to(self) -> int: ...
    @property
    def anchor(self) -> bytes: ...


def chain_of(school_id: uuid.UUID | None) -> uuid.UUID:
    return DEPLOYMENT if school_id is None else school_id


def of_entry(key: bytes, entry: Entry, *, block: int) -> bytes:
    """Its id is in it too: random, so that nobody can try out what an entry might say."""
    person = None if entry.person_id is None else entry.person_id.hex
    said = [chain_of(entry.school_id).hex, block, entry.id.hex, person, entry.action, entry.subject, _hour(entry.hour)]
    return _mark(key, "entry", said)


def of_link(key: bytes, link: Link, *, chain: uuid.UUID, number: int, previous: bytes) -> bytes:
    said = [chain.hex, number, _hour(link.hour), link.count, link.total.hex(), link.legacy, previous.hex()]
    return _mark(key, "link", said)


def of_head(key: bytes, head: Head) -> bytes:
    numbers = [head.number, head.count, head.pruned_to]
    return _mark(
        key, "head", [head.chain.hex, *numbers, _hour(head.hour), head.total.hex(), head.last.hex(), head.anchor.hex()]
    )


def added(total: bytes, mark: bytes) -> bytes:
    return ((int.from_bytes(total) + int.from_bytes(mark)) % _MODULUS).to_bytes(32)


def _hour(instant: dt.datetime) -> int:
    """Seconds since 1970: each database gives an instant back in its own way."""
    return int(instant.timestamp())


def _mark(key: bytes, kind: str, said: list[object]) -> bytes:
    return hmac.digest(key, json.dumps([kind, *said], separators=(",", ":")).encode(), hashlib.sha256)
